"""Lines of JSON that DuckDB reads alike, and the SQL that makes columns of them. Pure."""

import msgspec

from headwater.lake import naming, quoting
from headwater.lake.columns import LONG, SQL_TYPES, TIMESTAMP, VARCHAR, Column
from headwater.lake.shapes import Shape
from headwater.lake.short_way import Fit

# When an event came is said by its record, in milliseconds.
AT = "_at"
RECEIVED_AT = f"make_timestamp({quoting.name(AT)} * 1000)"


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """Lines, the SQL types of their `fields` as `read_json` wants them, and the SQL of the `columns` that they make.

    `taken` are the columns that the lot's table has. Lots of one `name` are one: an event's own table and `tracks` take
    of the same lines. One without a name has no other.
    """

    name: str | None
    lines: list[bytes]
    fields: dict[str, str]
    columns: dict[str, str]
    taken: list[str]


def of_rows(lines: list[bytes], columns: list[Column]) -> Lot:
    """Return the lot of lines that are rows: each field is its column."""
    found = {column.name: quoting.name(column.name) for column in columns}
    types = {column.name: SQL_TYPES[column.type or VARCHAR] for column in columns}
    return Lot(name=None, lines=lines, fields=types, columns=found, taken=list(found))


def of_events(lines: list[bytes], fit: Fit, *, day: str, is_for_tracks: bool) -> Lot:
    """Return the lot of lines that are events which fit. Rows of `tracks` don't have an event's details."""
    texts = {key: SQL_TYPES[TIMESTAMP if column in naming.TIMES else VARCHAR] for column, key in _texts(fit).items()}
    objects = {key: shape.as_sql_type() for key, shape in _objects(fit, is_for_tracks=False).items()}
    return Lot(
        name=f"{day}-{fit.number}",
        lines=lines,
        fields={naming.OFFSET: SQL_TYPES[LONG], AT: SQL_TYPES[LONG], **texts, **objects},
        columns=columns_of(fit, is_for_tracks=False),
        taken=list(columns_of(fit, is_for_tracks=is_for_tracks)),
    )


def columns_of(fit: Fit, *, is_for_tracks: bool) -> dict[str, str]:
    """Return the columns of events that fit, each with its SQL."""
    columns = {naming.OFFSET: quoting.name(naming.OFFSET), naming.RECEIVED_AT: RECEIVED_AT}
    columns |= {column: quoting.name(key) for column, key in _texts(fit).items()}
    if fit.is_track:
        columns["event"] = quoting.text(naming.event_of(fit.table.name))
    for key, shape in _objects(fit, is_for_tracks=is_for_tracks).items():
        columns |= shape.selected(quoting.name(key))
    return columns


def _texts(fit: Fit) -> dict[str, str]:
    """Return the columns that aren't in an object of the event, and where they are."""
    own = {"event_text": "event"} if fit.is_track else naming.OWN.get(fit.table.name, {})
    return {**naming.IDS, **naming.SENT_TIMES, **own}


def _objects(fit: Fit, *, is_for_tracks: bool) -> dict[str, Shape]:
    found = {naming.CONTEXT: fit.context}
    if fit.details is not None and not is_for_tracks:
        found[fit.table.root] = fit.details
    return {key: shape for key, shape in found.items() if not shape.is_empty}
