"""Times that events have, looked at quickly: nearly all are written alike, and many are of one second. Pure."""

from collections.abc import Collection
from typing import Final

from headwater.lake.columns import moment_or_none

TO_THE_SECOND = len("2026-11-29T12:00:00")
KEPT_SECONDS = 10_000
# What stands behind the second in nearly all of them.
ENDS: Final = frozenset({"Z", *(f".{ms:03}Z" for ms in range(1_000))})


class Moments:
    """Remembers seconds that the calendar has."""

    def __init__(self) -> None:
        self._seconds: set[str] = set()

    def odd_ones(self, texts: Collection[str]) -> set[str]:
        """Return those that are no moments as the lake writes them: mostly none, which is quickly said of many."""
        seconds, ends = {text[:TO_THE_SECOND] for text in texts}, {text[TO_THE_SECOND:] for text in texts}
        if ends <= ENDS and all(map(self._is_second, seconds - self._seconds)):
            return set()
        return {text for text in texts if moment_or_none(text) != text}

    def _is_second(self, text: str) -> bool:
        whole = f"{text}Z"
        if moment_or_none(whole) != whole:
            return False
        if len(self._seconds) >= KEPT_SECONDS:
            self._seconds.clear()
        self._seconds.add(text)
        return True
