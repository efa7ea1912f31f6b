"""The lake as a sync reads it: the tables of each source with their columns, and where their rows are. No DuckDB."""

from pathlib import Path

import msgspec

from headwater.lake import manifest, naming, tracks
from headwater.lake.columns import TIMESTAMP, VARCHAR
from headwater.lake.manifest import PARQUET, LakeColumn, LakeFile, Manifest, Snapshot

ID, USER_ID, GROUP_ID, ANONYMOUS_ID = "id", "user_id", "group_id", "anonymous_id"
# Tables of newest values, by whose rows they are made of and which column says whom those are about.
LATEST = {naming.USERS: (naming.IDENTIFIES, USER_ID), naming.ACCOUNTS: (naming.GROUPS, GROUP_ID)}
WAS_MOMENT = f"{TIMESTAMP} until"  # as the note of a column begins whose moments met something else


class LakeTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table. `about`: of newest values, the column of the rows that says whom each is about.

    `columns` are the warehouse's, by the lake's types. `once_moments`: texts now that are moments in some files.
    """

    name: str
    columns: dict[str, str]
    files: tuple[LakeFile, ...]
    about: str = ""
    once_moments: frozenset[str] = frozenset()

    @property
    def newest_offset(self) -> int:
        return max((file.last_offset for file in self.files), default=0)


def snapshot(lake: Path) -> Snapshot:
    """Return the lake as it is now."""
    opened = Manifest.open_for_reading(lake / manifest.NAME)
    try:
        return opened.snapshot()
    finally:
        opened.close()


def sources(found: Snapshot) -> list[str]:
    """Return the ids of the sources that have rows."""
    return sorted({file.source for file in found.files if file.kind == PARQUET})


def tables(found: Snapshot, source: str) -> list[LakeTable]:
    """Return the tables of a source, those of newest values at the end."""
    files: dict[str, list[LakeFile]] = {}
    for file in found.files:
        for table in tracks.tables_of(file) if file.source == source else ():
            files.setdefault(table, []).append(file)
    columns: dict[str, list[LakeColumn]] = {}
    for column in found.columns:
        if column.source == source:
            columns.setdefault(column.table, []).append(column)
    made = {name: _table(name, columns.get(name, []), tuple(of)) for name, of in sorted(files.items())}
    latest = [_latest(name, made[events], about) for name, (events, about) in LATEST.items() if events in made]
    return [*made.values(), *latest]


def _table(name: str, columns: list[LakeColumn], files: tuple[LakeFile, ...]) -> LakeTable:
    return LakeTable(
        name=name,
        # Our place in the log is nothing to a warehouse.
        columns={one.column: one.type for one in columns if one.column != naming.OFFSET},
        files=files,
        once_moments=frozenset(one.column for one in columns if (one.note or "").startswith(WAS_MOMENT)),
    )


def _latest(name: str, events: LakeTable, about: str) -> LakeTable:
    gone = {ID, ANONYMOUS_ID, about}
    return LakeTable(
        name=name,
        columns={ID: VARCHAR, **{column: type_ for column, type_ in events.columns.items() if column not in gone}},
        files=events.files,
        about=about,
        once_moments=events.once_moments - gone,
    )
