"""Sessions: who is signed in, until when, from where. The token is known to its bearer only; here is its SHA-256."""

from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from headwater.core import ids, secrets
from headwater.core.secrets import Secret
from headwater.store.tables import sessions

TOKEN_PREFIX = "ory_st_"  # noqa: S105  a prefix, no secret
AAL1 = "aal1"
MS = 1000


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """How the person proved who they are."""

    method: str
    aal: str
    completed_at_ms: int


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Where a session was used."""

    id: str
    ip_address: str
    user_agent: str
    location: str = ""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One person signed in on one client."""

    id: str
    identity_id: str
    active: bool
    aal: str
    methods: tuple[Method, ...]
    devices: tuple[Device, ...]
    issued_at_ms: int
    authenticated_at_ms: int
    expires_at_ms: int


def start(
    identity_id: str, *, method: str, ip_address: str, user_agent: str, now_ms: int, lifespan_seconds: float
) -> tuple[Session, Secret]:
    """Return a new session and its token; nothing is stored yet. Always a fresh token: none a client brought."""
    session = Session(
        id=ids.new_uuid(),
        identity_id=identity_id,
        active=True,
        aal=AAL1,
        methods=(Method(method=method, aal=AAL1, completed_at_ms=now_ms),),
        devices=(Device(id=ids.new_uuid(), ip_address=ip_address, user_agent=user_agent),),
        issued_at_ms=now_ms,
        authenticated_at_ms=now_ms,
        expires_at_ms=now_ms + int(lifespan_seconds * MS),
    )
    return session, Secret(ids.new_token(TOKEN_PREFIX))


def insert_session(connection: Connection, session: Session, *, token: Secret, project_id: str) -> None:
    """Store a session under its token's fingerprint."""
    row = {
        **msgspec.structs.asdict(session),
        "methods": msgspec.json.encode(session.methods).decode(),
        "devices": msgspec.json.encode(session.devices).decode(),
        "token_sha256": secrets.fingerprint(token.reveal()),
        "project_id": project_id,
    }
    connection.execute(insert(sessions), row)


def find_or_none(connection: Connection, token: Secret, *, project_id: str, now_ms: int) -> Session | None:
    """Return the active, unexpired session of this token."""
    chosen = (
        sessions.c.token_sha256 == secrets.fingerprint(token.reveal()),
        sessions.c.project_id == project_id,
        sessions.c.active.is_(True),
        sessions.c.expires_at_ms > now_ms,
    )
    row = connection.execute(select(sessions).where(*chosen)).first()
    return None if row is None else _session(row)


def _session(row: Any) -> Session:
    return Session(
        id=row.id,
        identity_id=row.identity_id,
        active=row.active,
        aal=row.aal,
        methods=msgspec.json.decode(row.methods, type=tuple[Method, ...]),
        devices=msgspec.json.decode(row.devices, type=tuple[Device, ...]),
        issued_at_ms=row.issued_at_ms,
        authenticated_at_ms=row.authenticated_at_ms,
        expires_at_ms=row.expires_at_ms,
    )
