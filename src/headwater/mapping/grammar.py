"""Is this one Jsonnet expression, and is every name in it bound? Standard library only: workers import it.

rjsonnet looks names up only when it reaches them, so that a misspelt variable in a rare branch would pass every
check and fail in production; go-jsonnet, and so Ory, refuses it at once. No tree is built: reading the text
leaves a list of the names that are still free, and each scope takes out of it what it binds. `self`, `super`
and `$` are names that an object binds.
"""

from collections.abc import Callable

from headwater.mapping.faults import SYNTAX, Fault
from headwater.mapping.scopes import Clause, Members, ScopedReader
from headwater.mapping.tokens import END, ID, NUMBER, OP, STRING, Token

STANDARD_LIBRARY = "std"
MAX_DEPTH = 1000  # at a few thousand rjsonnet would overflow its stack
OBJECT_NAMES = frozenset({"self", "super", "$"})
VISIBILITIES = frozenset({":", "::", ":::", "+:", "+::", "+:::"})
UNARY = frozenset({"!", "-", "+", "~"})
LITERALS = frozenset({"null", "true", "false"})
IMPORTS = frozenset({"import", "importstr", "importbin"})
POWERS = {
    operator: power
    for power, operators in enumerate(
        ("||", "&&", "|", "^", "&", "== !=", "< > <= >= in", "<< >>", "+ -", "* / %"), start=1
    )
    for operator in operators.split()
}
UNBOUND = {
    "self": "self is only known inside an object",
    "super": "super is only known inside an object",
    "$": "$ is only known inside an object",
}


def resolve(text: str, words: list[Token]) -> None:
    """Raise a syntax Fault unless `words` (the tokens of `text`) are one expression with every name bound."""
    reader = _Reader(text, words)
    try:
        reader.program()
    except RecursionError:
        raise Fault(SYNTAX, "the program is nested too deeply") from None


class _Reader(ScopedReader):
    def __init__(self, text: str, words: list[Token]) -> None:
        super().__init__(text, words)
        self._depth = 0
        self._terms: dict[str, Callable[[], None]] = {
            "local": self._local,
            "if": self._if,
            "function": self._function,
            "error": self._error,
            "assert": self._assert,
            "super": self._super,
            "self": self._use,
            "$": self._use,
            "{": self._object,
            "[": self._array,
            "(": self._parentheses,
            **dict.fromkeys(IMPORTS, self._import),
            **dict.fromkeys(LITERALS, self._skip),
        }

    def program(self) -> None:
        self._expression()
        if self._peek().kind != END:
            raise self._surprise()
        unbound = [name for name in self._free if name.text != STANDARD_LIBRARY]
        if unbound:
            first = min(unbound, key=lambda name: name.start)
            raise self._fault(UNBOUND.get(first.text, f"unknown variable: {first.text}"), first.start)

    # Expressions

    def _expression(self, power: int = 1) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fault(f"nested more than {MAX_DEPTH} deep", self._peek().start)
        self._unary()
        while self._power() >= power:
            operator = self._peek().text
            self._skip()
            if operator == "in" and self._is("super"):
                self._use()
            else:
                self._expression(POWERS[operator] + 1)
        self._depth -= 1

    def _power(self) -> int:
        word = self._peek()
        return POWERS.get(word.text, 0) if word.kind == OP else 0

    def _unary(self) -> None:
        while self._peek().kind == OP and self._peek().text in UNARY:
            self._skip()
        self._term()
        while self._is_suffixed():
            pass

    def _term(self) -> None:
        word = self._peek()
        if word.kind == ID:
            self._use()
        elif word.kind in (STRING, NUMBER):
            self._skip()
        elif word.kind == OP and word.text in self._terms:
            self._terms[word.text]()
        else:
            raise self._surprise()

    def _is_suffixed(self) -> bool:
        """Step over one `.name`, `[…]`, `(…)` or `{…}` if it comes next; tell whether it did."""
        if self._is("{"):
            self._object()
        elif self._is_taken("."):
            self._take(kind=ID)
        elif self._is_taken("["):
            self._index()
        elif self._is_taken("("):
            self._arguments()
        else:
            return False
        return True

    def _index(self) -> None:
        colons = 0
        while not self._is_taken("]"):
            if self._is_taken("::"):
                colons += 2
            elif self._is_taken(":"):
                colons += 1
            else:
                self._expression()
                if not (self._is("]") or self._is(":") or self._is("::")):
                    raise self._surprise(", expected ']'")
        if colons > 2:  # noqa: PLR2004 - from, to, step
            raise self._surprise(" after a slice of more than three parts")

    def _arguments(self) -> None:
        while not self._is_taken(")"):
            following = self._words[self._next + 1] if self._peek().kind == ID else None
            if following is not None and following.kind == OP and following.text == "=":
                self._next += 2
            self._expression()
            if not self._is(")"):
                self._expect(",")
        self._is_taken("tailstrict")

    def _parentheses(self) -> None:
        self._skip()
        self._expression()
        self._expect(")")

    def _super(self) -> None:
        self._use()
        if self._is_taken("."):
            self._take(kind=ID)
        else:
            self._expect("[")
            self._expression()
            self._expect("]")

    def _if(self) -> None:
        self._skip()
        self._expression()
        self._expect("then")
        self._expression()
        if self._is_taken("else"):
            self._expression()

    def _error(self) -> None:
        self._skip()
        self._expression()

    def _assert(self) -> None:
        self._assertion()
        self._expect(";")
        self._expression()

    def _assertion(self) -> None:
        self._skip()
        self._expression()
        if self._is_taken(":"):
            self._expression()

    def _import(self) -> None:
        self._skip()
        self._take(kind=STRING)

    # Functions and locals

    def _function(self) -> None:
        since = len(self._free)
        self._skip()
        self._expect("(")
        names = self._parameters()
        self._expression()
        self._bind(names, since=since)

    def _parameters(self) -> list[str]:
        names: list[str] = []
        while not self._is_taken(")"):
            names.append(self._take(kind=ID).text)
            if self._is_taken("="):
                self._expression()
            if not self._is(")"):
                self._expect(",")
        return names

    def _definition(self, separator: Callable[[], None]) -> None:
        """Read `= body`, or `(parameters) = body`, where `separator` reads the sign between."""
        since = len(self._free)
        names = self._parameters() if self._is_taken("(") else []
        separator()
        self._expression()
        self._bind(names, since=since)

    def _local(self) -> None:
        since = len(self._free)
        self._skip()
        names: set[str] = set()
        self._binding(names)
        while not self._is_taken(";"):
            self._expect(",")
            self._binding(names)
        self._expression()
        self._bind(names, since=since)

    def _binding(self, names: set[str]) -> None:
        name = self._take(kind=ID)
        if name.text in names:
            raise self._fault(f"duplicate local: {name.text}", name.start)
        names.add(name.text)
        self._definition(lambda: self._expect("="))

    # Arrays and objects

    def _array(self) -> None:
        since = len(self._free)
        self._skip()
        if self._is_taken("]"):
            return
        self._expression()
        is_open = self._is_taken(",")
        if self._is("for"):
            self._comprehension(since=since, until="]")
            return
        while not self._is_taken("]"):
            if not is_open:
                raise self._surprise(", expected ',' or ']'")
            self._expression()
            is_open = self._is_taken(",")

    def _comprehension(self, *, since: int, until: str) -> None:
        """Read `for … if …` and `until`; what became free `since` then is inside the comprehension."""
        inside = self._free[since:]
        for clause in reversed(self._clauses(until)):
            inside = [name for name in inside if name.text != clause.variable] + clause.free
        self._free[since:] = inside

    def _clauses(self, until: str) -> list[Clause]:
        clauses: list[Clause] = []
        while not self._is_taken(until):
            variable = None
            if self._is_taken("for"):
                variable = self._take(kind=ID).text
                self._expect("in")
            elif not self._is_taken("if"):
                raise self._surprise(f", expected 'for', 'if' or {until!r}")
            clauses.append(Clause(self._apart(self._expression), variable))
        return clauses

    def _object(self) -> None:
        members = Members(since=len(self._free))
        self._skip()
        is_open = True
        while not self._is_taken("}"):
            if self._is("for"):
                self._close(members)
                self._comprehension(since=members.since, until="}")
                return
            if not is_open:
                raise self._surprise(", expected ',' or '}'")
            self._member(members)
            is_open = self._is_taken(",")
        self._close(members)

    def _close(self, members: Members) -> None:
        self._bind(OBJECT_NAMES | members.locals, since=members.since)
        self._free.extend(members.outside)

    def _member(self, members: Members) -> None:
        word = self._peek()
        if self._is_taken("local"):
            self._binding(members.locals)
        elif self._is("assert"):
            self._assertion()
        elif self._is_taken("["):
            # A computed name is outside its object: it knows neither the object's locals nor its `self`.
            members.outside.extend(self._apart(self._expression))
            self._expect("]")
            self._definition(self._visibility)
        elif word.kind in (ID, STRING):
            self._skip()
            if members.is_claimed(word):
                raise self._fault(f"duplicate field: {word.text}", word.start)
            self._definition(self._visibility)
        else:
            raise self._surprise(", expected a field")

    def _visibility(self) -> None:
        word = self._peek()
        if word.kind != OP or word.text not in VISIBILITIES:
            raise self._surprise(", expected ':'")
        self._skip()
