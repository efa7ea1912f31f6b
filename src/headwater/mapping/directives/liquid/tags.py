"""Liquid's tags, less those that Segment switched off: there are no loops."""

from typing import Any

from headwater.mapping.directives.liquid import expressions, operators
from headwater.mapping.directives.liquid.blocks import Node, Nodes, Parser, Tags, output, render, text, write_all
from headwater.mapping.directives.liquid.frame import Frame, plain
from headwater.mapping.directives.liquid.pieces import TAG, TEXT, Piece, read, tag
from headwater.mapping.directives.liquid.scanner import Scanner, TemplateError
from headwater.mapping.directives.liquid.terms import Expression, operand
from headwater.mapping.directives.values import is_number, is_truthy


def parse(template: str) -> Nodes:
    """Return what the template does. Raises TemplateError."""
    return Parser(read(template), TAGS).rest()


def _if(piece: Piece, parser: Parser) -> Nodes:
    return [_branches(piece, parser, end="endif", is_wanted=True)]


def _unless(piece: Piece, parser: Parser) -> Nodes:
    return [_branches(piece, parser, end="endunless", is_wanted=False)]


def _branches(piece: Piece, parser: Parser, *, end: str, is_wanted: bool) -> Node:
    branches: list[tuple[Expression, bool, Nodes]] = []
    condition, wanted = expressions.whole(piece.content), is_wanted
    while True:
        nodes, closing = parser.until(piece, "elsif", "else", end)
        branches.append((condition, wanted, nodes))
        if closing.name != "elsif":
            break
        condition, wanted = expressions.whole(closing.content), True
    if is_wanted and closing.content:
        raise TemplateError(f"{closing.name} must stand alone")
    otherwise = _otherwise(piece, parser, end) if closing.name == "else" else []

    def write(frame: Frame, pieces: list[str]) -> None:
        for asked, is_so, then in branches:
            if operators.is_true(asked(frame)) == is_so:
                write_all(then, frame, pieces)
                return
        write_all(otherwise, frame, pieces)

    return write


def _otherwise(piece: Piece, parser: Parser, end: str) -> Nodes:
    """Return what follows an else. After it `if` takes no more of them, and `unless` ignores what they hold."""
    nodes, closing = parser.until(piece, "elsif", "else", end)
    while closing.name != end:
        if end == "endif":
            raise TemplateError(f"{closing.name} after else")
        _, closing = parser.until(piece, "elsif", "else", end)
    return nodes


def _assign(piece: Piece, _parser: Parser) -> Nodes:
    scanner = Scanner(piece.content)
    name = scanner.identifier()
    scanner.skip_blank()
    if not name or not scanner.took("="):
        raise TemplateError("assign must be followed by a name, = and a value")
    value = expressions.filtered(scanner)

    def assign(frame: Frame, _pieces: list[str]) -> None:
        frame.assigned[name] = value(frame)

    return [assign]


def _capture(piece: Piece, parser: Parser) -> Nodes:
    scanner = Scanner(piece.content)
    name = scanner.identifier() or scanner.quoted()
    if name is None:
        raise TemplateError("capture must be followed by a name")
    nodes, _ = parser.until(piece, "endcapture")

    def capture(frame: Frame, _pieces: list[str]) -> None:
        frame.assigned[name] = render(nodes, frame)

    return [capture]


def _echo(piece: Piece, _parser: Parser) -> Nodes:
    return [output(expressions.whole(piece.content))] if piece.content else []


def _cycle(piece: Piece, _parser: Parser) -> Nodes:
    scanner = Scanner(piece.content)
    group = operand(scanner)
    scanner.skip_blank()
    if group is None or not scanner.took(":"):
        group, scanner.at = None, 0
    start = scanner.at
    choices: list[Expression] = []
    while not scanner.is_done:
        choices.append(expressions.filtered(scanner))
        comma = scanner.text.find(",", scanner.at)
        scanner.at = comma + 1 if comma >= 0 else len(scanner.text)
    if not choices:
        raise TemplateError("cycle must be followed by values")
    written = scanner.text[start:]

    def cycle(frame: Frame, pieces: list[str]) -> None:
        key = f"{frame.js_text(group(frame)) if group else ''}:{written}"
        turn = frame.turns.get(key, 0)
        frame.turns[key] = (turn + 1) % len(choices)
        value = plain(choices[turn](frame))
        if is_truthy(value):  # LiquidJS writes no false and no 0 here, unlike everywhere else
            pieces.append(frame.made(frame.text(value)))

    return [cycle]


def _count(piece: Piece, _parser: Parser) -> Nodes:
    name = Scanner(piece.content).identifier()
    is_up = piece.name == "increment"

    def count(frame: Frame, pieces: list[str]) -> None:
        found: Any = frame.counted.get(name, frame.look_up(name) if name not in frame.assigned else 0)
        now = found if is_number(found) else 0
        frame.counted[name] = now + (1 if is_up else -1)
        pieces.append(frame.text(now if is_up else now - 1))

    return [count]


def _comment(piece: Piece, parser: Parser) -> Nodes:
    while (inner := parser.take()) is not None:
        if inner.kind == TAG and inner.name == "endcomment":
            return []
    raise TemplateError(f"the tag {piece.name} is not closed")


def _line_comment(piece: Piece, _parser: Parser) -> Nodes:
    if any(line.strip() and not line.strip().startswith("#") for line in piece.content.split("\n")[1:]):
        raise TemplateError("every line of a comment must start with #")
    return []


def _raw(piece: Piece, parser: Parser) -> Nodes:
    nodes: Nodes = []
    while (inner := parser.take()) is not None:
        if inner.kind == TAG and inner.name == "endraw":
            return nodes
        nodes.append(text(inner.content if inner.kind == TEXT else inner.source))
    raise TemplateError(f"the tag {piece.name} is not closed")


def _liquid(piece: Piece, parser: Parser) -> Nodes:
    lines = [line.strip() for line in piece.content.split("\n")]
    tags = [Piece(TAG, content, name) for name, content in (tag(line) for line in lines if line)]
    return parser.inside(tags)


def _stop(_piece: Piece, _parser: Parser) -> Nodes:
    def stop(frame: Frame, _pieces: list[str]) -> None:
        frame.is_stopped = True

    return [stop]


TAGS: Tags = {
    "if": _if,
    "unless": _unless,
    "assign": _assign,
    "capture": _capture,
    "echo": _echo,
    "cycle": _cycle,
    "increment": _count,
    "decrement": _count,
    "comment": _comment,
    "#": _line_comment,
    "raw": _raw,
    "liquid": _liquid,
    "break": _stop,
    "continue": _stop,
}
