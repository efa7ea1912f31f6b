"""A Liquid template as nodes that write it: text, outputs, and what the tags make of the pieces they hold."""

from collections.abc import Callable, Mapping

from headwater.mapping.directives.liquid import expressions
from headwater.mapping.directives.liquid.frame import Frame
from headwater.mapping.directives.liquid.pieces import OUTPUT, TAG, TEXT, Piece
from headwater.mapping.directives.liquid.scanner import TemplateError
from headwater.mapping.directives.liquid.terms import Expression

Node = Callable[[Frame, list[str]], None]
"""Writes its text to the end of a list."""
Nodes = list[Node]

DISABLED = ("case", "for", "include", "layout", "render", "tablerow")
MOST_LEVELS = 30


def render(nodes: Nodes, frame: Frame) -> str:
    """Return the text. Raises MappingRuntimeError, MappingLimitError."""
    pieces: list[str] = []
    write_all(nodes, frame, pieces)
    return frame.made("".join(pieces))


def write_all(nodes: Nodes, frame: Frame, pieces: list[str]) -> None:
    for node in nodes:
        if frame.is_stopped:
            return
        frame.run.spend(1)
        node(frame, pieces)


def text(content: str) -> Node:
    return lambda _frame, pieces: pieces.append(content)


def output(value: Expression) -> Node:
    return lambda frame, pieces: pieces.append(frame.made(frame.text(value(frame))))


class Parser:
    """Pieces, and how far they are read."""

    def __init__(self, pieces: list[Piece], tags: "Tags", level: int = 0) -> None:
        self._pieces = pieces
        self._tags = tags
        self._at = 0
        self._level = level

    def rest(self) -> Nodes:
        """Return the nodes to the end."""
        nodes: Nodes = []
        while (piece := self.take()) is not None:
            nodes += self.node(piece)
        return nodes

    def until(self, opener: Piece, *names: str) -> tuple[Nodes, Piece]:
        """Return the nodes up to the first tag of these names, and that tag."""
        self._descend()
        nodes: Nodes = []
        while (piece := self.take()) is not None:
            if piece.kind == TAG and piece.name in names:
                self._level -= 1
                return nodes, piece
            nodes += self.node(piece)
        raise TemplateError(f"the tag {opener.name} is not closed")

    def inside(self, pieces: list[Piece]) -> Nodes:
        """Return the nodes of pieces that stand inside one of these."""
        self._descend()
        nodes = Parser(pieces, self._tags, self._level).rest()
        self._level -= 1
        return nodes

    def _descend(self) -> None:
        self._level += 1
        if self._level > MOST_LEVELS:
            raise TemplateError(f"tags are nested in more than {MOST_LEVELS} levels")

    def take(self) -> Piece | None:
        if self._at >= len(self._pieces):
            return None
        self._at += 1
        return self._pieces[self._at - 1]

    def node(self, piece: Piece) -> Nodes:
        if piece.kind == TEXT:
            return [text(piece.content)]
        if piece.kind == OUTPUT:
            return [output(expressions.whole(piece.content))]
        if piece.name in DISABLED:
            raise TemplateError(f"the tag {piece.name} can't be used here")
        if piece.name not in self._tags:
            raise TemplateError(f"there is no tag {piece.name}")
        return self._tags[piece.name](piece, self)


Tags = Mapping[str, Callable[[Piece, Parser], Nodes]]
