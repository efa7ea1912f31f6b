"""A template ready to run: read, checked, and compiled once per text."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from headwater.identity.courier.templates import parser, render
from headwater.identity.courier.templates.errors import TemplateSyntaxError
from headwater.identity.courier.templates.html_check import HtmlPlan
from headwater.identity.courier.templates.tree import (
    Branch,
    Call,
    Dot,
    Include,
    Node,
    Operand,
    Output,
    Path,
    Pipeline,
    Tree,
    Variable,
)

CACHED_TEMPLATES = 256


class Template:
    """Raises TemplateSyntaxError when `source` isn't one. `is_html` escapes every value by where it stands."""

    def __init__(self, source: str, *, is_html: bool) -> None:
        self._tree = parser.parse(source)
        for node in _everywhere(self._tree):
            if isinstance(node, Include) and node.name not in self._tree.parts:
                raise TemplateSyntaxError(f"includes {node.name!r} in line {node.line}, which it doesn't define")
        self._escape = HtmlPlan(self._tree).escape if is_html else _as_it_is

    def render(self, data: Mapping[str, Any]) -> str:
        """Return the text for `data`. Raises TemplateRunError."""
        return render.render(self._tree, data, escape=self._escape)

    def root_fields(self) -> Iterable[tuple[str, int]]:
        """Yield each field the template takes straight from its data, with its line."""
        yield from _root_fields(self._tree.nodes, is_root=True)


@lru_cache(CACHED_TEMPLATES)
def compiled(source: str, *, is_html: bool) -> Template:
    """Return the template of `source`, the same one each time. Raises TemplateSyntaxError."""
    return Template(source, is_html=is_html)


def _as_it_is(_node: Output, text: str) -> str:
    return text


def _everywhere(tree: Tree) -> Iterable[Node]:
    pending = [tree.nodes, *tree.parts.values()]
    while pending:
        for node in pending.pop():
            yield node
            if isinstance(node, Branch):
                pending += [node.body, node.otherwise]


def _root_fields(nodes: tuple[Node, ...], *, is_root: bool) -> Iterable[tuple[str, int]]:
    for node in nodes:
        if isinstance(node, Output | Branch | Include) and node.pipeline is not None:
            for name in _fields(node.pipeline, is_root=is_root):
                yield name, node.line
        if isinstance(node, Branch):
            yield from _root_fields(node.body, is_root=is_root and node.word == "if")
            yield from _root_fields(node.otherwise, is_root=is_root)


def _fields(operand: Operand, *, is_root: bool) -> Iterable[str]:
    match operand:
        case Path(start=Dot()) if is_root:
            yield operand.names[0]
        case Path(start=Variable(name="")):
            yield operand.names[0]
        case Path(start=Pipeline() as inner):
            yield from _fields(inner, is_root=is_root)
        case Pipeline(commands=inner_operands) | Call(arguments=inner_operands):
            for inner_operand in inner_operands:
                yield from _fields(inner_operand, is_root=is_root)
