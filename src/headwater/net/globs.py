"""Globs over URLs, as Kratos's `private_ip_exception_urls` reads them: `.` and `/` are separators.

`*` and `?` stay within one label or path segment, `**` crosses them, `[a-z]`, `[!a-z]` and `{a,b}` as usual,
and a backslash takes the next character literally. Pure.

No regular expressions: whoever redirects us chooses the URL, and could make one search for hours. Here all places
that a pattern may have reached are followed at once, so that the work is the two lengths multiplied, at most.
"""

import functools
from collections.abc import Iterable

from headwater.core.errors import SettingsError

SEPARATORS = frozenset("./")
ESCAPE = "\\"

Places = frozenset[int]
# Never written out as its letters: one range of a few characters may name a million.
Range = tuple[str, str]


class _One:
    """One character: any in `letters` or `ranges`, ends included, or with `is_negated` any other."""

    def __init__(self, letters: Iterable[str], *, ranges: Iterable[Range] = (), is_negated: bool = False) -> None:
        self._letters = frozenset(letters)
        self._ranges = tuple(ranges)
        self._is_negated = is_negated

    def reach(self, text: str, places: Places) -> Places:
        return frozenset(place + 1 for place in places if place < len(text) and self._fits(text[place]))

    def _fits(self, letter: str) -> bool:
        is_named = letter in self._letters or any(low <= letter <= high for low, high in self._ranges)
        return is_named != self._is_negated


class _Within:
    """`*`: any characters up to the next separator."""

    def reach(self, text: str, places: Places) -> Places:
        reached = set(places)
        for start in places:
            place = start
            while place < len(text) and text[place] not in SEPARATORS and place + 1 not in reached:
                place += 1
                reached.add(place)
        return frozenset(reached)


class _Across:
    """`**`: any characters."""

    def reach(self, text: str, places: Places) -> Places:
        return frozenset(range(min(places), len(text) + 1))


class _Either:
    """`{a,b}`: one of some patterns."""

    def __init__(self, patterns: list["Pattern"]) -> None:
        self._patterns = patterns

    def reach(self, text: str, places: Places) -> Places:
        return frozenset[int]().union(*(pattern.reach(text, places) for pattern in self._patterns))


class Pattern:
    """One thing after another."""

    def __init__(self, parts: Iterable["_One | _Within | _Across | _Either"]) -> None:
        self._parts = tuple(parts)

    def reach(self, text: str, places: Places) -> Places:
        """Return where in `text` this may end if it begins at one of `places`."""
        for part in self._parts:
            if not places:
                break
            places = part.reach(text, places)
        return places


class _Reader:
    """Reads one glob from left to right."""

    def __init__(self, glob: str) -> None:
        self._glob = glob
        self._at = 0

    def whole(self) -> Pattern:
        pattern = self._pattern(is_inside_braces=False)
        if self._at < len(self._glob):
            raise self._unreadable()
        return pattern

    def _pattern(self, *, is_inside_braces: bool) -> Pattern:
        """Read up to the end, or to what ends an alternative."""
        parts: list[_One | _Within | _Across | _Either] = []
        while self._at < len(self._glob) and self._glob[self._at] not in ("}," if is_inside_braces else "}"):
            parts.append(self._part())
        return Pattern(parts)

    def _part(self) -> "_One | _Within | _Across | _Either":
        if self._takes("**"):
            return _Across()
        if self._takes("*"):
            return _Within()
        if self._takes("?"):
            return _One(SEPARATORS, is_negated=True)
        if self._takes("["):
            return self._members()
        if self._takes("{"):
            return self._either()
        self._takes(ESCAPE)
        return _One(self._next())

    def _members(self) -> _One:
        is_negated = self._takes("!")
        letters, ranges = {self._next()}, set[Range]()
        while not self._takes("]"):
            first = self._next()
            if first == "-" and self._glob[self._at : self._at + 1] not in ("", "]"):
                ranges.add(self._range(self._glob[self._at - 2], self._next()))
            else:
                letters.add(first)
        return _One(letters, ranges=ranges, is_negated=is_negated)

    def _range(self, low: str, high: str) -> Range:
        if low > high:
            raise self._unreadable()
        return low, high

    def _either(self) -> _Either:
        patterns = [self._pattern(is_inside_braces=True)]
        while self._takes(","):
            patterns.append(self._pattern(is_inside_braces=True))
        if not self._takes("}"):
            raise self._unreadable()
        return _Either(patterns)

    def _takes(self, text: str) -> bool:
        is_there = self._glob.startswith(text, self._at)
        self._at += len(text) * is_there
        return is_there

    def _next(self) -> str:
        if self._at == len(self._glob):
            raise self._unreadable()
        self._at += 1
        return self._glob[self._at - 1]

    def _unreadable(self) -> SettingsError:
        return SettingsError(f"The URL pattern {self._glob!r} has a bracket, brace or backslash without its partner.")


@functools.lru_cache(maxsize=256)
def compile_glob(glob: str) -> Pattern:
    """Return what `glob` means. SettingsError when its brackets don't close."""
    try:
        return _Reader(glob).whole()
    except RecursionError:
        raise SettingsError("The URL pattern has braces inside braces, too deep to be read.") from None


def matches(glob: str, text: str) -> bool:
    """Tell whether the whole of `text` fits `glob`."""
    return len(text) in compile_glob(glob).reach(text, frozenset({0}))
