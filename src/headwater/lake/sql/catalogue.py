"""Which tables a query has, with which columns, and where their rows are: in files, and in the log behind them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.lake import manifest, naming, tracks
from headwater.lake.batches import Batches
from headwater.lake.columns import SQL_TYPES, TIMESTAMP, Column
from headwater.lake.erasures import Erased
from headwater.lake.known_ids import KnownIds
from headwater.lake.manifest import Manifest, Snapshot
from headwater.lake.sql.orders import Schema
from headwater.lake.sql.tail import Tail
from headwater.lake.tables import KnownColumn, Tables

WAS_MOMENT = f"{TIMESTAMP} until"  # as the note of a column begins whose moments met something else
PROJECT = "project_id"  # the column that says whose a lifecycle event is
# Tables of the newest values, by whose rows they are made of and which column says whom those are about.
LATEST = {naming.USERS: (naming.IDENTIFIES, "user_id"), naming.ACCOUNTS: (naming.GROUPS, "group_id")}


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table: its columns with their SQL types, its files, and its rows that are in none yet, as lines of JSON.

    `once_moments`: columns of text now that are moments in some of the files. `notes`: what is to be said of columns.
    `suspects`: ids of `lines` that may be repeated; they are if `known_in` has them, files of all events of the source.
    """

    columns: dict[str, str]
    files: tuple[str, ...] = ()
    lines: tuple[bytes, ...] = ()
    once_moments: frozenset[str] = frozenset()
    notes: Mapping[str, str] = {}
    suspects: tuple[str, ...] = ()
    known_in: tuple[str, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All tables of a query, by schema and name. `behind`: so many records of the log are in none of them."""

    tables: dict[str, dict[str, Table]]
    behind: int

    def having(self, table: str) -> list[str]:
        """Return the schemas that have such a table."""
        return [schema for schema, tables in self.tables.items() if table in tables]


def read(lake: Path, log: Path, schemas: Sequence[Schema], *, max_tail: int, erased: Erased) -> Catalogue:
    """Return the tables of `schemas` as they are now: one state of the manifest, and what the log holds beyond it."""
    opened = Manifest.open_for_reading(lake / manifest.NAME)
    try:
        snapshot = opened.snapshot()
        runs = opened.id_runs()  # behind it: of what the snapshot has, no id may be missing
    finally:
        opened.close()
    columns = _known(snapshot)
    sources = {schema.source_id: Tables(columns[schema.source_id]) for schema in schemas}
    batches = {source: Batches(tables) for source, tables in sources.items()}
    known = KnownIds(path for run in runs if (path := lake / run).is_file())
    try:
        seen = Tail(log, batches, known=known, erased=erased).read(after=snapshot.cursor, most=max_tail)
    finally:
        known.close()
    files = _files(snapshot, lake)
    found = {
        schema.name: _of_source(
            sources[schema.source_id], batches[schema.source_id], columns[schema.source_id], files, schema
        )
        for schema in schemas
    }
    for schema in schemas:
        if suspects := seen.suspects.get(schema.source_id):
            found[schema.name] = _suspected(found[schema.name], suspects, files, schema)
    return Catalogue(tables=found, behind=seen.behind)


def listed(
    lake: Path, log: Path, schemas: Sequence[Schema], *, max_tail: int, erased: Erased
) -> dict[str, dict[str, Table]]:
    """Return the tables of `schemas` with their columns, as `read` does; where their rows are is not looked for."""
    opened = Manifest.open_for_reading(lake / manifest.NAME)
    try:
        snapshot = opened.described([schema.source_id for schema in schemas])
    finally:
        opened.close()
    columns = _known(snapshot)
    sources = {schema.source_id: Tables(columns[schema.source_id]) for schema in schemas}
    batches = {source: Batches(tables) for source, tables in sources.items()}
    Tail(log, batches, known=KnownIds(()), erased=erased).read(after=snapshot.cursor, most=max_tail)
    return {
        schema.name: _of_source(
            sources[schema.source_id], batches[schema.source_id], columns[schema.source_id], {}, schema
        )
        for schema in schemas
    }


def _suspected(
    tables: dict[str, Table], suspects: Sequence[str], files: Mapping[tuple[str, str], list[str]], schema: Schema
) -> dict[str, Table]:
    """Return tables with what it takes to see which rows of the tail are repeated."""
    found = [path for name in tracks.EVERY_EVENT for path in files.get((schema.source_id, name), ())]
    known_in = tuple(path for path in found if Path(path).is_file())  # a lost one shows nothing twice
    return {
        name: msgspec.structs.replace(table, suspects=tuple(suspects), known_in=known_in)
        for name, table in tables.items()
    }


def _known(snapshot: Snapshot) -> Mapping[str, list[KnownColumn]]:
    known: defaultdict[str, list[KnownColumn]] = defaultdict(list)
    for one in snapshot.columns:
        known[one.source].append(KnownColumn(table=one.table, column=one.column, type=one.type, note=one.note))
    return known


def _files(snapshot: Snapshot, lake: Path) -> Mapping[tuple[str, str], list[str]]:
    files: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for file in snapshot.files:
        for table in tracks.tables_of(file):
            files[file.source, table].append(str(lake / file.path))
    return files


def _of_source(
    tables: Tables,
    batches: Batches,
    known: Iterable[KnownColumn],
    files: Mapping[tuple[str, str], list[str]],
    schema: Schema,
) -> dict[str, Table]:
    names: defaultdict[str, set[str]] = defaultdict(set)
    lines: defaultdict[str, list[bytes]] = defaultdict(list)
    for column in known:
        names[column.table].add(column.column)
    for batch in batches.batches():
        names[batch.table].update(column.name for column in batch.columns())
        lines[batch.table].append(batch.ndjson())
        if tracks.is_event_table(batch.table):
            lines[naming.TRACKS].append(batch.ndjson())
    names[naming.TRACKS].update(column.name for column in batches.columns_of_tracks())
    found = {
        name: _table(
            tables.columns(tables.table(name), columns),
            files=files.get((schema.source_id, name), ()),
            lots=lines[name],
        )
        for name, columns in sorted(names.items())
        if columns
    }
    if schema.project_id is not None:
        return {name: table for name, table in found.items() if PROJECT in table.columns}
    return found | {name: _latest(found[events], key) for name, (events, key) in LATEST.items() if events in found}


def _table(columns: Sequence[Column], *, files: Iterable[str], lots: Iterable[bytes]) -> Table:
    return Table(
        columns={column.name: SQL_TYPES[column.type] for column in columns if column.type is not None},
        files=tuple(files),
        lines=tuple(line for lot in lots for line in lot.split(b"\n")),
        once_moments=frozenset(column.name for column in columns if (column.note or "").startswith(WAS_MOMENT)),
        notes={column.name: column.note for column in columns if column.note},
    )


def _latest(events: Table, key: str) -> Table:
    """Return the columns of a table of newest values; its rows are those of `events`."""
    gone = {"id", "anonymous_id", key}
    return Table(
        columns={"id": "VARCHAR", **{name: type_ for name, type_ in events.columns.items() if name not in gone}},
        notes={name: note for name, note in events.notes.items() if name not in gone},
    )
