"""Literals that go-jsonnet reads and rjsonnet doesn't, rewritten in place: escaped slashes, `1_000`, `|||-`.

What comes after a rewritten literal stays on its line and column, so that places in errors are true.
Standard library only: workers import it.
"""

import json
import re

from headwater.mapping.faults import SYNTAX, Fault, place_of
from headwater.mapping.tokens import NUMBER, STRING, Token

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[^u]|u)", re.DOTALL)
_KNOWN_ESCAPES = frozenset("\"'\\/bfnrt")
_BLOCK = re.compile(r"\|\|\|(?P<chomp>-?)[ \t\r]*\n(?P<lines>.*\n)[ \t]*\|\|\|", re.DOTALL)
_MARGIN = re.compile(r"(?:\r?\n)*([ \t]+)")


def adapt(text: str, words: list[Token]) -> str:
    """Return `text` as rjsonnet can read it. Raises a syntax Fault for an escape that Jsonnet doesn't know."""
    pieces: list[str] = []
    done = 0
    for word in words:
        literal = _adapted(word, text)
        if literal != word.text:
            pieces += (text[done : word.start], _padded(literal, word.text))
            done = word.start + len(word.text)
    return "".join((*pieces, text[done:]))


def _adapted(word: Token, text: str) -> str:
    if word.kind == NUMBER:
        return _number(word, text)
    if word.kind != STRING or word.text.startswith("@"):
        return word.text
    if word.text.startswith("|||"):
        return _block(word.text)
    if "\\" in word.text:
        return _ESCAPE.sub(lambda match: _escape(match, word, text), word.text)
    return word.text


def _number(word: Token, text: str) -> str:
    digits = word.text
    if digits[0] == "0" and digits[1:2].isdigit():
        raise _fault("a number can't begin with 0", text, word.start)
    if "_" in digits and (digits.endswith("_") or "__" in digits or "_." in digits or "_e" in digits.lower()):
        raise _fault("an underscore in a number goes between two digits", text, word.start)
    return digits.replace("_", "")


def _escape(match: re.Match[str], word: Token, text: str) -> str:
    letter = match[1]
    if letter == "/":
        return "/"
    if letter not in _KNOWN_ESCAPES and len(letter) == 1:
        raise _fault(f"unknown escape in a string: {match[0]}", text, word.start + match.start())
    return match[0]


def _block(literal: str) -> str:
    """Return a text block as a plain string."""
    block = _BLOCK.fullmatch(literal)
    margin = _MARGIN.match(block["lines"]) if block is not None else None
    if block is None or margin is None:
        return literal
    lines = [line.removeprefix(margin[1]) for line in block["lines"].split("\n")]
    value = "\n".join(lines)
    return json.dumps(value.removesuffix("\n") if block["chomp"] else value, ensure_ascii=False)


def _padded(literal: str, original: str) -> str:
    """Return `literal` followed by the line breaks and spaces that put what comes next where it was."""
    breaks = original.count("\n")
    if breaks:
        return literal + "\n" * breaks + " " * (len(original) - original.rfind("\n") - 1)
    return literal + " " * (len(original) - len(literal))


def _fault(message: str, text: str, offset: int) -> Fault:
    line, column = place_of(text, offset)
    return Fault(SYNTAX, message, line=line, column=column)
