"""Whom the lake had to forget, out of a warehouse, too: before anything is loaded, in one transaction for a source.

How far that is stands in the warehouse as a mark, too: a sync that is killed erases all of it with the next run, or has
done so. What somebody sent who came back stays: the lake says which rows those are, as a warehouse has no offsets.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from headwater.lake.erasures import Erased, Erasure
from headwater.lake.manifest import Snapshot
from headwater.lake.warehouses import lake_tables
from headwater.lake.warehouses.lake_rows import LakeRows, LostFileError
from headwater.lake.warehouses.lake_tables import USER_ID, LakeTable
from headwater.lake.warehouses.sync_words import LOADED, REFUSED, TableReport
from headwater.lake.warehouses.warehouse import (
    ERASURES,
    NOTHING,
    Erase,
    Eraser,
    ErasingWarehouse,
    Latest,
    Mark,
    OvertakenError,
    TableRefusedError,
)

TRIES = 3  # files are merged meanwhile, and another sync may have done it


class SyncErasing:
    """`erasures` are all that there ever were, oldest first."""

    def __init__(self, warehouse: ErasingWarehouse, rows: LakeRows, *, lake: Path, erasures: Sequence[Erasure]) -> None:
        self._warehouse = warehouse
        self._eraser: Eraser = warehouse
        self._rows = rows
        self._lake = lake
        self._erasures = erasures

    async def run(self, source: str, schema: str) -> TableReport | None:
        """Have those go from a source's tables whom the lake had to forget since; None where there was nothing to do.

        Raises WarehouseDownError.
        """
        if not self._erasures:
            return None
        try:
            number = await self._tried(source, schema)
        except (TableRefusedError, LostFileError) as error:
            return _report(schema, REFUSED, reason=error.message)
        if not number:
            return None
        return _report(schema, LOADED, changes=[f"{number} rows of people whom the lake had to forget were deleted"])

    async def _tried(self, source: str, schema: str) -> int:
        for left in reversed(range(TRIES)):
            try:
                return await self._run(source, schema)
            except (LostFileError, OvertakenError) as error:
                if left == 0:
                    if isinstance(error, OvertakenError):
                        break
                    raise
        raise TableRefusedError("Other syncs were at work in this schema all the time. The next one tries it again.")

    async def _run(self, source: str, schema: str) -> int:
        marks = await self._warehouse.marks(schema, source=source)
        before = marks.get(ERASURES, NOTHING)
        new = self._since(before)
        if not new or not marks.keys() - {ERASURES}:
            return 0
        found = lake_tables.snapshot(self._lake)
        return await self._eraser.erase(self._wanted(found, source, schema, marks, new=new, before=before))

    def _since(self, mark: Mark) -> Sequence[Erasure]:
        """Return what came behind a mark; all of it where the workspace was put back to an older state."""
        if not any((one.number, one.id) == (mark.offset, mark.id) for one in self._erasures):
            return self._erasures
        return [one for one in self._erasures if one.number > mark.offset]

    def _wanted(
        self,
        found: Snapshot,
        source: str,
        schema: str,
        marks: Mapping[str, Mark],
        *,
        new: Sequence[Erasure],
        before: Mark,
    ) -> Erase:
        tables = [one for one in lake_tables.tables(found, source) if one.name in marks]
        stay = {one.name: self._stay(one, marks[one.name], new) for one in tables}
        return Erase(
            source=source,
            schema=schema,
            user_ids=frozenset(one.user_id for one in new if one.user_id is not None),
            anonymous_ids=frozenset(one.anonymous_id for one in new if one.anonymous_id is not None),
            before=before,
            after=Mark(offset=new[-1].number, id=new[-1].id),
            stay=stay,
            latest={
                name: self._latest(next((one for one in tables if one.name == name), None), name, new, stay)
                for name in lake_tables.LATEST
                if name in marks
            },
        )

    def _stay(self, table: LakeTable, mark: Mark, new: Sequence[Erasure]) -> list[str]:
        """Return the ids of the rows that the warehouse may have of these people, and that stay."""
        loaded, oldest = max(mark.offset, mark.again_up_to), min(one.up_to for one in new)
        if loaded <= oldest:
            return []
        return self._rows.texts(table, lake_tables.ID, behind=oldest, up_to=loaded, where=Erased(new).later)

    def _latest(
        self, table: LakeTable | None, name: str, new: Sequence[Erasure], stay: Mapping[str, Sequence[str]]
    ) -> Latest:
        events, about = lake_tables.LATEST[name]
        themselves = frozenset(one.user_id for one in new if one.user_id is not None and about == USER_ID)
        newest = max(one.up_to for one in new)
        in_files = [] if table is None else self._rows.texts(table, about, up_to=newest, where=Erased(new).theirs)
        return Latest(
            events=events,
            about=about,
            known=themselves.union(in_files),
            ended=frozenset() if stay.get(name) else themselves,
        )


def _report(schema: str, state: str, *, reason: str = "", changes: Sequence[str] = ()) -> TableReport:
    return TableReport(schema=schema, table=ERASURES, state=state, changes=list(changes), reason=reason)
