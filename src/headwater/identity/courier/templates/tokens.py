"""Letters to pieces: literal text, and between `{{` and `}}` the words of an action."""

import json
import re
from dataclasses import dataclass
from typing import Any

from headwater.identity.courier.templates.errors import TemplateSyntaxError
from headwater.identity.courier.templates.limits import SOURCE_LETTERS

OPEN = "{{"
TRIM_OPEN = re.compile(r"\{\{-(?=\s)")
CLOSE = re.compile(r"\s+-\}\}|\}\}")
TRIM = "-"
COMMENT = re.compile(r"\s*/\*.*?\*/", re.DOTALL)
SPACE = re.compile(r"\s+")
WORD = re.compile(
    r"""
    (?P<text>"(?:[^"\\\n]|\\.)*")
    | (?P<raw>`[^`]*`)
    | (?P<number>[+-]?\d+(?:\.\d+)?(?![\w.]))
    | (?P<field>\.[A-Za-z_]\w*)
    | (?P<dot>\.)
    | (?P<variable>\$\w*)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<sign>:=|[=|(),])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word of an action. `is_glued`: nothing stands between it and the word before."""

    kind: str
    value: Any
    is_glued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """The words between one pair of braces."""

    tokens: tuple[Token, ...]
    line: int


Piece = str | Action


def split(source: str) -> list[Piece]:
    """Return the pieces of `source`, comments gone and trimmed as its markers ask. Raises TemplateSyntaxError."""
    if len(source) > SOURCE_LETTERS:
        raise TemplateSyntaxError(f"is longer than {SOURCE_LETTERS} letters")
    pieces: list[Piece] = []
    at, trims_next = 0, False
    while True:
        start = source.find(OPEN, at)
        text = source[at:] if start < 0 else source[at:start]
        text = text.lstrip() if trims_next else text
        if start < 0:
            return [*pieces, text] if text else pieces
        opened = TRIM_OPEN.match(source, start)
        text = text.rstrip() if opened else text
        if text:
            pieces.append(text)
        action, at, trims_next = _action(source, opened.end() if opened else start + len(OPEN))
        if action.tokens:
            pieces.append(action)


def _action(source: str, at: int) -> tuple[Action, int, bool]:
    line = source.count("\n", 0, at) + 1
    if comment := COMMENT.match(source, at):
        closed = CLOSE.match(source, comment.end())
        if closed is None:
            raise TemplateSyntaxError(f"has a comment in line {line} that doesn't end with */}}}}")
        return Action(tokens=(), line=line), closed.end(), TRIM in closed[0]
    tokens: list[Token] = []
    while True:
        if closed := CLOSE.match(source, at):
            return Action(tokens=_not_empty(tokens, line), line=line), closed.end(), TRIM in closed[0]
        spaces = SPACE.match(source, at)
        at = spaces.end() if spaces else at
        if closed := CLOSE.match(source, at):
            continue
        word = WORD.match(source, at)
        if word is None:
            raise TemplateSyntaxError(_strange(source, at, line))
        tokens.append(_token(word, is_glued=spaces is None, line=line))
        at = word.end()


def _not_empty(tokens: list[Token], line: int) -> tuple[Token, ...]:
    if not tokens:
        raise TemplateSyntaxError(f"has an empty {{{{ }}}} in line {line}")
    return tuple(tokens)


def _token(word: re.Match[str], *, is_glued: bool, line: int) -> Token:
    kind, text = str(word.lastgroup), word[0]
    value: Any = text
    if kind == "text":
        try:
            value = json.loads(text)
        except ValueError:
            raise TemplateSyntaxError(f"has a text in line {line} with an escape that isn't supported") from None
    elif kind == "raw":
        value = text[1:-1]
    elif kind == "number":
        value = float(text) if "." in text else int(text)
    elif kind in ("field", "variable"):
        value = text[1:]
    return Token(kind="text" if kind == "raw" else kind, value=value, is_glued=is_glued)


def _strange(source: str, at: int, line: int) -> str:
    if at >= len(source):
        return f"has a {{{{ in line {line} without its }}}}"
    return f"has {source[at]!r} in line {line}, which isn't supported between {{{{ and }}}}"
