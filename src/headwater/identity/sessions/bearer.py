"""From a token to its session and whose it is, in one query: its text, and what its rows say."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from headwater.core import secrets
from headwater.core.secrets import Secret
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import Session
from headwater.store.tables import addresses, identities
from headwater.store.tables import sessions as table

SESSION_END = len(sessions.COLUMNS)
ACCOUNT_END = SESSION_END + len(accounts.ACCOUNT_COLUMNS)


def find_or_none(
    connection: Connection, token: Secret, *, project_id: str, now_ms: int
) -> tuple[Session, Account] | None:
    """Return the active, unexpired session of this token with its person, whatever the person's state."""
    return found_in(connection.execute(BY_TOKEN, wanted(token, project_id=project_id, now_ms=now_ms)).all())


def wanted(token: Secret, *, project_id: str, now_ms: int) -> dict[str, Any]:
    """Return the parameters of BY_TOKEN."""
    return {"token_sha256": secrets.fingerprint(token.reveal()), "project_id": project_id, "now_ms": now_ms}


def found_in(rows: Sequence[Sequence[Any]]) -> tuple[Session, Account] | None:
    """Return the session and its person as the rows of BY_TOKEN have them: one row for each address."""
    if not rows:
        return None
    first = rows[0]
    owned = [accounts.address_of(row[ACCOUNT_END:]) for row in rows if row[ACCOUNT_END] is not None]
    account = accounts.account_of(first[SESSION_END:ACCOUNT_END], owned)
    return sessions.session_of(first[:SESSION_END]), account


def _by_token() -> Select[Any]:
    return (
        select(*sessions.COLUMNS, *accounts.ACCOUNT_COLUMNS, *accounts.ADDRESS_COLUMNS)
        .select_from(table)
        .join(identities, identities.c.id == table.c.identity_id)
        .outerjoin(addresses, addresses.c.identity_id == identities.c.id)
        .where(*sessions.IS_THIS_TOKEN)
        .order_by(addresses.c.id)
    )


# Built once: putting a query together takes longer than running it.
BY_TOKEN = _by_token()
