"""FQL text → its tree. From loose to tight: `or`, `and`, a comparison, `!`. Comparisons don't chain.

`!a = b` is refused: half of those who write it mean `!(a = b)`, and nobody can tell which.
"""

from collections.abc import Callable

from headwater.mapping.fql import bad_fql, foreign, functions, globs, tokens
from headwater.mapping.fql.bad_fql import BadFqlError
from headwater.mapping.fql.nodes import (
    COMPARISONS,
    And,
    Call,
    Comparison,
    Everything,
    Listing,
    Literal,
    Node,
    Not,
    Or,
    Path,
)
from headwater.mapping.fql.tokens import Token

KIB = 1024
MAX_BYTES = 5 * KIB
MAX_DEPTH = 40
ALL = "all"
LITERALS = {"true": True, "false": False, "null": None}
KEYWORDS = frozenset({"and", "or", "in", *LITERALS})
VALUE = "a value: a path, a text in quotes, a number, true, false, null, a list or a function"


def tree(text: str) -> Node:
    """Return what `text` says. Raises BadFqlError."""
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise bad_fql.at(text, 0, found=f"{len(text)} characters", expected=f"at most {MAX_BYTES // KIB} KB")
    if text.strip() == ALL:
        return Everything()
    return _Reader(text).whole()


class _Reader:
    """Reads from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens.split(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._any_of()
        if self._here.kind != tokens.END:
            raise self._surprise("`and`, `or` or the end")
        return node

    # What joins

    def _any_of(self) -> Node:
        operands = self._joined("or", self._all_of)
        return operands[0] if len(operands) == 1 else Or(operands)

    def _all_of(self) -> Node:
        operands = self._joined("and", self._comparison)
        return operands[0] if len(operands) == 1 else And(operands)

    def _joined(self, word: str, part: Callable[[], Node]) -> tuple[Node, ...]:
        parts = [part()]
        while self._is_word(word):
            self._at += 1
            parts.append(part())
        return tuple(parts)

    # What compares and negates

    def _comparison(self) -> Node:
        if self._here.text == "!":
            return self._negated()
        left = self._operand()
        if not self._is_comparing():
            return left
        operator = self._taken().text
        right = self._operand()
        if self._is_comparing():
            raise self._surprise("`and`, `or` or the end", "Comparisons don't chain: join two of them with `and`.")
        return Comparison(operator, left, right)

    def _negated(self) -> Node:
        self._taken()
        operand = self._deeper(self._negated if self._here.text == "!" else self._operand)
        if self._is_comparing():
            hint = f"Write `!( … {self._here.text} … )` to negate the comparison."
            raise self._surprise("`and`, `or` or the end", hint)
        return Not(operand)

    # Values

    def _operand(self) -> Node:
        token = self._here
        if token.kind in (tokens.STRING, tokens.NUMBER):
            return Literal(self._taken().value)
        if token.kind in (tokens.WORD, tokens.PATH):
            return self._named()
        if token.kind == tokens.SIGN and token.text == "[":
            return self._deeper(self._listing)
        if token.kind == tokens.SIGN and token.text == "(":
            return self._deeper(self._parentheses)
        raise self._surprise(VALUE, "To negate, write `!=`." if token.text == "!" else None)

    def _named(self) -> Node:
        token = self._here
        if token.kind == tokens.WORD and token.text in LITERALS:
            self._at += 1
            return Literal(LITERALS[token.text])
        if token.kind == tokens.WORD and token.text in KEYWORDS:
            raise self._surprise(VALUE, f"A field of that name is `\\{token.text}`.")
        self._at += 1
        if token.kind == tokens.WORD and self._is_sign("("):
            return self._deeper(lambda: self._call(token))
        return Path(tokens.keys(token.text))

    def _call(self, name: Token) -> Node:
        function = functions.FUNCTIONS.get(name.text)
        if function is None:
            hint = foreign.hint_of_function(name.text, functions.FUNCTIONS)
            raise self._error(name, f"a function of FQL: {', '.join(functions.FUNCTIONS)}", hint)
        arguments = self._items("(", ")")
        if len(arguments) != function.arity:
            raise self._error(name, f"{function.arity} in its parentheses, not {len(arguments)}")
        self._check_pattern(name, arguments)
        return Call(name.text, arguments)

    def _check_pattern(self, name: Token, arguments: tuple[Node, ...]) -> None:
        """Refuse a pattern that can't match anything now: at an event nobody would see it."""
        pattern = arguments[-1]
        if name.text != functions.MATCH or not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
            return
        if globs.compile_or_none(pattern.value) is None:
            hint = "Put \\ before a bracket or backslash that is meant as itself."
            raise self._error(name, f"a pattern that reads, not {bad_fql.quoted(pattern.value)}", hint)

    def _listing(self) -> Node:
        return Listing(self._items("[", "]"))

    def _items(self, opening: str, closing: str) -> tuple[Node, ...]:
        self._expect(opening)
        items: list[Node] = []
        while not self._is_sign(closing):
            items.append(self._operand())
            if not self._is_sign(closing):
                self._expect(",", f"`,` or `{closing}`")
        self._at += 1
        return tuple(items)

    def _parentheses(self) -> Node:
        self._expect("(")
        node = self._any_of()
        self._expect(")", "`and`, `or` or `)`")
        return node

    # Tokens

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _taken(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is_word(self, word: str) -> bool:
        return self._here.kind == tokens.WORD and self._here.text == word

    def _is_sign(self, sign: str) -> bool:
        return self._here.kind == tokens.SIGN and self._here.text == sign

    def _is_comparing(self) -> bool:
        return self._here.kind in (tokens.SIGN, tokens.WORD) and self._here.text in COMPARISONS

    def _expect(self, sign: str, expected: str | None = None) -> None:
        if not self._is_sign(sign):
            raise self._surprise(expected or f"`{sign}`")
        self._at += 1

    def _deeper(self, part: Callable[[], Node]) -> Node:
        if self._depth == MAX_DEPTH:
            raise self._surprise(f"at most {MAX_DEPTH} levels of parentheses, lists, functions and `!`")
        self._depth += 1
        node = part()
        self._depth -= 1
        return node

    def _surprise(self, expected: str, hint: str | None = None) -> BadFqlError:
        return self._error(self._here, expected, hint or self._hint())

    def _error(self, token: Token, expected: str, hint: str | None = None) -> BadFqlError:
        found = "the end" if token.kind == tokens.END else bad_fql.quoted(token.text)
        return bad_fql.at(self._text, token.start, found=found, expected=expected, hint=hint)

    def _hint(self) -> str | None:
        """Return what whoever wrote the token here, or the one before, may not know."""
        before = self._tokens[self._at - 1] if self._at else self._here
        names = [token.text for token in (before, self._here) if token.kind == tokens.WORD]
        is_text = before.kind == self._here.kind == tokens.WORD and KEYWORDS.isdisjoint(names)
        return foreign.hint_of_words(*names) or (foreign.PUT_INTO_QUOTES if is_text else None)
