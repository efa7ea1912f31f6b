"""What was said, of one event to one destination: the newest exchange that the ledger keeps, opened. Constant SQL.

Kept are those of attempts that failed, and what a shadow would have sent; until they expire.
"""

import sqlite3
from typing import Any

import msgspec

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.secrets import Sealer
from headwater.deliver import sealing
from headwater.deliver.replays import names

_NEWEST = """
    SELECT at_ms, detail FROM attempts
    WHERE "offset" = ?1 AND (destination = ?2 OR (destination > ?3 AND destination < ?4)) AND detail IS NOT NULL
    ORDER BY at_ms DESC, number DESC LIMIT 1
"""


class KeptExchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`response` is None where none came, or nothing was sent; `before`: a shadow's requests that go before it."""

    at: str
    request: dict[str, Any]
    response: dict[str, Any] | None
    before: list[dict[str, Any]] = []


def newest(connection: sqlite3.Connection, offset: int, destination_id: str, *, sealer: Sealer) -> KeptExchange | None:
    """Return a destination's newest about the event at `offset`, a replay's too; None where none is kept."""
    row = connection.execute(_NEWEST, (offset, destination_id, *names.bounds_of(destination_id))).fetchone()
    opened = sealing.unseal_detail(row[1], sealer=sealer) if row else None
    if opened is None:
        return None
    said = msgspec.json.decode(opened, type=dict[str, Any])
    return msgspec.convert({"at": iso_ms(from_epoch_ms(row[0])), **said}, KeptExchange)
