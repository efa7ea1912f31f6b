"""Who is signed in to the console: a random token in a cookie, stored as SHA-256, good for as long as its key is.

Or, for somebody who came by their account, for as long as the session is in which they proved who they are.
"""

from datetime import timedelta

import msgspec
from sqlalchemy import Connection, delete, insert, select

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import fingerprint
from headwater.store import tables

PREFIX = "hw_console_"
LASTS = timedelta(hours=12)
MAX_OF_KEY = 100  # a program that signs in again and again puts out its own oldest ones


class OperatorSession(msgspec.Struct, frozen=True, kw_only=True):
    """`key_id` is the key that somebody signed in with; what it may do is looked up at each request.

    With an `identity_session_id` it is the id of the identity whose session that is.
    """

    id: str
    key_id: str
    created_at_ms: int
    expires_at_ms: int
    identity_session_id: str | None = None


def begin(connection: Connection, *, key_id: str, clock: Clock, identity_session_id: str | None = None) -> str:
    """Let somebody in; return the token that their cookie holds. No other time is it known."""
    token, now = ids.new_token(PREFIX), clock.now()
    _forget(connection, key_id, now_ms=epoch_ms(now))
    row = {
        "id": ids.new_uuid(),
        "token_sha256": fingerprint(token),
        "key_id": key_id,
        "created_at_ms": epoch_ms(now),
        "expires_at_ms": epoch_ms(now + LASTS),
        "identity_session_id": identity_session_id,
    }
    connection.execute(insert(tables.operator_sessions).values(row))
    return token


def by_token(connection: Connection, token: str, *, clock: Clock) -> OperatorSession | None:
    """Return the session of a token that is good still."""
    table = tables.operator_sessions
    found = (table.c.token_sha256 == fingerprint(token)) & (table.c.expires_at_ms > epoch_ms(clock.now()))
    row = connection.execute(select(table).where(found)).first()
    if row is None:
        return None
    return OperatorSession(
        id=row.id,
        key_id=row.key_id,
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
        identity_session_id=row.identity_session_id,
    )


def end(connection: Connection, token: str) -> None:
    """Make a token worthless at once."""
    table = tables.operator_sessions
    connection.execute(delete(table).where(table.c.token_sha256 == fingerprint(token)))


def _forget(connection: Connection, key_id: str, *, now_ms: int) -> None:
    table = tables.operator_sessions
    connection.execute(delete(table).where(table.c.expires_at_ms <= now_ms))
    newest = (
        select(table.c.id)
        .where(table.c.key_id == key_id)
        .order_by(table.c.created_at_ms.desc(), table.c.id)
        .limit(MAX_OF_KEY - 1)
    )
    connection.execute(delete(table).where((table.c.key_id == key_id) & table.c.id.not_in(newest)))
