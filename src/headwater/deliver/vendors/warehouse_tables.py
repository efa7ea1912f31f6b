"""Rows of many events put together: one table each, with the types of its columns, every value as its text. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from headwater.deliver import moments
from headwater.deliver.destination import Payload

TEXT, TIMESTAMP, INTEGER, FLOAT, BOOLEAN = "text", "timestamp", "integer", "float", "boolean"
KEY, RECEIVED_AT = "id", "received_at"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
T_IN_MOMENT = slice(10, 11)  # looked at first: it is in no other text, nearly
BIGGEST_INTEGER = 2**63
NUL = "\x00"  # the one letter that PostgreSQL has no text with

_encoder = msgspec.json.Encoder()


def put_together(payloads: Iterable[Payload]) -> list[dict[str, Any]]:
    """Return the tables that payloads are rows of, sorted by name, so that no two loads can lock each other out."""
    rows: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for payload in payloads:
        rows.setdefault((payload["table"], bool(payload.get("upsert"))), []).append(payload["row"])
    return [
        _table(name, _merged(found) if is_upsert else found, is_upsert=is_upsert)
        for (name, is_upsert), found in sorted(rows.items())
    ]


def _table(name: str, rows: list[dict[str, Any]], *, is_upsert: bool) -> dict[str, Any]:
    columns: dict[str, str] = {}
    for row in rows:
        for column, value in row.items():
            if value is not None and columns.get(column) != TEXT:
                columns[column] = joined(columns.get(column), type_of(value))
    names = sorted(columns)
    ordered = sorted(rows, key=lambda row: str(row[KEY]))
    cells = [[_cell(row.get(column)) for column in names] for row in ordered]
    return {"name": name, "upsert": is_upsert, "columns": {column: columns[column] for column in names}, "rows": cells}


def _merged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each key: what came last, over what came before."""
    merged: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=_received):
        key = str(row[KEY])
        merged[key] = merged.get(key, {}) | {name: value for name, value in row.items() if value is not None}
    return list(merged.values())


def _received(row: dict[str, Any]) -> datetime:
    return moments.moment(row.get(RECEIVED_AT)) or moments.EPOCH


def type_of(value: Any) -> str:
    """Return the type of the column that a value makes, if it is the first."""
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER if -BIGGEST_INTEGER <= value < BIGGEST_INTEGER else FLOAT
    if isinstance(value, float):
        return FLOAT
    may_be_moment = isinstance(value, str) and value[T_IN_MOMENT] == "T"
    return TIMESTAMP if may_be_moment and MOMENT.fullmatch(value) and moments.moment(value) else TEXT


def joined(one: str | None, other: str) -> str:
    """Return the type that holds both: types are widened, never narrowed."""
    if one is None or one == other:
        return other
    return FLOAT if {one, other} == {INTEGER, FLOAT} else TEXT


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else _encoder.encode(value).decode()
    return text.replace(NUL, "")
