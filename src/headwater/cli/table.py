"""Rows for people: plain aligned columns, as wide as they need to be, that cut and grep can work with."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.cli import json_path, one_line

GAP = "  "


def rows(items: Sequence[Any], *, columns: Sequence[str]) -> str:
    """Return one line an item below a line of headings. A column is a JSON path."""
    lines = [[_heading(column) for column in columns]]
    lines += [[_cell(item, column) for column in columns] for item in items]
    return _align(lines)


def sheet(item: Any, *, columns: Sequence[str]) -> str:
    """Return one line a column: for a single thing. What the thing doesn't have is left out."""
    return _align([[_heading(column), cell] for column in columns if (cell := _cell(item, column))])


def _heading(column: str) -> str:
    return column.replace(".", " ").replace("_", " ").replace("#", "").upper()


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


def _align(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    padded = [GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(line.rstrip() for line in padded)
