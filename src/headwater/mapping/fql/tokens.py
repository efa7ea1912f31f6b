"""FQL text → tokens, with where each begins."""

import re
from typing import NamedTuple

from headwater.mapping.fql import bad_fql, foreign
from headwater.mapping.fql.bad_fql import BadFqlError

PATH = "path"
WORD = "word"  # a path of one plain name: maybe a keyword, or a function
STRING = "string"
NUMBER = "number"
SIGN = "sign"
END = "end"

MAX_EXACT_DIGITS = 18
QUOTES = "'\""

# Possessive quantifiers throughout: a hostile text must not make the expression backtrack.
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]++)
  | (?P<path>(?:[A-Za-z_]|\\.)(?:[A-Za-z0-9_-]|\\.)*+(?:\.(?:[A-Za-z0-9_-]|\\.)++)*+)
  | (?P<number>[+-]?+[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+)
  | (?P<string>"[^"]*+" | '[^']*+')
  | (?P<sign><=|>=|!=(?!=)|=(?![=~])|<(?!>)|>|!(?!==)|[()\[\],])
    """,
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"(?:[^.\\]|\\.)++", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PART_OF_A_NAME = re.compile(r"[A-Za-z0-9_.\\-]|[^\x00-\x7f]")


class Token(NamedTuple):
    """A piece of the text. `value` is what it stands for: a number, or the text of a string."""

    kind: str
    text: str
    start: int
    value: str | float


def split(text: str) -> list[Token]:
    """Return the tokens of `text`, ending with an END. Raises BadFqlError."""
    tokens: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            raise _unreadable(text, offset)
        if match["space"] is None:
            tokens.append(_token(match, text))
        offset = match.end()
    tokens.append(Token(END, "", len(text), ""))
    return tokens


def keys(path: str) -> tuple[str, ...]:
    r"""Return the names in a path as it is written: `a.b\.c` is `a`, and in it `b.c`."""
    return tuple(_ESCAPE.sub(r"\1", name) for name in _NAME.findall(path))


def _token(match: re.Match[str], text: str) -> Token:
    word, start = match[0], match.start()
    if match["path"] is not None:
        _check_end(text, match)
        return Token(WORD if word.isidentifier() else PATH, word, start, word)
    if match["number"] is not None:
        _check_end(text, match)
        return Token(NUMBER, word, start, _number(text, match))
    if match["string"] is not None:
        return Token(STRING, word, start, word[1:-1])
    return Token(SIGN, word, start, word)


def _check_end(text: str, match: re.Match[str]) -> None:
    """Refuse what goes on as if it were the same name or number, and can't."""
    following = text[match.end() : match.end() + 1]
    if _PART_OF_A_NAME.match(following):
        raise bad_fql.at(
            text,
            match.end(),
            found=f"{bad_fql.quoted(following)} after {bad_fql.quoted(match[0])}",
            expected="its end",
            hint=foreign.hint_of_a_letter(following, is_in_a_number=match["number"] is not None),
        )


def _number(text: str, match: re.Match[str]) -> float:
    digits = match[0]
    if digits.lstrip("+-").isdigit() and len(digits) <= MAX_EXACT_DIGITS:
        return int(digits)
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise bad_fql.at(text, match.start(), found=bad_fql.quoted(digits), expected="a number below 1e308")
    return number


def _unreadable(text: str, offset: int) -> BadFqlError:
    if text[offset] in QUOTES:
        return bad_fql.at(
            text,
            offset,
            found=f"{bad_fql.quoted(text[offset:])}, which is never closed",
            expected=f"a closing {text[offset]} after it",
            hint=foreign.NO_ESCAPES if "\\" + text[offset] in text[:offset] else None,
        )
    sign, hint = foreign.sign_at(text, offset)
    return bad_fql.at(text, offset, found=bad_fql.quoted(sign), expected=EXPECTED, hint=hint)


EXPECTED = "a path, a text in quotes, a number or an operator"
