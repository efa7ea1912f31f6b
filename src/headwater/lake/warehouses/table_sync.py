"""One table of one sync: stretches of the log, in order, each in a transaction of the warehouse with its mark."""

from collections.abc import Callable, Mapping

import msgspec

from headwater.lake.warehouses.lake_rows import LakeRows, LostFileError
from headwater.lake.warehouses.lake_tables import LakeTable
from headwater.lake.warehouses.sync_words import LOADED, REFUSED, UP_TO_DATE, TableReport
from headwater.lake.warehouses.warehouse import (
    NOTHING,
    Load,
    Mark,
    OvertakenError,
    Shape,
    TableRefusedError,
    Warehouse,
)

PUT_BACK = "the lake was put back to an older state: loaded again, and what was there was left"


class TableSync:
    """`columns` are those that the warehouse gets; `on_rows` hears how many came with each stretch.

    `again` gives the table as the lake has it by then: files are merged meanwhile, and those they replace go.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        rows: LakeRows,
        table: LakeTable,
        *,
        source: str,
        schema: str,
        columns: Mapping[str, str],
        on_rows: Callable[[int], None],
        again: Callable[[], LakeTable | None],
    ) -> None:
        self._warehouse = warehouse
        self._rows = rows
        self._table = table
        self._source = source
        self._shape = Shape(schema=schema, table=table.name, columns=columns)
        self._on_rows = on_rows
        self._again = again
        self._loaded = 0
        self._changes: list[str] = []

    async def run(self, mark: Mark | None, *, up_to: int) -> TableReport:
        """Bring the table from its mark to where the lake is. Raises WarehouseDownError."""
        try:
            await self._run_on(mark or NOTHING, up_to=up_to)
        except (TableRefusedError, LostFileError) as error:
            return self._report(REFUSED, reason=error.message)
        return self._report(LOADED if self._loaded or self._changes else UP_TO_DATE)

    async def _run_on(self, mark: Mark, *, up_to: int) -> None:
        """Run, and where files are gone because others took their place, go on with those."""
        while True:
            try:
                return await self._run(mark, up_to=up_to)
            except LostFileError:
                found = self._again()
                if found is None or found.files == self._table.files:
                    raise
                self._table = found
                mark = await self._mark()

    async def _mark(self) -> Mark:
        marks = await self._warehouse.marks(self._shape.schema, source=self._source)
        return marks.get(self._table.name, NOTHING)

    async def _run(self, mark: Mark, *, up_to: int) -> None:
        is_put_back = mark.offset > up_to or self._has_another_event_at(mark)
        if not is_put_back and self._table.newest_offset <= mark.offset:
            return
        self._changes += await self._warehouse.shape(self._shape)
        if is_put_back:
            self._changes.append(PUT_BACK)
            start = Mark(again_up_to=max(mark.offset, up_to))
            mark = await self._stretch(start, there=mark, up_to=up_to) or mark
        while (after := await self._stretch(mark, there=mark, up_to=up_to)) is not None:
            mark = after

    def _has_another_event_at(self, mark: Mark) -> bool:
        return (
            bool(mark.id) and self._table.newest_offset > mark.offset > 0 and not self._rows.is_there(self._table, mark)
        )

    async def _stretch(self, start: Mark, *, there: Mark, up_to: int) -> Mark | None:
        """Load the rows behind `start`; return where the table is then, None where there are no more rows.

        `there` is what the warehouse has.
        """
        end, number = self._rows.next_mark(self._table, before=start, up_to=up_to)
        if not number:
            return None
        has = self._rows.columns_in(self._table, before=start, after=end)
        columns = tuple(name for name in self._shape.columns if name in has)
        load = Load(
            source=self._source,
            schema=self._shape.schema,
            table=self._shape.table,
            columns=columns,
            before=there,
            after=msgspec.structs.replace(end, again_up_to=start.again_up_to),
            is_latest=bool(self._table.about),
            is_again=start.is_again,
        )
        try:
            loaded = await self._warehouse.load(load, self._rows.rows(self._table, columns, before=start, after=end))
        except OvertakenError:
            return await self._mark()
        self._loaded += loaded
        self._on_rows(loaded)
        return load.after

    def _report(self, state: str, *, reason: str = "") -> TableReport:
        return TableReport(
            schema=self._shape.schema,
            table=self._table.name,
            state=state,
            rows=self._loaded,
            changes=self._changes,
            reason=reason,
        )
