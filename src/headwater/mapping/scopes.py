"""Reading tokens while keeping track of the names that are still free. Standard library only: workers import it."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from headwater.mapping.faults import SYNTAX, Fault, place_of
from headwater.mapping.tokens import END, ID, OP, Token


class Name(NamedTuple):
    """A name that is used, and where."""

    text: str
    start: int


class Clause(NamedTuple):
    """A `for` or `if` of a comprehension: the names its expression uses, and the variable that it binds."""

    free: list[Name]
    variable: str | None


class ScopedReader:
    """A place in the tokens of a program, and the names used so far that nothing has bound yet."""

    def __init__(self, text: str, words: list[Token]) -> None:
        self._text = text
        self._words = words
        self._next = 0
        self._free: list[Name] = []

    # Words

    def _peek(self) -> Token:
        return self._words[self._next]

    def _skip(self) -> None:
        self._next += 1

    def _take(self, *, kind: str) -> Token:
        word = self._peek()
        if word.kind != kind:
            raise self._surprise()
        self._next += 1
        return word

    def _is(self, sign: str) -> bool:
        word = self._words[self._next]
        return word.kind == OP and word.text == sign

    def _is_taken(self, sign: str) -> bool:
        """Step over `sign` if it comes next; tell whether it did."""
        if self._is(sign):
            self._next += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._is_taken(sign):
            raise self._surprise(f", expected {sign!r}")

    def _surprise(self, hint: str = "") -> Fault:
        word = self._peek()
        what = "unexpected end of the program" if word.kind == END else f"unexpected {word.text[:40]!r}"
        return self._fault(what + hint, word.start)

    def _fault(self, message: str, offset: int) -> Fault:
        line, column = place_of(self._text, offset)
        return Fault(SYNTAX, message, line=line, column=column)

    # Scopes

    def _bind(self, names: Iterable[str], *, since: int) -> None:
        """Take `names` out of what became free since there were `since` free names."""
        bound = frozenset(names)
        self._free[since:] = [name for name in self._free[since:] if name.text not in bound]

    def _apart(self, read: Callable[[], None]) -> list[Name]:
        """Return the free names of what `read` reads, kept out of the current scope."""
        outside, self._free = self._free, []
        read()
        inside, self._free = self._free, outside
        return inside

    def _use(self) -> None:
        word = self._peek()
        self._free.append(Name(word.text, word.start))
        self._skip()


class Members:
    """What one object has declared so far."""

    def __init__(self, *, since: int) -> None:
        self.since = since
        self.locals: set[str] = set()
        self.outside: list[Name] = []
        self._fields: set[str] = set()

    def is_claimed(self, word: Token) -> bool:
        """Note a field's name; tell whether it was there before. Escaped names are left to rjsonnet."""
        if "\\" in word.text:
            return False
        name = word.text if word.kind == ID else word.text[1:-1]
        is_known = name in self._fields
        self._fields.add(name)
        return is_known
