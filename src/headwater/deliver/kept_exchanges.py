"""What was said, of one event to each destination: the newest exchange that the ledger keeps, opened. Constant SQL.

Kept are those of attempts that failed, and what a shadow would have sent; until they expire.
"""

import sqlite3
from typing import Any

import msgspec

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.secrets import Sealer
from headwater.deliver import sealing
from headwater.deliver.replays import names

_KEPT = """
    SELECT destination, at_ms, detail FROM attempts WHERE id IN (
        SELECT max(id) FROM attempts WHERE "offset" = ? AND detail IS NOT NULL GROUP BY destination
    ) ORDER BY at_ms, number
"""


class KeptExchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`response` is None where none came, or nothing was sent; `before`: a shadow's requests that go before it."""

    at: str
    request: dict[str, Any]
    response: dict[str, Any] | None
    before: list[dict[str, Any]] = []


def newest(connection: sqlite3.Connection, offset: int, *, sealer: Sealer) -> dict[str, KeptExchange]:
    """Return each destination's newest about the event at `offset`, a replay's too; without those that have none."""
    last = {names.owner_of(name): (at_ms, detail) for name, at_ms, detail in connection.execute(_KEPT, (offset,))}
    each = {owner: _opened(at_ms, detail, sealer) for owner, (at_ms, detail) in last.items()}
    return {owner: exchange for owner, exchange in each.items() if exchange is not None}


def _opened(at_ms: int, detail: bytes, sealer: Sealer) -> KeptExchange | None:
    opened = sealing.unseal_detail(detail, sealer=sealer)
    if opened is None:
        return None
    said = msgspec.json.decode(opened, type=dict[str, Any])
    return msgspec.convert({"at": iso_ms(from_epoch_ms(at_ms)), **said}, KeptExchange)
