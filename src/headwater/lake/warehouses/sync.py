"""One sync: each table of the lake, from where the warehouse has it to where the lake is.

A table that is refused stays where it is and says why; the others go on. Only a warehouse that is down ends a sync.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from headwater.lake.manifest import Snapshot
from headwater.lake.warehouses import lake_tables
from headwater.lake.warehouses.lake_rows import LakeRows
from headwater.lake.warehouses.lake_tables import LakeTable
from headwater.lake.warehouses.selection import Selection
from headwater.lake.warehouses.sync_erasing import SyncErasing
from headwater.lake.warehouses.sync_words import TableReport, Word
from headwater.lake.warehouses.table_sync import TableSync
from headwater.lake.warehouses.warehouse import Mark, Warehouse

Say = Callable[[Word], None]


class Wanted(NamedTuple):
    """A table to sync, and where it goes."""

    source: str
    schema: str
    table: LakeTable


class Sync:
    """One run. `schemas` says what each source's schema is called; other sources are not synced.

    People are erased from `every_schema`, those that are synced no more, too.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        rows: LakeRows,
        *,
        lake: Path,
        schemas: Mapping[str, str],
        selection: Selection,
        erasing: SyncErasing,
        every_schema: Mapping[str, str],
        say: Say,
    ) -> None:
        self._lake = lake
        self._warehouse = warehouse
        self._rows = rows
        self._schemas = schemas
        self._selection = selection
        self._erasing = erasing
        self._every_schema = every_schema
        self._say = say
        self._so_far = Word()

    async def run(self) -> None:
        """Bring the warehouse to where the lake is now. Raises WarehouseDownError; what was loaded stays."""
        for source, schema in self._every_schema.items():
            if (erased := await self._erasing.run(source, schema)) is not None:
                self._tell(table=erased)
        found = lake_tables.snapshot(self._lake)
        wanted = self._wanted(found)
        self._so_far = Word(tables=len(wanted))
        marks: dict[str, Mapping[str, Mark]] = {}
        for one in wanted:
            if one.source not in marks:
                marks[one.source] = await self._warehouse.marks(one.schema, source=one.source)
            report = await self._table(one, marks[one.source].get(one.table.name), up_to=found.cursor)
            self._tell(tables_done=self._so_far.tables_done + 1, table=report)
        lost = self._rows.letters_lost
        self._tell(notes=[f"{lost} NUL letters were left out: no text there can have one."] if lost else [])

    def _wanted(self, found: Snapshot) -> list[Wanted]:
        return [
            Wanted(source, schema, table)
            for source in lake_tables.sources(found)
            if (schema := self._schemas.get(source)) is not None
            for table in lake_tables.tables(found, source)
            if self._selection.has_table(schema, table.name)
        ]

    async def _table(self, one: Wanted, mark: Mark | None, *, up_to: int) -> TableReport:
        columns = {
            name: type_
            for name, type_ in one.table.columns.items()
            if name == lake_tables.ID or self._selection.has_column(one.schema, one.table.name, name)
        }
        table = TableSync(
            self._warehouse,
            self._rows,
            one.table,
            source=one.source,
            schema=one.schema,
            columns=columns,
            on_rows=lambda number: self._tell(rows=self._so_far.rows + number),
            again=lambda: self._again(one),
        )
        return await table.run(mark, up_to=up_to)

    def _again(self, one: Wanted) -> LakeTable | None:
        found = lake_tables.tables(lake_tables.snapshot(self._lake), one.source)
        return next((table for table in found if table.name == one.table.name), None)

    def _tell(self, **changes: object) -> None:
        self._so_far = msgspec.structs.replace(self._so_far, **{"table": None, **changes})
        self._say(self._so_far)
