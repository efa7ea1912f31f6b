"""What a query's process is told, and what it says back. No secrets, and no SQL: that comes behind it."""

import msgspec

from headwater.lake.erasures import Erasure

JSON, CSV, PARQUET = "json", "csv", "parquet"
FORMATS = (JSON, CSV, PARQUET)

WANTED, BEGUN, DONE, FAILED = "wanted", "begun", "done", "failed"


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """A schema of a query: one source's tables. With `project_id` only the rows that are that project's."""

    name: str
    source_id: str
    project_id: str | None = None


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """How a query is run. `lake` and `log` are folders. `max_rows`: further ones are left out, and that is said.

    `erasures`: whose rows are not shown, whatever files and log still have of them.
    """

    lake: str
    log: str
    schemas: tuple[Schema, ...]
    is_masked: bool
    format: str
    max_rows: int | None
    max_tail: int
    memory_bytes: int
    processor_seconds: int
    threads: int
    is_confined: bool
    erasures: tuple[Erasure, ...] = ()
    sql_bytes: int = 0
    asks_for_files: bool = False  # the lake's home is elsewhere: what is needed of it is named, and waited for


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of an answer. `type` is DuckDB's."""

    name: str
    type: str


class Word(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a query's process says beside the rows: that they come, that all are there, or why none is.

    `behind`: so many records of the log were not looked at, the newest. `files`: what is to be here before it goes on.
    """

    kind: str
    columns: tuple[Column, ...] = ()
    rows: int | None = None
    is_cut: bool = False
    behind: int = 0
    files: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
