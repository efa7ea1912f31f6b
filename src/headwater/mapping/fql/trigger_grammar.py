"""The tokens of a trigger → its tests, read exactly as loosely as Segment reads them.

What it doesn't know it steps over; the last `and` or `or` of a group joins all of it; `!` before a parenthesis means
nothing. Only a trigger that can't be read at all is an error, and then it never matches.
"""

from dataclasses import dataclass
from typing import Union

from headwater.mapping.fql import numbers
from headwater.mapping.fql import trigger_tokens as tokens
from headwater.mapping.fql.trigger_tests import NESTED, Expected, Test, text_of
from headwater.mapping.fql.trigger_tokens import Token, UnreadableError

FIELDS = frozenset({"type", "event", "name", "userId", *NESTED})
TEXTS = frozenset({"event", "name", "userId"})  # what a function may look at besides the NESTED
FUNCTIONS = frozenset({"contains", "match"})
BOOLS = {"true": True, "false": False}
ANY = "*"
ANY_AT_THE_END = '*"'


@dataclass(frozen=True, slots=True)
class Group:
    """Tests joined by `and` or `or`. None stands for an empty pair of parentheses."""

    operator: str
    children: tuple[Union["Group", Test, None], ...]


Read = Group | Test | None


def tree(text: str) -> Group:
    """Return what `text` says. Raises UnreadableError."""
    read = _Reader(_joined(tokens.split(text))).group()
    if read is None:
        raise UnreadableError('there is no test in it, such as `type = "track"`')
    return read if isinstance(read, Group) else Group("and", (read,))


def _joined(cut: list[Token]) -> list[Token]:
    """Return the tokens with names that dots join as one."""
    joined: list[Token] = []
    at = 0
    while at < len(cut):
        is_dot = bool(joined) and joined[-1].kind == tokens.WORD and cut[at].kind == tokens.DOT
        if is_dot and cut[at + 1].kind == tokens.WORD:
            joined[-1] = Token(tokens.WORD, f"{joined[-1].value}.{cut[at + 1].value}")
            at += 2
        else:
            joined.append(cut[at])
            at += 1
    return joined


class _Reader:
    def __init__(self, cut: list[Token], *, is_inside: bool = False) -> None:
        self._tokens = cut
        self._at = 0
        self._is_inside = is_inside
        self._found: list[Read] = []
        self._operator = "and"

    def group(self) -> Read:
        token = self._taken_or_none()
        while token is not None and token.kind != tokens.END:
            self._read(token)
            token = self._taken_or_none()
        if len(self._found) > 1:
            return Group(self._operator, tuple(self._found))
        return self._found[0] if self._found else None

    def _read(self, token: Token) -> None:
        if token.kind == tokens.WORD and token.value.split(".")[0] in FIELDS:
            self._comparison(token.value)
        elif token.kind == tokens.WORD and token.value in FUNCTIONS:
            self._function(token.value, is_negated=False)
        elif token == (tokens.OPERATOR, "!") and self._is_at_a_function():
            self._function(self._taken("a function").value, is_negated=True)
        elif token.kind == tokens.OPEN:
            self._found.append(self._parentheses())
        elif token.kind == tokens.CONDITIONAL:
            self._operator = token.value

    def _comparison(self, name: str) -> None:
        operator = self._taken("an operator").value
        value = self._taken("a value")
        root = name.split(".", maxsplit=1)[0]
        special = _special(root, operator, value)
        expected = _expected(value)
        if root in NESTED:
            self._found.append(Test(root, special or operator, _path(root, name), expected))
        else:
            self._found.append(Test(root, special or operator, expected=text_of(expected)))

    def _function(self, function: str, *, is_negated: bool) -> None:
        self._taken_or_none()  # whatever stands there: it should be the parenthesis
        name = self._taken("a field").value
        self._taken_or_none()
        value = self._taken("a text")
        self._taken_or_none()
        operator, expected = _asked(function, value)
        root = name if name in TEXTS else next((root for root in NESTED if name.startswith(root)), None)
        if root is not None:
            path = _path(root, name) if root in NESTED else None
            self._found.append(Test(root, f"not_{operator}" if is_negated else operator, path, expected))

    def _parentheses(self) -> Read:
        if self._is_inside:
            raise UnreadableError("parentheses can't stand in parentheses")
        inside: list[Token] = []
        while (token := self._taken("a closing parenthesis")).kind != tokens.CLOSE:
            inside.append(token)
        return _Reader([*inside, Token(tokens.END, tokens.END_VALUE)], is_inside=True).group()

    def _is_at_a_function(self) -> bool:
        following = self._tokens[self._at]
        return following.kind == tokens.WORD and following.value in FUNCTIONS

    def _taken_or_none(self) -> Token | None:
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else None

    def _taken(self, what: str) -> Token:
        token = self._taken_or_none()
        if token is None:
            raise UnreadableError(f"it ends where {what} should stand")
        return token


def _special(root: str, operator: str, value: Token) -> str | None:
    """Return the operator that stands for `=` or `!=` with null, true, false or a number, where the field has one."""
    if operator not in ("=", "!=") or root in ("type", "event"):
        return None
    is_equal = operator == "="
    if value.value == "null":
        return "not_exists" if is_equal else "exists"
    if root != "name" and is_equal and value.value in BOOLS:
        return f"is_{value.value}"
    if root in NESTED and value.kind == tokens.NUMBER:
        return "number_equals" if is_equal else "number_not_equals"
    return None


def _expected(value: Token) -> Expected:
    if value.kind == tokens.STRING:
        return value.value.removeprefix('"').removesuffix('"')
    if value.kind == tokens.NUMBER:
        return numbers.of_text(value.value)
    return BOOLS.get(value.value, value.value) if value.kind == tokens.WORD else value.value


def _asked(function: str, value: Token) -> tuple[str, str]:
    """Return the operator that a function stands for, and its text: `match` knows one star, first or last."""
    text = text_of(_expected(value))
    if function == "contains":
        return "contains", text
    return ("starts_with", text[:-1]) if value.value.endswith(ANY_AT_THE_END) else ("ends_with", text[1:])


def _path(root: str, name: str) -> str:
    return name.removeprefix(f"{root}.")
