"""`tracks`: a row for each track call, whatever its event, with what all calls have. Pure.

Such a row is written once, into its event's table. Whoever asks for `tracks` reads it from there until it is gathered
(`gathering.py`): so what is here is the same in both places, but for properties.
"""

from collections.abc import Iterable

from headwater.lake import naming, quoting
from headwater.lake.manifest import PARQUET, LakeFile

_HAS_PROPERTIES = '"properties":'
_WITHOUT_PROPERTIES = '{"properties":null}'
_NOTHING = "{}"

# Every event has a row in one of these, or in a file that waits.
EVERY_EVENT = frozenset({naming.TRACKS, *naming.CALLS.values()})


def is_event_table(table: str) -> bool:
    """Tell whether its rows are track calls of an event: `tracks` has them, too."""
    return table not in naming.STANDARD_TABLES


def has(column: str) -> bool:
    """Tell whether `tracks` has such a column of an event's table."""
    return naming.is_reserved(column) or column in {naming.OFFSET, naming.MORE}


def value(table: str, column: str) -> str:
    """Return the SQL of a column's value: a row of `tracks` may be one of an event's table, which waits."""
    return _more() if (table, column) == (naming.TRACKS, naming.MORE) else quoting.name(column)


def _more() -> str:
    """Return the SQL of what `tracks` has of an event's `_more`: all but its properties."""
    name, properties, without, nothing = (
        quoting.name(naming.MORE),
        *map(quoting.text, (_HAS_PROPERTIES, _WITHOUT_PROPERTIES, _NOTHING)),
    )
    patched = f"nullif(json_merge_patch({name}, {without})::VARCHAR, {nothing})"
    return f"CASE WHEN contains({name}, {properties}) THEN {patched} ELSE {name} END"


def tables_of(file: LakeFile) -> Iterable[str]:
    """Return the tables that have the rows of a file."""
    if file.kind != PARQUET:
        return ()
    return (file.table, naming.TRACKS) if file.is_waiting else (file.table,)


def files_of_every_event(files: Iterable[LakeFile]) -> list[LakeFile]:
    """Return those of a source's files in which each of its events has one row."""
    return [file for file in files if file.is_waiting or file.table in EVERY_EVENT]
