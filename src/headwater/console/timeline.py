"""What happened to a person, on one line: their events with each delivery, and the Actions they set off. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EVENT, ACTION = "event", "action"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened: `is_event` tells an event from an Action."""

    at: str
    is_event: bool
    what: Mapping[str, Any]
    deliveries: Sequence[Mapping[str, Any]] = ()


def of(
    events: Iterable[Mapping[str, Any]],
    actions: Iterable[Mapping[str, Any]],
    *,
    deliveries: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Moment]:
    """Return the newest first. `deliveries` are those of some of the events, by message id."""
    moments = [
        Moment(at=one["received_at"], is_event=True, what=one, deliveries=deliveries.get(one["message_id"], ()))
        for one in events
    ]
    moments += [Moment(at=one["at"], is_event=False, what=one) for one in actions]
    return sorted(moments, key=lambda one: one.at, reverse=True)


def consent(events: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the categories of the newest event that says what the person agreed to, None where none says so."""
    for one in events:
        event = one.get("event")
        context = event.get("context") if isinstance(event, Mapping) else None
        said = context.get("consent") if isinstance(context, Mapping) else None
        categories = said.get("categoryPreferences") if isinstance(said, Mapping) else None
        if isinstance(categories, Mapping):
            return {"at": one["received_at"], "categories": categories}
    return None
