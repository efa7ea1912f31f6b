"""Ending a session by its token: what native apps do at sign-out. SQL only, in the caller's transaction."""

from sqlalchemy import Connection, select

from headwater.core import secrets
from headwater.core.secrets import Secret
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import COLUMNS, Session
from headwater.store.tables import sessions as table


def end_by_token(connection: Connection, token: Secret, *, project_id: str) -> Session | None:
    """End the token's session and return it as it was, ended or not; None if it never was anybody's."""
    chosen = table.c.token_sha256 == secrets.fingerprint(token.reveal()), table.c.project_id == project_id
    row = connection.execute(select(*COLUMNS).where(*chosen)).first()
    if row is None:
        return None
    found = sessions.session_of(row)
    sessions.revoke(connection, found.id, project_id=project_id)
    return found
