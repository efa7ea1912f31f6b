"""Globs over URLs, as Kratos's `private_ip_exception_urls` reads them: `.` and `/` are separators.

`*` and `?` stay within one label or path segment, `**` crosses them, `[a-z]`, `[!a-z]` and `{a,b}` as usual,
and a backslash takes the next character literally. Pure.
"""

import functools
import re

from headwater.core.errors import SettingsError

SEPARATORS = "./"
ONE_INSIDE = f"[^{re.escape(SEPARATORS)}]"
PIECE = re.compile(r"\*\*|\*|\?|\[!?[^\]]+\]|\{|\}|,|\\.|.", re.DOTALL)
FIXED = {"**": ".*", "*": f"{ONE_INSIDE}*", "?": ONE_INSIDE, "{": "(?:", "}": ")"}


@functools.lru_cache(maxsize=256)
def compile_glob(glob: str) -> re.Pattern[str]:
    """Return what `glob` means. SettingsError when its brackets don't close."""
    depth = 0
    parts = []
    for piece in PIECE.findall(glob):
        depth += (piece == "{") - (piece == "}")
        parts.append(_as_regex(piece, is_inside_braces=depth > 0))
        if depth < 0 or piece in ("[", "\\"):
            break
    else:
        if depth == 0:
            return _compiled("".join(parts), glob)
    raise SettingsError(f"The URL pattern {glob!r} has a bracket, brace or backslash without its partner.")


def _as_regex(piece: str, *, is_inside_braces: bool) -> str:
    if piece in FIXED:
        return FIXED[piece]
    if piece == "," and is_inside_braces:
        return "|"
    if piece.startswith("[") and len(piece) > 1:
        negation = "^" if piece[1] == "!" else ""
        members = (char if char == "-" else re.escape(char) for char in piece[1 + len(negation) : -1])
        return f"[{negation}{''.join(members)}]"
    return re.escape(piece.removeprefix("\\") or piece)


def _compiled(expression: str, glob: str) -> re.Pattern[str]:
    try:
        return re.compile(expression, re.DOTALL)
    except re.error as error:
        raise SettingsError(f"The URL pattern {glob!r} can't be read: {error}.") from error


def matches(glob: str, text: str) -> bool:
    """Tell whether the whole of `text` fits `glob`."""
    return compile_glob(glob).fullmatch(text) is not None
