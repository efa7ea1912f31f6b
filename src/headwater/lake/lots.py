"""Lines of JSON that DuckDB reads alike, and the SQL that makes columns of them. Pure."""

from collections.abc import Sequence

import msgspec

from headwater.lake import naming, quoting
from headwater.lake.columns import LONG, SQL_TYPES, TIMESTAMP, VARCHAR, Column
from headwater.lake.line_files import LineFile
from headwater.lake.shapes import Shape
from headwater.lake.short_way import Fit

# Where things are in a line of the archive, which is what DuckDB reads of an event that fits.
OFFSET, RECEIVED_AT_MS, EVENT = "offset", "received_at_ms", "event"
RECEIVED_AT = f"make_timestamp({quoting.name(RECEIVED_AT_MS)} * 1000)"


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """A file of lines, the SQL types of their `fields` as `read_json` wants them, and of their `columns` the SQL."""

    file: LineFile
    fields: dict[str, str]
    columns: dict[str, str]


def of_rows(file: LineFile, columns: Sequence[Column]) -> Lot:
    """Return the lot of lines that are rows: each field is its column."""
    return Lot(
        file=file,
        fields={column.name: SQL_TYPES[column.type or VARCHAR] for column in columns},
        columns={column.name: quoting.name(column.name) for column in columns},
    )


def of_events(file: LineFile, fit: Fit) -> Lot:
    """Return the lot of the archive's lines of events that fit."""
    long = SQL_TYPES[LONG]
    fields = {OFFSET: long, RECEIVED_AT_MS: long, EVENT: _event_type(fit)}
    return Lot(file=file, fields=fields, columns=columns_of(fit))


def columns_of(fit: Fit) -> dict[str, str]:
    """Return the columns of events that fit, each with its SQL."""
    columns = {naming.OFFSET: quoting.name(OFFSET), naming.RECEIVED_AT: RECEIVED_AT}
    columns |= {column: _of_event(key) for column, key in _texts(fit).items()}
    if fit.is_track:
        columns["event"] = quoting.text(naming.event_of(fit.table.name))
    for key, shape in _objects(fit).items():
        columns |= shape.selected(_of_event(key))
    return columns


def _of_event(key: str) -> str:
    return f"struct_extract({quoting.name(EVENT)}, {quoting.text(key)})"


def _event_type(fit: Fit) -> str:
    texts = {key: SQL_TYPES[TIMESTAMP if column in naming.TIMES else VARCHAR] for column, key in _texts(fit).items()}
    objects = {key: shape.as_sql_type() for key, shape in _objects(fit).items()}
    return f"STRUCT({', '.join(f'{quoting.name(key)} {type_}' for key, type_ in {**texts, **objects}.items())})"


def _texts(fit: Fit) -> dict[str, str]:
    """Return the columns that aren't in an object of the event, and where they are."""
    own = {"event_text": "event"} if fit.is_track else naming.OWN.get(fit.table.name, {})
    return {**naming.IDS, **naming.SENT_TIMES, **own}


def _objects(fit: Fit) -> dict[str, Shape]:
    found = {naming.CONTEXT: fit.context}
    if fit.details is not None:
        found[fit.table.root] = fit.details
    return {key: shape for key, shape in found.items() if not shape.is_empty}
