"""Runs a tree over data, counting every step and letter: whatever the data, it ends soon."""

from collections.abc import Callable, Mapping
from typing import Any

from headwater.identity.courier.templates import functions, values
from headwater.identity.courier.templates.errors import TemplateLimitError, TemplateRunError
from headwater.identity.courier.templates.functions import AND, OR
from headwater.identity.courier.templates.limits import (
    LETTERS_PER_ITEM,
    LETTERS_PER_STEP,
    OUTPUT_LETTERS,
    RUN_DEPTH,
    STEPS,
)
from headwater.identity.courier.templates.tree import (
    Branch,
    Call,
    Dot,
    Include,
    Literal,
    Node,
    Operand,
    Output,
    Path,
    Pipeline,
    Text,
    Tree,
    Variable,
)

ROOT = ""
# What an Output's text becomes before it is written; by the node, because in HTML its place decides.
Escape = Callable[[Output, str], str]


def render(tree: Tree, data: Mapping[str, Any], *, escape: Escape) -> str:
    """Return the text that `tree` makes of `data`. Raises TemplateRunError, or TemplateLimitError."""
    run = _Run(tree, escape)
    run.nodes(tree.nodes, _Scope(data, {ROOT: data}))
    return "".join(run.made)


class _Scope:
    """The dot and the variables of one block; blocks inside see and set those outside."""

    __slots__ = ("dot", "outer", "variables")

    def __init__(self, dot: Any, variables: dict[str, Any], outer: "_Scope | None" = None) -> None:
        self.dot = dot
        self.variables = variables
        self.outer = outer

    def inner(self, dot: Any, variables: dict[str, Any] | None = None) -> "_Scope":
        return _Scope(dot, variables or {}, self)

    def holder(self, name: str) -> dict[str, Any]:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables
            scope = scope.outer
        raise TemplateRunError(f"uses ${name}, which has no value here")


class _Run:
    def __init__(self, tree: Tree, escape: Escape) -> None:
        self._tree = tree
        self._escape = escape
        self._steps = STEPS
        self._depth = 0
        self._letters = 0
        self.made: list[str] = []

    def nodes(self, nodes: tuple[Node, ...], scope: _Scope) -> None:
        self._depth += 1
        if self._depth > RUN_DEPTH:
            raise TemplateLimitError(f"goes more than {RUN_DEPTH} parts deep")
        for node in nodes:
            self._spend(1)
            self._node(node, scope)
        self._depth -= 1

    def _node(self, node: Node, scope: _Scope) -> None:
        match node:
            case Text():
                self._write(node.text)
            case Output():
                value = self._pipeline(node.pipeline, scope)
                if not node.pipeline.targets:
                    self._write(self._escape(node, values.written(value)))
            case Branch():
                self._branch(node, scope)
            case Include():
                self._include(node, scope)

    def _branch(self, node: Branch, scope: _Scope) -> None:
        own = scope.inner(scope.dot)
        value = self._pipeline(node.pipeline, own, is_looped=node.word == "range")
        if not values.is_something(value):
            self.nodes(node.otherwise, scope.inner(scope.dot))
        elif node.word == "range":
            self._range(node, value, own)
        else:
            self.nodes(node.body, own.inner(value) if node.word == "with" else own)

    def _range(self, node: Branch, value: Any, scope: _Scope) -> None:
        pairs = sorted(value.items()) if isinstance(value, Mapping) else None
        if pairs is None and not isinstance(value, list):
            raise TemplateRunError(f"ranges over something in line {node.line} that is neither a list nor a map")
        targets = node.pipeline.targets
        for key, item in pairs if pairs is not None else enumerate(value):
            names = zip(targets, (key, item) if len(targets) > 1 else (item,), strict=False)
            self._spend(1)
            self.nodes(node.body, scope.inner(item, dict(names)))

    def _include(self, node: Include, scope: _Scope) -> None:
        dot = self._pipeline(node.pipeline, scope) if node.pipeline else None
        self.nodes(self._tree.parts[node.name], _Scope(dot, {ROOT: dot}))

    def _pipeline(self, pipeline: Pipeline, scope: _Scope, *, is_looped: bool = False) -> Any:
        value = self._operand(pipeline.commands[0], scope)
        for command in pipeline.commands[1:]:
            assert isinstance(command, Call)  # noqa: S101  the parser lets nothing else follow a pipe
            value = self._call(command, scope, piped=(value,))
        for name in () if is_looped else pipeline.targets:
            holder = scope.variables if pipeline.declares else scope.holder(name)
            holder[name] = value
        return value

    def _operand(self, operand: Operand, scope: _Scope) -> Any:
        self._spend(1)
        match operand:
            case Literal():
                return operand.value
            case Dot():
                return scope.dot
            case Variable():
                return scope.holder(operand.name)[operand.name]
            case Path():
                return _looked_up(self._operand(operand.start, scope), operand.names)
            case Call():
                return self._call(operand, scope)
            case Pipeline():
                return self._pipeline(operand, scope)

    def _call(self, call: Call, scope: _Scope, *, piped: tuple[Any, ...] = ()) -> Any:
        if call.function in (AND, OR):
            return self._first_that_decides(call, scope, piped)
        arguments = [self._operand(argument, scope) for argument in call.arguments]
        arguments.extend(piped)
        # Paid before and after: a long text costs whoever looks through it, too.
        self._spend(sum(map(_size, arguments)) // LETTERS_PER_STEP)
        made = functions.call(call.function, arguments)
        self._spend(_size(made) // LETTERS_PER_STEP)
        if isinstance(made, str) and len(made) > OUTPUT_LETTERS:
            raise TemplateLimitError(f"makes a text longer than {OUTPUT_LETTERS} letters")
        return made

    def _first_that_decides(self, call: Call, scope: _Scope, piped: tuple[Any, ...]) -> Any:
        value: Any = None
        for argument in call.arguments:
            value = self._operand(argument, scope)
            if values.is_something(value) == (call.function == OR):
                return value
        return piped[0] if piped else value

    def _write(self, text: str) -> None:
        self._letters += len(text)
        if self._letters > OUTPUT_LETTERS:
            raise TemplateLimitError(f"writes more than {OUTPUT_LETTERS} letters")
        self.made.append(text)

    def _spend(self, steps: int) -> None:
        self._steps -= steps
        if self._steps < 0:
            raise TemplateLimitError(f"takes more than {STEPS} steps")


def _looked_up(value: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise TemplateRunError(f"asks for .{name} of something that has no fields")
        value = value.get(name)
    return value


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    return len(value) * LETTERS_PER_ITEM if isinstance(value, list | Mapping) else 0
