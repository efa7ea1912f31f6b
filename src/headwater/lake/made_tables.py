"""What became of events that were to be tables: files that are whole, and nobody's yet."""

from collections.abc import Callable, Iterable

import msgspec

from headwater.lake.manifest import LakeColumn
from headwater.lake.tables import KnownColumn

# Which columns a source has in the lake already.
ColumnsOf = Callable[[str], Iterable[KnownColumn]]


class MadeTable(msgspec.Struct, frozen=True, kw_only=True):
    """A file of one table's rows of one day, whole, at a path that is nobody else's."""

    path: str
    source: str
    table: str
    day: str
    first_offset: int
    last_offset: int
    rows: int


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What became of what was taken, and the columns that it has; `failed` says why nothing did."""

    tables: list[MadeTable] = msgspec.field(default_factory=list)
    columns: list[LakeColumn] = msgspec.field(default_factory=list)
    failed: str | None = None
