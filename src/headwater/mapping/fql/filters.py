"""Destination filters: which events a destination gets, and with which fields. Pure; no event is ever changed.

Fail closed: where an expression is neither true nor false, whatever its filter would have done, the event is dropped,
as it may hold what somebody meant to keep back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headwater.mapping.fql import expressions, filter_actions, pruning, sampling
from headwater.mapping.fql.expressions import Expression
from headwater.mapping.fql.filter_actions import Action, AllowProperties, BadFilterError, Drop, DropProperties, Sample
from headwater.mapping.fql.undecided import UndecidableError, Undecided

Event = dict[str, Any]

MAX_FILTERS = 10
MAX_TITLE = 64


@dataclass(frozen=True, slots=True)
class Filter:
    """`actions` on the events of which `expression` is true."""

    expression: Expression
    actions: tuple[Action, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """The event as the destination gets it: the very one that came, when no filter took anything out of it."""

    event: Event


@dataclass(frozen=True, slots=True)
class Dropped:
    """The event goes no further; `reason` is for the trace, `filter` is the one that said so."""

    reason: str
    filter: Filter


def filtering(fql: str, *actions: Action, title: str = "") -> Filter:
    """Return the filter that does `actions` to the events that `fql` is true of. Raises BadFqlError, BadFilterError."""
    if len(title) > MAX_TITLE:
        raise BadFilterError(f"The filter's title is longer than {MAX_TITLE} characters.")
    if not actions:
        raise BadFilterError("The filter does nothing: give it an action, such as DROP.")
    return Filter(expressions.parse(fql), actions, title)


def keep(fql: str, *, title: str = "") -> Filter:
    """Return the filter that drops whatever `fql` is not true of. Raises BadFqlError."""
    return Filter(expressions.negated(expressions.parse(fql)), (Drop(),), title)


def check_number(filters: Sequence[Filter]) -> None:
    """Raise BadFilterError when these are more than one destination may have."""
    if len(filters) > MAX_FILTERS:
        raise BadFilterError(f"A destination has at most {MAX_FILTERS} filters; join some with `or`.")


def apply(event: Event, filters: Sequence[Filter]) -> Kept | Dropped:
    """Return what becomes of `event`. Every filter looks at it as it came; samples and drops come before fields."""
    due: list[tuple[int, Action, Filter]] = []
    for one in filters:
        verdict = one.expression.evaluate(event)
        if isinstance(verdict, Undecided):
            return Dropped(f"the filter can't be decided: {verdict.reason}", one)
        if verdict:
            due.extend((filter_actions.IN_ORDER.index(type(action)), action, one) for action in one.actions)
    return _done(event, due) if due else Kept(event)


def _done(event: Event, due: list[tuple[int, Action, Filter]]) -> Kept | Dropped:
    kept = event
    for _, action, one in sorted(due, key=lambda item: item[0]):
        match action:
            case Drop():
                return Dropped("the filter drops it", one)
            case Sample():
                reason = _reason_not_sampled_or_none(action, event)
                if reason is not None:
                    return Dropped(reason, one)
            case DropProperties():
                kept = pruning.without(kept, action.fields)
            case AllowProperties():
                kept = pruning.with_only(kept, action.fields)
    return Kept(kept)


def _reason_not_sampled_or_none(sample: Sample, event: Event) -> str | None:
    try:
        return None if sampling.is_in(sample, event) else "it is not in the filter's sample"
    except UndecidableError as error:
        return f"the filter can't be decided: {error}"
