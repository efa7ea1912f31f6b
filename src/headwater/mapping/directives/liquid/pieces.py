"""A Liquid template in pieces: text, `{{ outputs }}` and `{% tags %}`, with the blanks trimmed that `-` trims."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from headwater.mapping.directives.liquid.scanner import Scanner, TemplateError
from headwater.mapping.directives.values import WHITESPACE

TEXT, OUTPUT, TAG = "text", "output", "tag"
TRIM = "-"
DELIMITER = 2
_START = re.compile(r"\{\{|\{%")
_END_OF_RAW = re.compile(r"\{%-?\s*endraw\s*-?%\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece. `name` is a tag's, `content` a text, or what stands in an output or a tag after its name."""

    kind: str
    content: str
    name: str = ""
    source: str = ""
    is_trimming_before: bool = False
    is_trimming_after: bool = False


def read(template: str) -> list[Piece]:
    """Return the pieces. Raises TemplateError."""
    found = list(_cut(template))
    return [_trimmed(piece, found[at - 1] if at else None, found[at + 1 : at + 2]) for at, piece in enumerate(found)]


def _trimmed(piece: Piece, before: Piece | None, after: list[Piece]) -> Piece:
    if piece.kind != TEXT:
        return piece
    content = piece.content
    if before is not None and before.is_trimming_after:
        content = content.lstrip(WHITESPACE)
    if after and after[0].is_trimming_before:
        content = content.rstrip(WHITESPACE)
    return replace(piece, content=content)


def _cut(template: str) -> Iterator[Piece]:
    at = 0
    while at < len(template):
        start = _START.search(template, at)
        if start is None or start.start() > at:
            end = start.start() if start else len(template)
            yield Piece(TEXT, template[at:end])
            at = end
            continue
        end = _end_of_output(template, at) if start[0] == "{{" else _end_of_tag(template, at)
        piece = _delimited(template[at:end], OUTPUT if start[0] == "{{" else TAG)
        yield piece
        at = end
        if piece.name == "raw":
            raw = _END_OF_RAW.search(template, at)
            if raw is None:
                raise TemplateError("raw is not closed")
            yield Piece(TEXT, template[at : raw.start()])
            at = raw.start()


def _delimited(source: str, kind: str) -> Piece:
    content = source[DELIMITER:-DELIMITER]
    is_before, is_after = content.startswith(TRIM), content.endswith(TRIM)
    content = content.removeprefix(TRIM).removesuffix(TRIM).strip(WHITESPACE)
    name = ""
    if kind == TAG:
        name, content = tag(content)
    return Piece(kind, content, name, source, is_before, is_after)


def tag(content: str) -> tuple[str, str]:
    """Return the name of a tag and what follows it."""
    if content.startswith("#"):
        return "#", content[1:]
    scanner = Scanner(content)
    name = scanner.identifier()
    if not name:
        raise TemplateError("a tag has no name")
    return name, scanner.rest().lstrip(WHITESPACE)


def _end_of_tag(template: str, at: int) -> int:
    end = template.find("%}", at + DELIMITER)
    if end < 0:
        raise TemplateError(f"a tag is not closed: {template[at : at + 20]}")
    return end + DELIMITER


def _end_of_output(template: str, at: int) -> int:
    scanner = Scanner(template)
    scanner.at = at + DELIMITER
    while not scanner.is_done:
        if template.startswith("}}", scanner.at):
            return scanner.at + DELIMITER
        if scanner.quoted() is None:
            scanner.at += 1
    raise TemplateError(f"an output is not closed: {template[at : at + 20]}")
