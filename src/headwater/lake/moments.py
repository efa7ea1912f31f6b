"""Times that events have, looked at quickly: nearly all are written alike, and many are of one second. Pure."""

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

    def are_written(self, one: str | None, two: str | None, three: str | None) -> bool:
        """Tell whether each, if there is one, is a moment as the lake writes it. Often they are the same."""
        return (
            self._is_written(one)
            and (two == one or self._is_written(two))
            and (three in (one, two) or self._is_written(three))
        )

    def _is_written(self, text: str | None) -> bool:
        if text is None or (text[:TO_THE_SECOND] in self._seconds and text[TO_THE_SECOND:] in ENDS):
            return True
        if moment_or_none(text) != text:
            return False
        if text[TO_THE_SECOND:] in ENDS:
            if len(self._seconds) >= KEPT_SECONDS:
                self._seconds.clear()
            self._seconds.add(text[:TO_THE_SECOND])
        return True
