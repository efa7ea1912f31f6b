"""Rows for people: plain aligned columns. On a terminal they fit its width; for cut and grep they are whole."""

import bisect
import unicodedata
from collections.abc import Container, Sequence
from typing import Any

import msgspec

from headwater.cli import json_path, one_line

GAP = "  "
CUT = "…"
# What a column keeps, however narrow the terminal.
LEAST_WIDTH = 8
WIDE = frozenset("WF")


def rows(items: Sequence[Any], *, columns: Sequence[str], width: int | None = None, whole: Container[str] = ()) -> str:
    """Return one line an item below a line of headings. A column is a JSON path.

    Lines wider than `width` are made to fit by cutting the widest columns, never one of `whole` or one of ids.
    """
    lines = [[_heading(column) for column in columns]]
    lines += [[_cell(item, column) for column in columns] for item in items]
    if width is not None:
        lines = _fitted(lines, width, is_whole=[column in whole or _is_id(column) for column in columns])
    return _align(lines)


def grid(columns: Sequence[str], cells: Sequence[Sequence[Any]], *, width: int | None = None) -> str:
    """Return rows below their columns' own names, which need be no JSON paths; cut to `width` as above."""
    lines = [[one_line.flatten(column) for column in columns]]
    lines += [[one_line.flatten(_text(value)) for value in row] for row in cells]
    if width is not None and columns:
        lines = _fitted(lines, width, is_whole=[_is_id(column) for column in columns])
    return _align(lines)


def sheet(item: Any, *, columns: Sequence[str]) -> str:
    """Return one line a column: for a single thing, shown whole. What the thing doesn't have is left out."""
    return _align([[_heading(column), cell] for column in columns if (cell := _cell(item, column))])


def _heading(column: str) -> str:
    return column.replace(".", " ").replace("_", " ").replace("#", "").upper()


def _is_id(column: str) -> bool:
    """What is copied to the next command: an id or a key cut short is none."""
    return column.rpartition(".")[2].endswith(("id", "key"))


def _cell(item: Any, column: str) -> str:
    value = json_path.find(item, column)
    return "" if value is json_path.ABSENT else one_line.flatten(_text(value))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ", ".join(_text(item) for item in value)
    return msgspec.json.encode(value).decode()


def _fitted(lines: list[list[str]], width: int, *, is_whole: Sequence[bool]) -> list[list[str]]:
    """Cut the widest columns alike, until the lines fit or the columns are as narrow as they may be."""
    widths = _widths(lines)
    cuttable = [one for one, whole in zip(widths, is_whole, strict=True) if not whole]
    room = width - len(GAP) * (len(widths) - 1) - (sum(widths) - sum(cuttable))
    allowed = range(LEAST_WIDTH, max([LEAST_WIDTH, *cuttable]) + 1)
    fit = bisect.bisect_right(allowed, room, key=lambda most: sum(min(one, most) for one in cuttable))
    most = allowed[max(fit - 1, 0)]
    return [[cell if whole else _cut(cell, most) for cell, whole in zip(line, is_whole, strict=True)] for line in lines]


def _cut(cell: str, width: int) -> str:
    if _width(cell) <= width:
        return cell
    kept, left = "", width - len(CUT)
    for letter in cell:
        left -= _width(letter)
        if left < 0:
            break
        kept += letter
    return kept.rstrip() + CUT


def _align(lines: Sequence[Sequence[str]]) -> str:
    widths = _widths(lines)
    padded = [
        GAP.join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        for line in lines
    ]
    return "\n".join(line.rstrip() for line in padded)


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(_width, column)) for column in zip(*lines, strict=True)]


def _width(text: str) -> int:
    """Return how many places of a terminal `text` takes: Japanese takes two a letter, an accent of its own none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in WIDE else 1
        for letter in text
    )
