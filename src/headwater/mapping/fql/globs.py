r"""The globs of `match`: `*`, `?`, `[abc]`, `[a-z]`, `[^a-z]` and `\x`, case sensitive, over the whole text.

No separators, unlike the globs over URLs in `net.globs`. No backtracking either: the pattern's places are the bits
of one integer, all of them are followed at once, and each character of the text is one step. Whoever writes events
chooses the text, and at times the pattern.
"""

import functools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

ESCAPE = "\\"
ANY = "*"
ONE = "?"
NEGATED = "^"
MAX_PATTERN = 5 * 1024
END_OF_CHARACTERS = 0x110000

Range = tuple[int, int]  # the first character and the one after the last
Matcher = Callable[[str], bool]


class _UnreadableError(Exception):
    """A bracket or backslash without its partner, or a range from high to low."""


@functools.lru_cache(maxsize=256)
def compile_or_none(pattern: str) -> Matcher | None:
    """Return what tells whether a whole text fits `pattern`; None when the pattern can't be read, or is too long."""
    if len(pattern) > MAX_PATTERN:
        return None
    try:
        parts = list(_Reader(pattern).parts())
    except _UnreadableError:
        return None
    return _literal_or_none(parts) or _Automaton(parts).fits


def _literal_or_none(parts: list[list[Range] | None]) -> Matcher | None:
    """Return a faster way for what most patterns are: plain text with at most one `*`, or one at either end."""
    stars = [place for place, part in enumerate(parts) if part is None]
    letters = ["" if part is None else _letter_or_none(part) for part in parts]
    if None in letters or len(stars) > 2:  # noqa: PLR2004 - one at either end
        return None
    texts = _pieces([letter or "" for letter in letters], stars)
    if not stars:
        return texts[0].__eq__
    if len(stars) == 1:
        start, end = texts
        shortest = len(start) + len(end)
        return lambda text: len(text) >= shortest and text.startswith(start) and text.endswith(end)
    if texts[0] or texts[-1]:
        return None
    middle = texts[1]
    return lambda text: middle in text


def _pieces(letters: list[str], stars: list[int]) -> list[str]:
    starts = [0, *(star + 1 for star in stars)]
    return ["".join(letters[start:end]) for start, end in zip(starts, [*stars, len(letters)], strict=True)]


def _letter_or_none(ranges: list[Range]) -> str | None:
    (low, end), *more = ranges
    return chr(low) if end == low + 1 and not more else None


class _Automaton:
    """The bit before each part is set when the text so far may have led there; the last bit means that it fits."""

    def __init__(self, parts: list[list[Range] | None]) -> None:
        self._staying = 0
        toggles: dict[int, int] = {0: 0}
        place = 0
        for part in parts:
            if part is None:
                self._staying |= 1 << place
                continue
            place += 1
            for boundary in (edge for span in part for edge in span):
                toggles[boundary] = toggles.get(boundary, 0) ^ (1 << place)
        self._accepted = 1 << place
        self._bounds = sorted(toggles)
        self._masks = list(_running(toggles[bound] for bound in self._bounds))

    def fits(self, text: str) -> bool:
        places, bounds, masks, staying = 1, self._bounds, self._masks, self._staying
        for letter in text:
            mask = masks[bisect_right(bounds, ord(letter)) - 1]
            places = (places << 1) & mask | places & staying
            if not places:
                return False
        return bool(places & self._accepted)


def _running(toggles: Iterable[int]) -> Iterator[int]:
    mask = 0
    for toggle in toggles:
        mask ^= toggle
        yield mask


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def parts(self) -> Iterator[list[Range] | None]:
        """Yield what each part takes one character of, and None for any number of any characters."""
        is_after_any = False
        while self._at < len(self._pattern):
            is_any = self._takes(ANY)
            if is_any and not is_after_any:
                yield None
            if not is_any:
                yield self._one()
            is_after_any = is_any

    def _one(self) -> list[Range]:
        if self._takes(ONE):
            return [(0, END_OF_CHARACTERS)]
        if self._takes("["):
            return self._members()
        return [self._from_to(low := self._next(), low)]

    def _members(self) -> list[Range]:
        is_negated = self._takes(NEGATED)
        ranges = [self._range()]
        while not self._takes("]"):
            ranges.append(self._range())
        merged = _merged(ranges)
        return _others(merged) if is_negated else merged

    def _range(self) -> Range:
        if self._pattern[self._at : self._at + 1] in ("-", "]"):
            raise _UnreadableError
        low = self._next()
        return self._from_to(low, self._next_of_range() if self._takes("-") else low)

    def _next_of_range(self) -> str:
        if self._pattern[self._at : self._at + 1] in ("-", "]"):
            raise _UnreadableError
        return self._next()

    def _from_to(self, low: str, high: str) -> Range:
        if low > high:
            raise _UnreadableError
        return ord(low), ord(high) + 1

    def _takes(self, sign: str) -> bool:
        is_there = self._pattern.startswith(sign, self._at)
        self._at += len(sign) * is_there
        return is_there

    def _next(self) -> str:
        self._takes(ESCAPE)
        if self._at == len(self._pattern):
            raise _UnreadableError
        self._at += 1
        return self._pattern[self._at - 1]


def _merged(ranges: list[Range]) -> list[Range]:
    """Return the same characters in ranges that don't touch: a boundary that two share would cancel out."""
    merged: list[Range] = []
    for low, end in sorted(ranges):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((low, end))
    return merged


def _others(ranges: list[Range]) -> list[Range]:
    """Return every character that is in none of `ranges`."""
    edges = [0, *(edge for span in ranges for edge in span), END_OF_CHARACTERS]
    return [(low, end) for low, end in zip(edges[::2], edges[1::2], strict=True) if low < end]
