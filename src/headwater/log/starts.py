"""From which event on a new destination gets any: from now on, or from a point of the log that is still there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from headwater.core.clock import Clock, epoch_ms, from_epoch_ms, iso_ms
from headwater.core.errors import BadRequestError
from headwater.log.event_log import Reader
from headwater.log.points import offset_at

NOW, BEGINNING = "now", "beginning"
FORMS = '"now", "beginning", {"offset": 42} or {"at": "2026-11-28T12:00:00Z"}'


class BadStartError(BadRequestError):
    """The log has no such point to start from."""

    code = "bad_start"


class Oldest(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log begins: `is_first` says whether nothing was forgotten that came before."""

    offset: int
    at_ms: int
    is_first: bool


def check(start: Any) -> None:
    """Raise BadStartError for what could be no start, whatever the log has."""
    match start:
        case "now" | "beginning":
            return
        case {"offset": int() as offset} if len(start) == 1 and not isinstance(offset, bool):
            return
        case {"at": str() as text} if len(start) == 1:
            _moment(text)
            return
    raise BadStartError(f"`start` is {FORMS}.")


class Starts:
    """Finds points of the log."""

    def __init__(
        self, *, reader: Reader, clock: Clock, oldest: Callable[[], Oldest], newest_offset: Callable[[], int]
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._oldest = oldest
        self._newest_offset = newest_offset

    async def offset_before(self, start: Any) -> int | None:
        """Return the offset above which `start` is, None for now: whoever creates it says when that is.

        Raises BadStartError.
        """
        check(start)
        if start == NOW:
            return None
        if start == BEGINNING:
            return self._oldest().offset - 1
        return self._above(start["offset"]) if "offset" in start else await self._at(start["at"])

    def _above(self, offset: int) -> int:
        oldest, newest = self._oldest(), self._newest_offset()
        if not oldest.offset <= offset <= newest + 1:
            raise BadStartError(f"The log has the offsets {oldest.offset} to {newest}; {offset} is not among them.")
        return offset - 1

    async def _at(self, text: str) -> int:
        at_ms, oldest, newest = _moment(text), self._oldest(), self._newest_offset()
        if at_ms > epoch_ms(self._clock.now()):
            raise BadStartError(f"{text} has not come yet. A destination starts at a moment that has, or now.")
        if at_ms < oldest.at_ms and not oldest.is_first:
            since = iso_ms(from_epoch_ms(oldest.at_ms))
            raise BadStartError(f'The log has events since {since} only; start at "{BEGINNING}" for all that it has.')
        return max(await offset_at(self._reader, at_ms=at_ms, newest=newest), oldest.offset) - 1


def _moment(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadStartError(f"{text!r} is no moment such as 2026-11-28T12:00:00Z. `start` is {FORMS}.") from None
    if found.tzinfo is None:
        raise BadStartError(f"{text} has no zone; put Z behind it for UTC.")
    return epoch_ms(found)
