"""Times that events have, looked at quickly: nearly all are written alike, and many are of one second. Pure."""

from collections.abc import Collection
from typing import Final

from headwater.lake.columns import moment_or_none

TO_THE_HOUR = len("2026-11-29T12")
TO_THE_SECOND = len("2026-11-29T12:00:00")
LENGTH = len("2026-11-29T12:00:00.000Z")
MINUTES, SECONDS = len("2026-11-29T12:"), len("2026-11-29T12:00:")  # where their tens are
UP_TO_FIVE = "012345"
DIGITS_ALIKE: Final = bytes.maketrans(b"123456789", b"000000000")
SHAPE: Final = b"0000-00-00T00:00:00.000Z"
KEPT_SECONDS = 10_000
# What stands behind the second in nearly all of them.
ENDS: Final = frozenset({"Z", *(f".{ms:03}Z" for ms in range(1_000))})


class Moments:
    """Remembers seconds that the calendar has."""

    def __init__(self) -> None:
        self._seconds: set[str] = set()

    def odd_ones(self, texts: Collection[str]) -> set[str]:
        """Return those that are no moments as the lake writes them: mostly none, which is quickly said of many."""
        if are_of_one_hour(texts):
            return set()
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


def are_of_one_hour(texts: Collection[str]) -> bool:
    """Tell whether all are moments of one hour, to the millisecond: by columns of letters, none by itself."""
    if not texts:
        return True
    first, last = min(texts), max(texts)
    # Between two texts that begin alike lies nothing that doesn't.
    if first[:TO_THE_HOUR] != last[:TO_THE_HOUR] or moment_or_none(first) != first:
        return False
    together = "".join(texts)
    return (
        together.encode("utf-8", "surrogatepass").translate(DIGITS_ALIKE) == SHAPE * len(texts)
        and not together[MINUTES::LENGTH].strip(UP_TO_FIVE)
        and not together[SECONDS::LENGTH].strip(UP_TO_FIVE)
    )
