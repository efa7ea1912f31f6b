"""What a sync's process is told, and what it says: orders on its input, a word a line on its output.

Shared with whoever starts it, who loads neither DuckDB nor a driver.
"""

from typing import Any

import msgspec

from headwater.lake.depot.place import Place
from headwater.lake.erasures import Erasure
from headwater.lake.warehouses.sync_limits import SyncLimits

LOADED, UP_TO_DATE, REFUSED = "loaded", "up_to_date", "refused"


class SyncOrders(msgspec.Struct, frozen=True, kw_only=True):
    """`settings` are the warehouse's, in clear: orders go through a pipe. `schemas`: sources by id, those to sync.

    `erasures`: whom the lake has ever had to forget, oldest first; they go out of `every_schema`, by the sources' ids.
    `unsettled`: those of them of whom files of the lake may still have something.
    """

    lake: str
    place: Place | None = None  # where the lake is at home, if that isn't here
    kind: str
    settings: dict[str, Any]
    schemas: dict[str, str]
    exclude: tuple[str, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    unsettled: tuple[Erasure, ...] = ()
    every_schema: dict[str, str] = {}
    private_addresses: bool = False
    own_listeners: list[tuple[str, int]] = []
    limits: SyncLimits = SyncLimits()


class TableReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one table. `rows` are those that are new; `changes` is what its shape changed by."""

    schema: str
    table: str
    state: str
    rows: int = 0
    changes: list[str] = []
    reason: str = ""


class Word(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far it is; of a table that is done what became of it. The last word `is_end`, with a reason if it failed."""

    rows: int = 0
    tables_done: int = 0
    tables: int = 0
    table: TableReport | None = None
    reason: str = ""
    notes: list[str] = []
    is_end: bool = False
