"""The words of one action, read from left to right into pipelines."""

from headwater.identity.courier.templates.errors import TemplateSyntaxError
from headwater.identity.courier.templates.limits import DEPTH
from headwater.identity.courier.templates.tokens import Action, Token
from headwater.identity.courier.templates.tree import Call, Dot, Literal, Operand, Path, Pipeline, Variable

CONSTANTS = {"true": True, "false": False, "nil": None}
NAME, TEXT, NUMBER, FIELD, DOT, VARIABLE, SIGN = "name", "text", "number", "field", "dot", "variable", "sign"
ASSIGNMENTS = (":=", "=")


class Words:
    """Reads one action. Every failure is a TemplateSyntaxError with its line."""

    def __init__(self, action: Action) -> None:
        self._tokens = action.tokens
        self._at = 0
        self._depth = 0
        self.line = action.line
        self.functions: list[str] = []

    @property
    def word(self) -> str:
        """The name that comes next, "" when something else does."""
        token = self._next()
        return str(token.value) if token is not None and token.kind == NAME else ""

    @property
    def is_done(self) -> bool:
        return self._at == len(self._tokens)

    def take_name(self) -> str:
        return str(self._take(NAME).value)

    def take_text(self) -> str:
        return str(self._take(TEXT).value)

    def finish(self) -> None:
        """Raise TemplateSyntaxError if there is more."""
        token = self._next()
        if token is not None:
            raise self._unexpected(token)

    def pipeline(self, *, most_targets: int = 1) -> Pipeline:
        """Read `[$x :=] command | command …`."""
        targets, sign = self._targets(most_targets)
        commands = [self._command()]
        while self._is_sign("|"):
            self._at += 1
            command = self._command()
            if not isinstance(command, Call):
                raise TemplateSyntaxError(f"pipes into something in line {self.line} that is no function")
            commands.append(command)
        return Pipeline(commands=tuple(commands), targets=targets, declares=sign == ":=")

    def _targets(self, most: int) -> tuple[tuple[str, ...], str]:
        start, names = self._at, list[str]()
        while (token := self._next()) is not None and token.kind == VARIABLE:
            names.append(str(token.value))
            self._at += 1
            if len(names) < most and self._is_sign(","):
                self._at += 1
        sign = next((sign for sign in ASSIGNMENTS if self._is_sign(sign)), "")
        if not names or not sign:
            self._at = start
            return (), ""
        if len(names) > most or "" in names:
            raise TemplateSyntaxError(f"assigns to variables in line {self.line} in a way that isn't supported")
        self._at += 1
        return tuple(names), sign

    def _command(self) -> Operand:
        first = self._operand()
        arguments: list[Operand] = []
        while not self.is_done and not any(self._is_sign(sign) for sign in ("|", ")")):
            arguments.append(self._operand())
        if isinstance(first, Call):
            return Call(function=first.function, arguments=tuple(arguments))
        if arguments:
            raise TemplateSyntaxError(f"gives arguments in line {self.line} to something that is no function")
        return first

    def _operand(self) -> Operand:
        term = self._term()
        names: list[str] = []
        while (token := self._next()) is not None and token.kind == FIELD and token.is_glued:
            names.append(str(token.value))
            self._at += 1
        if not names:
            return term
        if isinstance(term, Path):
            return Path(start=term.start, names=(*term.names, *names))
        if isinstance(term, Dot | Variable | Pipeline):
            return Path(start=term, names=tuple(names))
        raise TemplateSyntaxError(f"takes .{names[0]} in line {self.line} of something that has no fields")

    def _term(self) -> Operand:
        token = self._next()
        if token is None:
            raise TemplateSyntaxError(f"ends too soon in line {self.line}")
        if token.kind == SIGN and token.value == "(":
            return self._parentheses()
        self._at += 1
        match token.kind:
            case "text" | "number":
                return Literal(value=token.value)
            case "field":
                return Path(start=Dot(), names=(str(token.value),))
            case "dot":
                return Dot()
            case "variable":
                return Variable(name=str(token.value))
            case "name":
                return self._named(str(token.value))
        raise self._unexpected(token)

    def _named(self, name: str) -> Operand:
        if name in CONSTANTS:
            return Literal(value=CONSTANTS[name])
        self.functions.append(name)
        return Call(function=name)

    def _parentheses(self) -> Pipeline:
        self._at += 1
        self._depth += 1
        if self._depth > DEPTH:
            raise TemplateSyntaxError(f"nests parentheses more than {DEPTH} deep in line {self.line}")
        inner = self.pipeline()
        self._depth -= 1
        if inner.targets or not self._is_sign(")"):
            raise TemplateSyntaxError(f"has parentheses in line {self.line} that don't close, or that assign")
        self._at += 1
        return inner

    def _next(self) -> Token | None:
        return None if self.is_done else self._tokens[self._at]

    def _is_sign(self, sign: str) -> bool:
        token = self._next()
        return token is not None and token.kind == SIGN and token.value == sign

    def _take(self, kind: str) -> Token:
        token = self._next()
        if token is None or token.kind != kind:
            raise TemplateSyntaxError(f"lacks a {kind} in line {self.line}")
        self._at += 1
        return token

    def _unexpected(self, token: Token) -> TemplateSyntaxError:
        return TemplateSyntaxError(f"has {str(token.value)!r} in line {self.line}, where it means nothing")
