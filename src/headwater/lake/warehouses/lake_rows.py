"""Rows of the lake as CSV, in stretches of its offsets: DuckDB writes them into a pipe as they are taken from it.

Only a sync's own process imports this (memory).
"""

import asyncio
import contextlib
import fcntl
import os
import threading
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import duckdb

from headwater.core.errors import HeadwaterError
from headwater.lake import casts, quoting, tracks
from headwater.lake.columns import SQL_TYPES
from headwater.lake.erasures import Erased
from headwater.lake.manifest import LakeFile
from headwater.lake.naming import OFFSET
from headwater.lake.warehouses.lake_tables import ID, LakeTable
from headwater.lake.warehouses.sync_limits import SyncLimits
from headwater.lake.warehouses.warehouse import Mark, Rows

CHUNK_BYTES = 1 << 20
NOBODY_ERASED = Erased()
NUL = b"\x00"  # the one letter that no text of PostgreSQL has
TO_CSV = "(FORMAT csv, HEADER false, USE_TMP_FILE false)"
ENLARGE_PIPE = getattr(fcntl, "F_SETPIPE_SZ", None)  # Linux has it

_NEXT = """
SELECT max({offset}), max_by(id, {offset}), count(*) FROM (
    SELECT {offset}, id FROM {place} WHERE {offset} > ? AND {offset} <= ? AND {others} ORDER BY {offset} LIMIT ?
)
"""


# Gives the SQL condition of some rows, by the columns that there are.
Where = Callable[[Collection[str]], str]
# Sees that files of the lake are in its folder, by their paths below it.
Bring = Callable[[Sequence[str]], None]


class LostFileError(HeadwaterError):
    """A file of the lake is gone or damaged. `headwater rebuild lake` makes the tables anew from the archive."""

    code = "lake_file_lost"
    status = 500


class LakeRows:
    """Reads what the manifest says is there. DuckDB spills to `scratch`; `bring` hears what is read first.

    Those who are `erased` are left out, though files may have them yet. Close it after use.
    """

    def __init__(
        self,
        lake: Path,
        *,
        scratch: Path,
        limits: SyncLimits,
        bring: Bring = lambda _: None,
        erased: Erased = NOBODY_ERASED,
    ) -> None:
        self._lake = lake
        self._erased = erased
        self._bring = bring
        self._limits = limits
        self._connection = duckdb.connect(
            config={
                "memory_limit": f"{limits.memory_bytes}B",
                "threads": limits.threads,
                "temp_directory": str(scratch),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        self.letters_lost = 0  # NUL letters, which a warehouse can't keep

    def close(self) -> None:
        self._connection.close()

    def is_there(self, table: LakeTable, mark: Mark) -> bool:
        """Tell whether the lake has the event of a mark where the mark has it: else it was put back to an older state.

        An event that was deleted is not there either: what is then loaded again is there already.
        """
        files = [file for file in table.files if file.first_offset <= mark.offset <= file.last_offset]
        if not files:
            return False
        query = f"SELECT 1 FROM {self._parquet(files)} WHERE {OFFSET} = ? AND id = ?"  # noqa: S608  every name is quoted
        return bool(self._fetched(query, [mark.offset, mark.id]))

    def next_mark(self, table: LakeTable, *, before: Mark, up_to: int) -> tuple[Mark, int]:
        """Return where the next stretch ends, and how many rows it has; 0 where there is nothing more."""
        files = _between(table.files, before.offset, up_to)
        if not files:
            return before, 0
        query = _NEXT.format(offset=OFFSET, place=self._parquet(files), others=self._others(files))
        [(offset, id_, number)] = self._fetched(query, [before.offset, up_to, self._limits.rows_per_load])
        return (Mark(offset=offset, id=id_ or ""), number) if number else (before, 0)

    def columns_in(self, table: LakeTable, *, before: Mark, after: Mark) -> frozenset[str]:
        """Return the columns that the files of a stretch have; the rows have nothing in any other."""
        described = self._described(_between(table.files, before.offset, after.offset))
        return frozenset({ID} if table.about else ()) | described.keys()

    def rows(self, table: LakeTable, columns: Sequence[str], *, before: Mark, after: Mark) -> Rows:
        """Return what yields the rows behind `before` and up to `after`; of newest values one for each it is about."""
        files = _between(table.files, before.offset, after.offset)
        stretch = f"{OFFSET} > {before.offset:d} AND {OFFSET} <= {after.offset:d} AND {self._others(files)}"
        place = self._place(table, files)
        query = _latest(table, columns, place, stretch) if table.about else _plain(table, columns, place, stretch)
        return lambda: self._piped(query)

    def texts(self, table: LakeTable, column: str, *, up_to: int, where: Where, behind: int = -1) -> list[str]:
        """Return the different texts of a column in rows `behind` an offset and up to another, `where` that holds."""
        files = _between(table.files, behind, up_to)
        has = self._described(files) if files else {}
        if column not in has:
            return []
        name = quoting.name(column)
        query = (
            f"SELECT DISTINCT {name} FROM {self._parquet(files)}"  # noqa: S608  every name is quoted
            f" WHERE {OFFSET} > ? AND {OFFSET} <= ? AND {name} IS NOT NULL AND {where(has)}"
        )
        return [str(text) for (text,) in self._fetched(query, [behind, up_to])]

    def _others(self, files: Sequence[LakeFile]) -> str:
        return self._erased.others(self._described(files)) if self._erased else "true"

    async def _piped(self, query: str) -> AsyncGenerator[bytes, None]:
        reading, writing = os.pipe()
        if ENLARGE_PIPE is not None:
            with contextlib.suppress(OSError):  # the system allows less
                fcntl.fcntl(writing, ENLARGE_PIPE, CHUNK_BYTES)
        failed: list[duckdb.Error] = []
        thread = threading.Thread(target=self._write, args=(query, writing, failed), name="lake-rows")
        thread.start()
        try:
            while chunk := await asyncio.to_thread(os.read, reading, CHUNK_BYTES):
                yield self._without_nul(chunk) if NUL in chunk else chunk
        finally:
            os.close(reading)  # whoever still writes is told so
            await asyncio.to_thread(thread.join)
        if failed:
            raise _lost(failed[0])

    def _write(self, query: str, pipe: int, failed: list[duckdb.Error]) -> None:
        try:
            self._connection.cursor().execute(f"COPY ({query}) TO '/dev/fd/{pipe:d}' {TO_CSV}")
        except duckdb.Error as error:
            failed.append(error)
        finally:
            os.close(pipe)

    def _without_nul(self, chunk: bytes) -> bytes:
        self.letters_lost += chunk.count(NUL)
        return chunk.replace(NUL, b"")

    def _place(self, table: LakeTable, files: Sequence[LakeFile]) -> str:
        """Return where the rows are; what is text now, and moments in some files, is made the text that it was."""
        odd = [(file, texts) for file in files if (texts := self._moments(file, table.once_moments))]
        plain = [file for file in files if file not in [one for one, _ in odd]]
        places = [f"SELECT * FROM {self._parquet(plain)}"] if plain else []  # noqa: S608  the same
        places += [f"SELECT * REPLACE ({texts}) FROM {self._parquet([file])}" for file, texts in odd]  # noqa: S608
        return f"({' UNION ALL BY NAME '.join(places)})"

    def _moments(self, file: LakeFile, columns: frozenset[str]) -> str:
        if not columns:
            return ""
        described = self._described([file])
        found = [column for column in sorted(columns) if described.get(column) == casts.TIMESTAMP]
        return ", ".join(casts.as_now(column, was=casts.TIMESTAMP, now=casts.VARCHAR) for column in found)

    def _described(self, files: Sequence[LakeFile]) -> dict[str, str]:
        rows = self._fetched(f"DESCRIBE SELECT * FROM {self._parquet(files)}", [])  # noqa: S608  the same
        return {str(row[0]): str(row[1]) for row in rows}

    def _parquet(self, files: Sequence[LakeFile]) -> str:
        self._bring([file.path for file in files])
        listed = ", ".join(quoting.text(str(self._lake / file.path)) for file in files)
        return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"

    def _fetched(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, list(values)).fetchall()
        except duckdb.Error as error:
            raise _lost(error) from error


def _between(files: Sequence[LakeFile], before: int, after: int) -> list[LakeFile]:
    return [file for file in files if file.last_offset > before and file.first_offset <= after]


def _plain(table: LakeTable, columns: Sequence[str], place: str, stretch: str) -> str:
    cells = ", ".join(_cast(table, column) for column in columns)
    return f"SELECT {cells} FROM {place} WHERE {stretch}"  # noqa: S608  the same


def _latest(table: LakeTable, columns: Sequence[str], place: str, stretch: str) -> str:
    """Return the SELECT of the newest value of each column that there is one of."""
    about = quoting.name(table.about)
    cells = ", ".join(
        f"{about} AS {ID}" if column == ID else f"max_by({_cast(table, column)}, {OFFSET})" for column in columns
    )
    return f"SELECT {cells} FROM {place} WHERE {stretch} AND {about} IS NOT NULL GROUP BY {about}"  # noqa: S608


def _cast(table: LakeTable, column: str) -> str:
    return f"CAST({tracks.value(table.name, column)} AS {SQL_TYPES[table.columns[column]]})"


def _lost(error: duckdb.Error) -> LostFileError:
    return LostFileError(f"{LostFileError.__doc__} ({error})")
