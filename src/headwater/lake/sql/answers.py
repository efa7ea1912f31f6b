"""A query's rows as bytes: lines of JSON, CSV, or one Parquet file. Used in the query's process only."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from headwater.lake.sql.orders import Column
from headwater.lake.sql.query_errors import QueryLimitError

ROWS_AT_ONCE = 1_000
MAX_COLUMNS = 5_000
# DuckDB writes a file to the end and never goes back, so it can as well be our standard output.
OUTPUT = "/proc/self/fd/1"

Write = Callable[[bytes], object]
Encode = Callable[[Sequence[Sequence[Any]]], bytes]

_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


class Written(NamedTuple):
    """What was written; None where nobody counted. `is_cut`: there were more rows than were wanted."""

    rows: int | None
    is_cut: bool


def columns(described: Sequence[tuple[str, Any]]) -> tuple[Column, ...]:
    """Return the columns of an answer. Raises QueryLimitError."""
    if len(described) > MAX_COLUMNS:
        raise QueryLimitError(f"The answer has {len(described)} columns; {MAX_COLUMNS} are the most. Select fewer.")
    return tuple(Column(name=name, type=str(type_)) for name, type_ in described)


def write(connection: Any, encode: Encode, *, begin: Callable[[], None], to: Write, max_rows: int | None) -> Written:
    """Write what `connection` has executed, as it comes; `begin` is called once the first rows are there."""
    written = 0
    rows = connection.fetchmany(ROWS_AT_ONCE)
    begin()
    while rows:
        if max_rows is not None and written + len(rows) > max_rows:
            to(encode(rows[: max_rows - written]))
            return Written(rows=max_rows, is_cut=True)
        to(encode(rows))
        written += len(rows)
        rows = connection.fetchmany(ROWS_AT_ONCE)
    return Written(rows=written, is_cut=False)


def json_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return each row as an array on a line of its own."""
    return b"".join(_line(row) + b"\n" for row in rows)


def csv_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return rows as RFC 4180 has them; what is NULL is empty, what isn't a plain value is JSON."""
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _line(row: Sequence[Any]) -> bytes:
    try:
        return _encoder.encode(row)
    except (OverflowError, TypeError, ValueError):  # an integer past 64 bits, keys that aren't text
        return json.dumps(_plain(row), default=str, ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, int) else msgspec.to_builtins(value, enc_hook=str)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    found = _line((value,))[1:-1].decode()
    return json.loads(found) if found.startswith('"') else found
