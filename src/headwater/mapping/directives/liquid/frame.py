"""One rendering of a template: what its names mean, and the bounds it works in."""

from datetime import datetime
from typing import Any

from headwater.mapping.directives import texts
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.run import Run, failed
from headwater.mapping.directives.values import UNDEFINED, is_nothing
from headwater.mapping.evaluation import MappingRuntimeError


class Frame:
    """The event, and over it what the template assigns and counts. The event itself is never changed."""

    def __init__(self, event: Any, run: Run, place: Place) -> None:
        self.run = run
        self._event = event if isinstance(event, dict) else {}
        self._place = place
        self.assigned: dict[str, Any] = {}
        self.counted: dict[str, Any] = {}
        self.turns: dict[str, int] = {}
        self.is_stopped = False

    def look_up(self, name: str) -> Any:
        for scope in (self.assigned, self.counted, self._event):
            if name in scope:
                return scope[name]
        return UNDEFINED

    def now(self) -> datetime:
        """Return the time. Raises MappingRuntimeError where the mapping was compiled without a clock."""
        if self.run.clock is None:
            raise self.failure("now and today need a clock, and this mapping was given none")
        return self.run.clock.now()

    def failure(self, reason: str) -> MappingRuntimeError:
        return failed(self._place, reason)

    def text(self, value: Any) -> str:
        """Return `value` as Liquid writes it: nothing for null, the items of a list one after the other."""
        value = plain(value)
        if isinstance(value, str) or is_nothing(value):
            return value or ""
        if isinstance(value, list):
            self.run.spend(1 + len(value))
            pieces = [self.text(item) for item in value]
            self.run.spend_text(sum(map(len, pieces)))
            return "".join(pieces)
        return texts.write(value, self.run, self._place)

    def js_text(self, value: Any) -> str:
        """Return `String(value)`."""
        return texts.write(plain(value), self.run, self._place)

    def made(self, text: str) -> str:
        """Count a text that a filter made. Raises MappingLimitError."""
        self.run.spend_text(len(text))
        return text


class Word:
    """`nil`, `empty` or `blank`: more than the value it stands for, in comparisons."""

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value


NIL = Word("nil", None)
EMPTY = Word("empty", "")
BLANK = Word("blank", "")


def plain(value: Any) -> Any:
    """Return the value that a word stands for, or the value itself."""
    return value.value if isinstance(value, Word) else value
