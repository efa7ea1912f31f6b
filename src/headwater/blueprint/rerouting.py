"""Real events, mapped again: by each destination as it is, and as it is planned. Nothing is sent to any of them.

Which requests would then be others is the answer.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.blueprint.changes import ANOTHER_VALUE, differences
from headwater.blueprint.of_destinations import DestinationStep
from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.errors import BadRequestError
from headwater.core.event import Stored
from headwater.deliver import decide
from headwater.deliver.destination_route import SHADOW
from headwater.deliver.dry_runs import READY, DryRuns, Outgoing
from headwater.live.newest import Searcher, newest
from headwater.net.outbound import Request
from headwater.workspace.configuration import Destination

MOST_EVENTS = 100
UNCHANGED, CHANGED, NO_LONGER_SENT, NEWLY_SENT = "unchanged", "changed", "no longer sent", "newly sent"
SECRET_PARTS = ("url", "headers", "body")


class Rerouted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event, and what the plan makes of it. `changes` are {path, before, after} of its requests, in a list."""

    destination: str
    message_id: str
    at: str
    state: str
    changes: list[dict[str, Any]] = []
    reason: str | None = None


class Rerouting:
    """Maps the last events again."""

    def __init__(self, *, dry_runs: DryRuns, reader: Searcher) -> None:
        self._dry_runs = dry_runs
        self._reader = reader

    async def run(self, steps: Sequence[DestinationStep], *, last: int) -> list[Rerouted]:
        """Return what becomes of the last events of each destination that is there and changes, newest first."""
        if not 1 <= last <= MOST_EVENTS:
            raise BadRequestError(f"Between 1 and {MOST_EVENTS} events can be tried at once, not {last}.")
        return [one for step in steps for one in await self._of_destination(step, last)]

    async def _of_destination(self, step: DestinationStep, last: int) -> list[Rerouted]:
        before, after = step.before, step.after
        if before is None or after is None:
            return []
        events = (
            await newest(self._reader, limit=last, is_wanted=lambda record: decide.is_for(record, destination=before))
        ).events
        old, new = [await self._outgoing(one, events) for one in (before, after)]
        return [_compared(after.name, *three) for three in zip(events, old, new, strict=True)]

    async def _outgoing(self, destination: Destination, events: Sequence[Stored]) -> list[Outgoing]:
        found = await self._dry_runs.outgoing(destination, [one.record for one in events])
        if destination.routing.mode != SHADOW:
            return found
        return [Outgoing(state="filtered", reason="it is a shadow") if one.state == READY else one for one in found]


def _compared(name: str, stored: Stored, old: Outgoing, new: Outgoing) -> Rerouted:
    state, changes, reason = _state(old, new)
    return Rerouted(
        destination=name,
        message_id=stored.record.message_id,
        at=iso_ms(from_epoch_ms(stored.record.received_at_ms)),
        state=state,
        changes=changes,
        reason=reason,
    )


def _state(old: Outgoing, new: Outgoing) -> tuple[str, list[dict[str, Any]], str | None]:
    was, will_be = old.state == READY, new.state == READY
    if was and not will_be:
        return NO_LONGER_SENT, [], new.reason
    changes = _changes(old, new)
    if will_be and not was:
        return NEWLY_SENT, changes, None
    if old.reason != new.reason:  # why nothing is sent
        changes = [{"path": "/reason", "before": old.reason, "after": new.reason}]
    return (CHANGED, changes, None) if changes else (UNCHANGED, [], new.reason)


def _changes(old: Outgoing, new: Outgoing) -> list[dict[str, Any]]:
    found = differences({"requests": _read(old)}, {"requests": _read(new)})
    told = {one["path"].split("/")[2:4][-1] for one in found if one["path"].count("/") > 1}
    pairs = zip(old.requests, new.requests, strict=False)
    hidden = [
        f"/requests/{number}/{part}"
        for number, (before, after) in enumerate(pairs)
        for part in SECRET_PARTS
        if part not in told and _part(before, part) != _part(after, part)
    ]
    return found + [{"path": path, "before": "***", "after": ANOTHER_VALUE} for path in hidden]


def _part(request: Request, name: str) -> Any:
    """Return a part of a request; of JSON what it says, in whatever order."""
    part = getattr(request, name)
    return _json_or_text(part) if name == "body" else part


def _read(outgoing: Outgoing) -> list[dict[str, Any]]:
    """Return the requests as they may be shown, JSON as JSON."""
    return [{**one, "body": _json_or_text(one["body"])} for one in outgoing.shown]


def _json_or_text(body: str | bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body
