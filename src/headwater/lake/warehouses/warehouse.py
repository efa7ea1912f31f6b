"""What a warehouse has to be able to do, and the words for it. The seam: PostgreSQL is the first behind it.

How far a table is stands in the warehouse itself, as a `Mark`, and moves in the transaction that brings the rows: a
sync that is killed at any moment goes on where the warehouse is, with nothing lost and nothing twice.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from headwater.core.errors import HeadwaterError


class WarehouseDownError(HeadwaterError):
    """The warehouse can't be worked with just now. The next sync goes on where this one stopped."""

    code = "warehouse_down"
    status = 503


class TableRefusedError(HeadwaterError):
    """The warehouse refuses a table, or rows of it. Other tables go on."""

    code = "warehouse_table_refused"
    status = 409


class OvertakenError(HeadwaterError):
    """Somebody else has loaded this part meanwhile: look again where the table is."""

    code = "warehouse_overtaken"
    status = 409


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How far a table is: up to this offset of the log every row is there. `id` is the event's at that place.

    No `id`: the event was deleted.

    `again_up_to`: rows up to there are loaded once more, so some are there already.
    """

    offset: int = 0
    id: str = ""
    again_up_to: int = 0

    @property
    def is_again(self) -> bool:
        """Whether the next rows may be there already."""
        return self.offset < self.again_up_to


NOTHING = Mark()


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it should be. `columns` have types of the lake (`lake.columns`), and `id` is among them."""

    schema: str
    table: str
    columns: Mapping[str, str]


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """Rows for a table; `columns` is what they have, in that order. They take it from one mark to the other.

    `is_latest`: rows of newest values, each over what is there by its `id`; a value that it lacks stays.
    `is_again`: some may be there already, and are left as they are.
    """

    source: str
    schema: str
    table: str
    columns: tuple[str, ...]
    before: Mark
    after: Mark
    is_latest: bool = False
    is_again: bool = False


ERASURES = "@erasures"  # what a source's mark of erasures is called: its offset is the number of the last one


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """A table of newest values: the table of its events, and the column there that says whom each is about.

    `known`: rows that have to go, by their `id`. `ended`: those of them of whom the lake has nothing any more.
    """

    events: str
    about: str
    known: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()


class Erase(msgspec.Struct, frozen=True, kw_only=True):
    """People whose rows go, from one mark of erasures to the other. `stay`: rows by table, which came later."""

    source: str
    schema: str
    user_ids: frozenset[str]
    anonymous_ids: frozenset[str]
    before: Mark
    after: Mark
    stay: Mapping[str, Sequence[str]] = {}
    latest: Mapping[str, Latest] = {}


# CSV as RFC 4180 has it, UTF-8, no header; NULL is nothing, and an empty text is "". Each call begins anew.
Rows = Callable[[], AsyncGenerator[bytes, None]]


class Warehouse(Protocol):
    """One warehouse, for one sync. All raise WarehouseDownError, and TableRefusedError for what only one table is to.

    Several syncs may be at work in one warehouse, from anywhere.
    """

    async def marks(self, schema: str, *, source: str) -> dict[str, Mark]:
        """Return how far each table of a source is; a table that isn't there, or was never loaded, is missing."""

    async def shape(self, wanted: Shape) -> list[str]:
        """Make a table hold what is wanted, whatever it was; return what was changed, for people. Nothing is lost."""

    async def load(self, load: Load, rows: Rows) -> int:
        """Bring in all the rows, and move the mark, or nothing; return how many rows are new.

        Raises OvertakenError where the mark is not `load.before`.
        """

    async def close(self) -> None:
        """Let go of it."""


class Eraser(Protocol):
    """What a warehouse can do beside, where it lets rows be deleted. It raises as `Warehouse` does."""

    async def erase(self, wanted: Erase) -> int:
        """Delete people's rows from every table of the source and move the mark, or nothing; return how many went.

        Tables of newest values whose rows are made of others' events, too, begin anew with the next load.
        Raises OvertakenError where the mark is not `wanted.before`.
        """


class ErasingWarehouse(Warehouse, Eraser, Protocol):
    """Both."""
