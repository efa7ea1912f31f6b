"""An FQL tree written back as text, which reads as the same tree again."""

import re

from headwater.mapping.fql.grammar import ALL, KEYWORDS
from headwater.mapping.fql.nodes import And, Call, Comparison, Listing, Literal, Node, Not, Or, Path

_TAKES_ESCAPE = re.compile(r"[^a-zA-Z0-9_-]", re.DOTALL)


def text_of(node: Node) -> str:
    """Return `node` as FQL. A text with both kinds of quotes has no spelling; the grammar makes none."""
    match node:
        case Or():
            return " or ".join(_within(operand, And, Comparison, Not) for operand in node.operands)
        case And():
            return " and ".join(_within(operand, Comparison, Not) for operand in node.operands)
        case Comparison():
            return f"{_within(node.left)} {node.operator} {_within(node.right)}"
        case Not():
            return f"!{_within(node.operand, Not)}"
        case _:
            return _value(node)


def _value(node: Node) -> str:
    match node:
        case Call():
            return f"{node.function}( {_listed(node.arguments)} )"
        case Listing():
            return f"[{_listed(node.items)}]"
        case Path():
            return _path(node.keys)
        case Literal():
            return _literal(node)
        case _:
            return ALL


def _within(node: Node, *bare: type[Node]) -> str:
    """Return a part of something larger: in parentheses unless it is a plain value or one of `bare`."""
    text = text_of(node)
    return text if isinstance(node, (Call, Listing, Path, Literal, *bare)) else f"({text})"


def _listed(nodes: tuple[Node, ...]) -> str:
    return ", ".join(_within(node) for node in nodes)


def _path(keys: tuple[str, ...]) -> str:
    names = [_TAKES_ESCAPE.sub(r"\\\g<0>", key) for key in keys]
    is_taken = len(names) == 1 and (names[0] in KEYWORDS or names[0] == ALL)
    if is_taken or not (names[0][0].isalpha() or names[0][0] in "_\\"):
        names[0] = "\\" + names[0]
    return ".".join(names)


def _literal(node: Literal) -> str:
    if isinstance(node.value, str):
        quote = "'" if "'" not in node.value else '"'
        return f"{quote}{node.value}{quote}"
    return "null" if node.value is None else repr(node.value).lower()
