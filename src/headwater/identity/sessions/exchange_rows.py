"""Session token exchanges as stored: which app waits for which flow. SQL only, in the caller's transaction."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from headwater.core import secrets
from headwater.core.secrets import Secret
from headwater.store.tables import token_exchanges as table


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One app that waits.

    Without `return_to_code_sha256` the browser isn't back yet; without `sealed_token` it came back in vain.
    """

    id: str
    flow_id: str
    return_to_code_sha256: str | None
    sealed_token: bytes | None
    expires_at_ms: int


# In the order of the struct's fields, so that a row reads like one.
COLUMNS = tuple(table.c[name] for name in Exchange.__struct_fields__)

# Built once: putting a statement together takes longer than running it.
IS_CURRENT = table.c.project_id == bindparam("project_id"), table.c.expires_at_ms > bindparam("now_ms")
INSERT = insert(table)
FORGET = delete(table).where(table.c.expires_at_ms <= bindparam("now_ms"))
BY_FLOW = select(*COLUMNS).where(table.c.flow_id == bindparam("flow_id"), *IS_CURRENT)
BY_INIT_CODE = select(*COLUMNS).where(table.c.init_code_sha256 == bindparam("init_code_sha256"), *IS_CURRENT)
TAKE = delete(table).where(
    table.c.id == bindparam("exchange_id"), table.c.return_to_code_sha256 == bindparam("return_to_code_sha256")
)


def insert_exchange(
    connection: Connection, exchange: Exchange, *, init_code: Secret, project_id: str, now_ms: int
) -> None:
    """Store a new one, and forget the expired: anyone may begin one, so they must not pile up."""
    connection.execute(FORGET, {"now_ms": now_ms})
    row = {
        **msgspec.structs.asdict(exchange),
        "init_code_sha256": secrets.fingerprint(init_code.reveal()),
        "project_id": project_id,
    }
    connection.execute(INSERT, row)


def move(connection: Connection, *, from_flow_id: str, to_flow_id: str, expires_at_ms: int | None) -> None:
    """Store that the app waits for another flow now, and until when, if that changes."""
    values = {"flow_id": to_flow_id, **({} if expires_at_ms is None else {"expires_at_ms": expires_at_ms})}
    connection.execute(update(table).where(table.c.flow_id == from_flow_id).values(values))


def of_flow_or_none(connection: Connection, flow_id: str, *, project_id: str, now_ms: int) -> Exchange | None:
    """Return the exchange that waits for a flow."""
    wanted = {"flow_id": flow_id, "project_id": project_id, "now_ms": now_ms}
    return _exchange(connection.execute(BY_FLOW, wanted).first())


def find_or_none(connection: Connection, init_code: Secret, *, project_id: str, now_ms: int) -> Exchange | None:
    """Return the exchange that began with this code."""
    fingerprint = secrets.fingerprint(init_code.reveal())
    wanted = {"init_code_sha256": fingerprint, "project_id": project_id, "now_ms": now_ms}
    return _exchange(connection.execute(BY_INIT_CODE, wanted).first())


def save(connection: Connection, exchange: Exchange, *, session_id: str | None) -> None:
    """Store how the browser came back; `session_id` names the session whose end ends the exchange, too."""
    values = {**msgspec.structs.asdict(exchange), "session_id": session_id}
    connection.execute(update(table).where(table.c.id == exchange.id).values(values))


def take(connection: Connection, exchange: Exchange) -> bool:
    """Use it up. False if somebody was faster, or the browser came back anew: the statement decides, not a look."""
    wanted = {"exchange_id": exchange.id, "return_to_code_sha256": exchange.return_to_code_sha256}
    return connection.execute(TAKE, wanted).rowcount > 0


def _exchange(row: Row[Any] | None) -> Exchange | None:
    return None if row is None else Exchange(**dict(zip(Exchange.__struct_fields__, row, strict=True)))
