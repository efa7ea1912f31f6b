"""Jsonnet text → tokens, with where each begins. Standard library only: workers import it.

It is lenient about what is inside a string or a number: rjsonnet parses the text too, and refuses those.
"""

import re
from typing import NamedTuple

from headwater.mapping.faults import SYNTAX, Fault, place_of

ID = "id"
STRING = "string"
NUMBER = "number"
OP = "op"
END = "end"

KEYWORDS = frozenset(
    {"assert", "else", "error", "false", "for", "function", "if", "import", "importstr", "importbin", "in"}
    | {"local", "null", "self", "super", "tailstrict", "then", "true", "$"}
)

# Possessive quantifiers (`++`, `*+`) throughout: a hostile text must not make the expression backtrack.
_TOKEN = re.compile(
    r"""
    (?P<space>(?:[ \t\r\n]++|//[^\n]*+|\#[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)++)
  | (?P<id>[A-Za-z_][A-Za-z_0-9]*+|\$)
  | (?P<number>[0-9](?:[0-9_]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)
  | (?P<string>"(?:[^"\\]|\\.)*+" | '(?:[^'\\]|\\.)*+'
             | @"(?:[^"]|"")*+" | @'(?:[^']|'')*+'
             | \|\|\|-?+[ \t\r]*+\n(?:\r?+\n)*+(?P<margin>[ \t]++)[^\n]*+\n
               (?:(?P=margin)[^\n]*+\n|\r?+\n)*+[ \t]*+\|\|\|)
  | (?P<op>\+?:::|\+?::|\+?:|&&|\|\|(?!\|)|==|!=|<=|>=|<<|>>
            |/(?![/*])|\|(?!\|\|)|[!~+\-&^=<>*%{}\[\],.();])
    """,
    re.VERBOSE | re.DOTALL,
)
_UNCLOSED = re.compile(r"""(?P<comment>/\*)|(?P<block>\|\|\|)|@?["']""")


class Token(NamedTuple):
    """A piece of the text. `kind` is ID, STRING, NUMBER, OP (keywords and signs) or END."""

    kind: str
    text: str
    start: int


def split(text: str) -> list[Token]:
    """Return the tokens of `text`, ending with an END. Raises a syntax Fault."""
    tokens: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            raise _fault(text, offset)
        if match["space"] is None:
            tokens.append(_token(match))
        offset = match.end()
    tokens.append(Token(END, "", len(text)))
    return tokens


def _token(match: re.Match[str]) -> Token:
    word = match[0]
    if match["id"] is not None:
        return Token(OP if word in KEYWORDS else ID, word, match.start())
    if match["op"] is not None:
        return Token(OP, word, match.start())
    return Token(NUMBER if match["number"] is not None else STRING, word, match.start())


def _fault(text: str, offset: int) -> Fault:
    line, column = place_of(text, offset)
    unclosed = _UNCLOSED.match(text, offset)
    if unclosed is None:
        return Fault(SYNTAX, f"unexpected character {text[offset]!r}", line=line, column=column)
    what = "comment" if unclosed["comment"] else "text block" if unclosed["block"] else "string"
    return Fault(SYNTAX, f"this {what} is never closed", line=line, column=column)
