"""Filters for HTML: its five characters escaped, its tags taken out."""

import re
from collections.abc import Callable
from typing import Any

from headwater.mapping.directives.liquid.frame import Frame

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_ESCAPED = re.compile("[&<>\"']")
_UNESCAPES = {escaped: character for character, escaped in _ESCAPES.items()}
_UNESCAPED = re.compile("&(amp|lt|gt|#34|#39);")
_BLOCKS = (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->"), ("<", ">"))


def _escape(text: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text)


def _unescape(text: str) -> str:
    return _UNESCAPED.sub(lambda match: _UNESCAPES[match[0]], text)


def _strip_html(text: str) -> str:
    """Leave out tags, comments, and scripts and styles with what they hold; an opener that isn't closed stays."""
    pieces: list[str] = []
    blocks = dict(_BLOCKS)
    at = 0
    while (start := text.find("<", at)) >= 0:
        pieces.append(text[at:start])
        at = _end_of_block(text, start, blocks)
        if at < 0:
            return "".join(pieces) + text[start:]
    return "".join(pieces) + text[at:]


def _end_of_block(text: str, start: int, blocks: dict[str, str]) -> int:
    for opener, closer in list(blocks.items()):
        if text.startswith(opener, start):
            end = text.find(closer, start + len(opener))
            if end >= 0:
                return end + len(closer)
            del blocks[opener]  # there is none further on, either
    return -1


def _simple(change: Callable[[str], str]) -> Callable[[Frame, Any, list[Any]], Any]:
    return lambda frame, value, _given: frame.made(change(frame.made(frame.text(value))))


FILTERS: dict[str, Callable[[Frame, Any, list[Any]], Any]] = {
    "escape": _simple(_escape),
    "xml_escape": _simple(_escape),
    "escape_once": _simple(lambda text: _escape(_unescape(text))),
    "strip_html": _simple(_strip_html),
}
