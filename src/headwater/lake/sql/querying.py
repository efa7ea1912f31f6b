"""One query's process: `python -I -m headwater.lake.sql.querying`, started by `query_process`.

Its orders are the first line of its standard input, the SQL follows. It reads what the log has beyond the lake's
files, gives up everything but reading those files, and only then looks at the SQL. Rows go to standard output, what is
to be said of them to standard error, a line of JSON each. It ends with its parent.
"""

import ctypes
import os
import signal
import sys
import zoneinfo
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import duckdb
import msgspec

from headwater.core.errors import HeadwaterError
from headwater.lake import quoting
from headwater.lake.erasures import Erased
from headwater.lake.sql import answers, catalogue, confinement, one_select
from headwater.lake.sql.answers import Written
from headwater.lake.sql.one_select import Select
from headwater.lake.sql.orders import BEGUN, CSV, DONE, FAILED, JSON, PARQUET, WANTED, Orders, Word
from headwater.lake.sql.query_errors import (
    LakeFileError,
    NotConfinedError,
    QueryFailedError,
    QueryLimitError,
    QueryRefusedError,
)
from headwater.lake.sql.views import Views

STDERR = 2
PR_SET_PDEATHSIG = 1
NO_SPILLING = ""
NUL = "\0"
# DuckDB asks for it with the first value that has a time zone, when nothing more may be read; as long as we hold it, it
# is there.
UTC = zoneinfo.ZoneInfo("UTC")
TOO_MUCH_MEMORY = (duckdb.OutOfMemoryException, MemoryError)
ENCODERS = {JSON: answers.json_lines, CSV: answers.csv_lines}


class Query:
    """The query of this process. `say` is the file that words go to."""

    def __init__(self, orders: Orders, *, say: int) -> None:
        self._orders = orders
        self._say = say

    def run(self) -> None:
        """Answer, and say at the end how that went."""
        try:
            word = self._answered()
        except HeadwaterError as error:
            word = Word(kind=FAILED, code=error.code, message=error.message)
        except TOO_MUCH_MEMORY:
            word = Word(kind=FAILED, code=QueryLimitError.code, message=self._too_much_memory())
        except duckdb.IOException as error:
            # SQL that gets so far names no files: it is one of the lake's own.
            word = Word(kind=FAILED, code=LakeFileError.code, message=f"{LakeFileError().message} {error}")
        except duckdb.Error as error:
            word = Word(kind=FAILED, code=QueryFailedError.code, message=str(error))
        self._tell(word)

    def _answered(self) -> Word:
        orders = self._orders
        lake = Path(orders.lake)
        erased = Erased(orders.erasures)
        found = catalogue.read(lake, Path(orders.log), orders.schemas, max_tail=orders.max_tail, erased=erased)
        folders = [lake / "data" / schema.source_id for schema in orders.schemas]
        if orders.asks_for_files:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
        self._confine([folder for folder in folders if folder.is_dir()])
        connection = self._opened(folders)
        select = one_select.read(
            connection,
            _sql(orders.sql_bytes),
            schemas=[schema.name for schema in orders.schemas],
            parser_error=duckdb.Error,
        )
        Views(connection, found, orders.schemas, is_masked=orders.is_masked, erased=erased, bring=self._bring).make(
            select
        )
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        written = self._whole_file(connection, select) if orders.format == PARQUET else self._rows(connection, select)
        return Word(kind=DONE, rows=written.rows, is_cut=written.is_cut, behind=found.behind)

    def _bring(self, files: Sequence[str]) -> None:
        """Wait for files that the query is about to open. Whoever can't bring them ends this process."""
        if self._orders.asks_for_files and files:
            lake = Path(self._orders.lake)
            self._tell(Word(kind=WANTED, files=tuple(str(Path(file).relative_to(lake)) for file in files)))
            sys.stdin.buffer.readline()

    def _confine(self, folders: list[Path]) -> None:
        confinement.bound(memory_bytes=self._orders.memory_bytes, processor_seconds=self._orders.processor_seconds)
        confinement.silence()
        if self._orders.is_confined:
            try:
                confinement.confine(read=folders)
            except confinement.RefusedError as error:
                raise NotConfinedError(f"{NotConfinedError().message} {error}") from error

    def _opened(self, folders: list[Path]) -> duckdb.DuckDBPyConnection:
        """Return a database in memory. Its threads begin here: after the process was confined."""
        connection = duckdb.connect(
            config={
                "memory_limit": f"{self._orders.memory_bytes}B",
                "threads": self._orders.threads,
                "temp_directory": NO_SPILLING,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
            }
        )
        allowed = ", ".join(quoting.text(f"{folder}/") for folder in folders)
        connection.execute(f"SET allowed_directories = [{allowed}]")
        connection.execute(f"SET allowed_paths = [{quoting.text(answers.OUTPUT)}]")
        connection.execute("SET TimeZone = 'UTC'")
        return connection

    def _rows(self, connection: duckdb.DuckDBPyConnection, select: Select) -> Written:
        encode, output = ENCODERS[self._orders.format], sys.stdout.buffer
        connection.execute(select.statement)
        columns = answers.columns([(one[0], one[1]) for one in connection.description or ()])

        def begin() -> None:
            self._tell(Word(kind=BEGUN, columns=columns))
            if self._orders.format == CSV:
                output.write(encode([[column.name for column in columns]]))

        written = answers.write(connection, encode, begin=begin, to=output.write, max_rows=self._orders.max_rows)
        output.flush()
        return written

    def _whole_file(self, connection: duckdb.DuckDBPyConnection, select: Select) -> Written:
        rows = connection.sql(select.statement)
        self._tell(Word(kind=BEGUN, columns=answers.columns(list(zip(rows.columns, rows.types, strict=True)))))
        wanted = rows if self._orders.max_rows is None else rows.limit(self._orders.max_rows)
        wanted.to_parquet(answers.OUTPUT, compression="zstd")
        return Written(rows=None, is_cut=False)

    def _too_much_memory(self) -> str:
        megabytes = self._orders.memory_bytes // 10**6
        return (
            f"The query needs more than the {megabytes} MB of memory that it may use. Ask for fewer rows or groups at"
            " once, or raise HEADWATER_QUERY_MEMORY."
        )

    def _tell(self, word: Word) -> None:
        os.write(self._say, msgspec.json.encode(word) + b"\n")


def main() -> NoReturn:
    """Run the query that stands on standard input."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # A stop signal to the whole process group must not take the query from a server that is draining.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    Query(orders, say=os.dup(STDERR)).run()
    # All is written. To put away a database in memory, and an interpreter, would only make whoever asked wait.
    os._exit(0)


def _sql(size: int) -> str:
    sql = sys.stdin.buffer.read(size).decode()
    if NUL in sql:
        raise QueryRefusedError("There is a NUL character in the query; no SQL has one.")
    return sql


if __name__ == "__main__":
    main()
