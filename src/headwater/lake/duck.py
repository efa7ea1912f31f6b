"""DuckDB as the lake's writer uses it: rows to Parquet, many files to one. Only child processes import it (memory)."""

import threading
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from headwater.lake import casts, naming, quoting, tracks
from headwater.lake.duck_engine import engine
from headwater.lake.limits import WriteLimits
from headwater.lake.lots import Lot

# What a higher level saves is nothing, or less than that.
TO_PARQUET = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
LEAST_LINE_BYTES = 1024 * 1024  # as the longest line is taken to be: each thread reserves twice as much

# Names and their types of SQL, in order.
Types = Mapping[str, str]


class Duck:
    """A DuckDB in memory, of one process. `scratch` is where it spills."""

    def __init__(self, scratch: Path, *, limits: WriteLimits) -> None:
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{limits.memory_bytes}B",
            "threads": limits.threads,
            "temp_directory": str(scratch),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._opening = threading.Lock()
        self._opened: engine.DuckDBPyConnection | None = None
        self._is_closed = False

    def close(self) -> None:
        """Let go of it for good."""
        with self._opening:
            self._is_closed = True
            if self._opened is not None:
                self._opened.close()

    @property
    def _connection(self) -> engine.DuckDBPyConnection:
        # Opened by whoever needs it first, on whichever thread: that takes as long as two thousand events.
        with self._opening:
            if self._is_closed:
                raise engine.ConnectionException("It is closed.")
            if self._opened is None:
                self._opened = engine.connect(config=self._config)
            return self._opened

    def write(self, lots: Sequence[Lot], target: Path) -> int:
        """Make Parquet of the rows of these lots; return how many it has. On any thread."""
        files = [lot.file.whole() for lot in lots]
        try:
            parts = [_lines(lot, file) for lot, file in zip(lots, files, strict=True)]
            return self._copy(" UNION ALL BY NAME ".join(parts), target)
        finally:
            for file in files:
                file.unlink(missing_ok=True)

    def merge(self, files: Sequence[Path], target: Path, *, types: Types, where: str = "true") -> int:
        """Make one file of several, in their order, by the types that columns have now; return how many rows it has.

        `where` says which rows are kept.
        """
        parts = [
            f"SELECT {_as_now(found, types)} FROM {_parquet(alike)} WHERE {where}"  # noqa: S608  every name is quoted
            for found, alike in self._alike(files)
        ]
        return self._copy(" UNION ALL BY NAME ".join(parts), target)

    def gather(self, files: Sequence[Path], target: Path, *, types: Types, had_moments: bool) -> int:
        """Make one file of `tracks` of several of its events' tables, thousands perhaps; return how many rows it has.

        `types` are the columns of `tracks`. `had_moments`: some are text now, and moments in some of the files.
        """
        groups = self._alike(files) if had_moments else [(self._columns(*files), files)]
        parts = [
            f"SELECT {_as_tracks(found, types)} FROM {_parquet(alike)}"  # noqa: S608  every name is quoted
            for found, alike in groups
        ]
        return self._copy(" UNION ALL BY NAME ".join(parts), target)

    def ids_among(self, files: Sequence[Path], ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that rows of these files have."""
        wanted = "SELECT unnest(?::VARCHAR[])"
        found = f"SELECT DISTINCT id FROM {_parquet(files)} WHERE id IN ({wanted})"  # noqa: S608  the same
        with self._connection.cursor() as beside:  # what is written on another thread
            return {row[0] for row in beside.execute(found, [list(ids)]).fetchall()}

    def has(self, file: Path, *, where: str) -> bool:
        """Tell whether a file has such a row."""
        found = f"SELECT 1 FROM {_parquet([file])} WHERE {where} LIMIT 1"  # noqa: S608  the same
        return self._connection.execute(found).fetchone() is not None

    def names(self, file: Path) -> list[str]:
        """Return what a file's columns are called."""
        return list(self._columns(file))

    def _alike(self, files: Sequence[Path]) -> list[tuple[dict[str, str], Sequence[Path]]]:
        """Return the files that follow each other with the same columns, with these."""
        with_columns = [(self._columns(file), file) for file in files]
        return [(found, [file for _, file in alike]) for found, alike in groupby(with_columns, key=lambda one: one[0])]

    def _columns(self, *files: Path) -> dict[str, str]:
        described = self._connection.execute(f"DESCRIBE SELECT * FROM {_parquet(files)}").fetchall()  # noqa: S608
        return {name: type_ for name, type_, *_ in described}

    def _copy(self, query: str, target: Path) -> int:
        with self._connection.cursor() as beside:
            copied = beside.execute(f"COPY ({query}) TO {quoting.text(str(target))} {TO_PARQUET}").fetchone()
        return int(copied[0]) if copied else 0


def _lines(lot: Lot, file: Path) -> str:
    """Return the SELECT that makes rows of a lot's lines."""
    fields = ", ".join(f"{quoting.name(name)}: {quoting.text(type_)}" for name, type_ in lot.fields.items())
    columns = ", ".join(f"{sql} AS {quoting.name(column)}" for column, sql in lot.columns.items())
    return (
        f"SELECT {columns} FROM read_json({quoting.text(str(file))}, format = 'newline_delimited',"  # noqa: S608
        f" columns = {{{fields}}}, maximum_object_size = {max(LEAST_LINE_BYTES, lot.file.longest) + 1})"
    )


def _parquet(files: Sequence[Path]) -> str:
    listed = ", ".join(quoting.text(str(file)) for file in files)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def _as_now(found: Types, types: Types) -> str:
    """Return the columns that files have, by the types of now; one that no table knows any more stays as it is."""
    return ", ".join(casts.as_now(name, was=was, now=types.get(name, was)) for name, was in found.items())


def _as_tracks(found: Types, types: Types) -> str:
    """Return the columns that `tracks` has of files of its events, by the types of now."""
    more = {naming.MORE: f"{tracks.value(naming.TRACKS, naming.MORE)} AS {quoting.name(naming.MORE)}"}
    return ", ".join(
        more.get(name) or casts.as_now(name, was=was, now=types[name]) for name, was in found.items() if name in types
    )
