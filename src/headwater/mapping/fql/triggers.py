"""Triggers: the FQL that says which events a mapping is for. It is Segment's own subset, read as Segment reads it.

Not the language of filters: a trigger is judged by Segment's published package, whose habits people's triggers
rely on (docs/fql.md). One that can't be read never matches.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from headwater.mapping.fql import trigger_grammar, trigger_tests
from headwater.mapping.fql.grammar import KIB, MAX_BYTES
from headwater.mapping.fql.trigger_grammar import Group, Read
from headwater.mapping.fql.trigger_tokens import UnreadableError

# None: Segment's code would break off here, and the trigger as a whole doesn't match.
Condition = Callable[[dict[str, Any]], bool | None]


@dataclass(frozen=True, slots=True)
class Trigger:
    """`problem` says why a trigger never matches any event, for its author; None of one that was read."""

    text: str
    problem: str | None
    condition: Condition = field(repr=False, compare=False)

    def is_for(self, event: Any) -> bool:
        """Tell whether `event`, any JSON, is one that the mapping is for. Raises nothing."""
        return type(event) is dict and self.condition(event) is True


def parse(text: str) -> Trigger:
    """Return the trigger that `text` is. Raises nothing: one that can't be read has a `problem`."""
    try:
        _check_size(text)
        return Trigger(text, None, _compiled(trigger_grammar.tree(text)))
    except UnreadableError as error:
        return Trigger(text, f"The trigger can't be read, so that it never matches: {error}.", _never)


def _check_size(text: str) -> None:
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise UnreadableError(f"it is longer than {MAX_BYTES // KIB} KB")


def _never(_event: dict[str, Any]) -> bool:
    return False


def _compiled(read: Read) -> Condition:
    if read is None:
        return lambda _event: None
    if isinstance(read, Group):
        return _joined([_compiled(child) for child in read.children], decided_by=read.operator == "or")
    return trigger_tests.compiled(read)


def _joined(parts: list[Condition], *, decided_by: bool) -> Condition:
    """Return what asks the parts in order, until one answers `decided_by` or breaks off."""

    def condition(event: dict[str, Any]) -> bool | None:
        for part in parts:
            answer = part(event)
            if answer is None or answer is decided_by:
                return answer
        return not decided_by

    return condition
