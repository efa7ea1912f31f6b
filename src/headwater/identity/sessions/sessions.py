"""Sessions: who is signed in, until when, from where. The token is known to its bearer only; here is its SHA-256."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, not_, select, tuple_, update

from headwater.core import ids, secrets
from headwater.core.secrets import Secret
from headwater.identity.people.accounts import ACTIVE
from headwater.store.statement import Statement
from headwater.store.tables import identities, sessions

TOKEN_PREFIX = "ory_st_"  # noqa: S105  a prefix, no secret
AAL1 = "aal1"
AAL2 = "aal2"
MS = 1000

# Sessions that ended are kept for a while, so that operators and people see where they were signed in.
KEPT_SECONDS = 30 * 24 * 3600
PRUNED_AT_ONCE = 100
PRUNES = "0"  # one new session in sixteen does, as its id's first digit says

# Every proof adds one, and whoami carries them all. Beyond this many only the newest of each kind stay.
MOST_METHODS = 16


class Method(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the person proved who they are.

    `provider` is where they did, for social sign-in; `upstream_acr` and `upstream_amr` are what it says about how.
    """

    method: str
    aal: str
    completed_at_ms: int
    provider: str | None = None
    upstream_acr: str | None = None
    upstream_amr: tuple[str, ...] = ()


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


# In the order of the struct's fields, so that a row reads like one.
COLUMNS = tuple(sessions.c[name] for name in Session.__struct_fields__)
# No bare column, to put one person's in order by: SQLite would walk everybody's in the order of an index instead.
ISSUED = sessions.c.issued_at_ms + 0


IS_THIS_TOKEN = (
    sessions.c.token_sha256 == bindparam("token_sha256"),
    sessions.c.project_id == bindparam("project_id"),
    sessions.c.active.is_(True),
    sessions.c.expires_at_ms > bindparam("now_ms"),
)
# Built once: putting a statement together takes longer than running it.
BY_TOKEN = select(*COLUMNS).where(*IS_THIS_TOKEN)
INSERT = Statement(insert(sessions))
# One statement, where two would look for the person first: whoever signs in waits for each of them.
INSERT_IF_ACTIVE = Statement(
    insert(sessions).from_select(
        list(sessions.c.keys()),
        select(*(bindparam(column.name, type_=column.type) for column in sessions.c)).where(
            identities.c.id == bindparam("identity_id"),
            identities.c.project_id == bindparam("project_id"),
            identities.c.state == ACTIVE,
        ),
    )
)
LONG_ENDED = Statement(
    select(sessions.c.id).where(sessions.c.expires_at_ms < bindparam("before_ms")).limit(PRUNED_AT_ONCE)
)


def start(
    identity_id: str,
    *,
    methods: Sequence[Method],
    ip_address: str,
    user_agent: str,
    now_ms: int,
    lifespan_seconds: float,
) -> tuple[Session, Secret]:
    """Return a new session and its token; nothing is stored yet. Always a fresh token: none a client brought."""
    session = Session(
        id=ids.new_uuid(),
        identity_id=identity_id,
        active=True,
        aal=assured(methods),
        methods=tuple(methods),
        devices=(Device(id=ids.new_uuid(), ip_address=ip_address, user_agent=user_agent),),
        issued_at_ms=now_ms,
        authenticated_at_ms=now_ms,
        expires_at_ms=now_ms + int(lifespan_seconds * MS),
    )
    return session, Secret(ids.new_token(TOKEN_PREFIX))


def assured(methods: Sequence[Method]) -> str:
    """Return the level that these methods amount to: a second factor counts only on top of a first.

    A provider that asked for both itself, and says so, has done both.
    """
    levels = {method.aal for method in methods}
    is_first_done = AAL1 in levels or any(method.aal == AAL2 and method.provider for method in methods)
    return AAL2 if is_first_done and AAL2 in levels else AAL1


def insert_session(connection: Connection, session: Session, *, token: Secret, project_id: str) -> None:
    """Store a session under its token's fingerprint, and forget a few that ended long ago: they must not pile up."""
    INSERT.run(connection, _new_row(session, token=token, project_id=project_id))
    _prune_now_and_then(connection, session)


def insert_if_active(connection: Connection, session: Session, *, token: Secret, project_id: str) -> bool:
    """Do what `insert_session` does, if whose session it is may come in. False if not: then nothing is stored."""
    row = _new_row(session, token=token, project_id=project_id)
    if INSERT_IF_ACTIVE.run(connection, row) != 1:
        return False
    _prune_now_and_then(connection, session)
    return True


def save(connection: Connection, session: Session) -> bool:
    """Store what changed of a session: methods, devices, AAL, times. Its token stays. False if it is gone."""
    return connection.execute(update(sessions).where(sessions.c.id == session.id).values(row_of(session))).rowcount > 0


def add_method(connection: Connection, session: Session, done: Method) -> None:
    """Remember in a session that its person has proven once more who they are; how long it counts stays as it is."""
    methods = bounded((*session.methods, done))
    values = {"methods": row_of(msgspec.structs.replace(session, methods=methods))["methods"], "aal": assured(methods)}
    connection.execute(update(sessions).where(sessions.c.id == session.id).values(values))


def bounded(methods: tuple[Method, ...]) -> tuple[Method, ...]:
    """Return the methods, or where there are too many the newest of each kind: whoami carries them all."""
    if len(methods) <= MOST_METHODS:
        return methods
    return tuple({(item.method, item.aal, item.provider): item for item in methods}.values())


def extend(connection: Connection, session: Session, *, expires_at_ms: int) -> Session:
    """Let a session end later, and return it as it is then."""
    connection.execute(update(sessions).where(sessions.c.id == session.id).values(expires_at_ms=expires_at_ms))
    return msgspec.structs.replace(session, expires_at_ms=expires_at_ms)


def find_or_none(connection: Connection, token: Secret, *, project_id: str, now_ms: int) -> Session | None:
    """Return the active, unexpired session of this token."""
    wanted = {"token_sha256": secrets.fingerprint(token.reveal()), "project_id": project_id, "now_ms": now_ms}
    row = connection.execute(BY_TOKEN, wanted).first()
    return None if row is None else session_of(row)


def find_by_id(connection: Connection, session_id: str, *, project_id: str) -> Session | None:
    """Return a session, whether it still counts or not."""
    chosen = sessions.c.id == session_id, sessions.c.project_id == project_id
    row = connection.execute(select(*COLUMNS).where(*chosen)).first()
    return None if row is None else session_of(row)


def of_identity(
    connection: Connection,
    identity_id: str,
    *,
    project_id: str,
    active: bool | None,
    now_ms: int,
    offset: int,
    limit: int,
) -> list[Session]:
    """Return part of a person's sessions, newest first; `active` None: ended ones too."""
    chosen = _of_identity(identity_id, project_id=project_id, active=active, now_ms=now_ms)
    newest = ISSUED.desc(), sessions.c.id.desc()
    rows = connection.execute(select(*COLUMNS).where(*chosen).order_by(*newest).offset(offset).limit(limit))
    return [session_of(row) for row in rows]


def is_of_project(project_id: str) -> ColumnElement[bool]:
    """Return what says it of one person's sessions. No bare column: to SQLite a project's index seems as good."""
    return sessions.c.project_id.concat("") == project_id


def page(
    connection: Connection,
    *,
    project_id: str,
    active: bool | None,
    now_ms: int,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Session]:
    """Return at most `limit` sessions, newest first, that come after the one issued and called as `after` says."""
    place = tuple_(sessions.c.issued_at_ms, sessions.c.id)
    chosen = [sessions.c.project_id == project_id, *_counting(active, now_ms=now_ms)]
    if after is not None:
        chosen.append(place < after)
    newest = sessions.c.issued_at_ms.desc(), sessions.c.id.desc()
    rows = connection.execute(select(*COLUMNS).where(*chosen).order_by(*newest).limit(limit))
    return [session_of(row) for row in rows]


def count_of_identity(
    connection: Connection, identity_id: str, *, project_id: str, active: bool | None, now_ms: int
) -> int:
    """Return how many sessions a person has."""
    chosen = _of_identity(identity_id, project_id=project_id, active=active, now_ms=now_ms)
    return int(connection.execute(select(func.count()).select_from(sessions).where(*chosen)).scalar_one())


def revoke(connection: Connection, session_id: str, *, project_id: str, identity_id: str | None = None) -> bool:
    """End a session now; it stays to be seen. False if there is none, or not one of `identity_id`, if given."""
    chosen: list[ColumnElement[bool]] = [sessions.c.id == session_id, sessions.c.project_id == project_id]
    if identity_id is not None:
        chosen.append(sessions.c.identity_id == identity_id)
    return connection.execute(update(sessions).where(*chosen).values(active=False)).rowcount > 0


def revoke_others(connection: Connection, identity_id: str, keep_id: str) -> int:
    """End every session of a person but one, and return how many that were."""
    return _revoke(connection, sessions.c.identity_id == identity_id, sessions.c.id != keep_id)


def revoke_all_of(connection: Connection, identity_id: str) -> int:
    """End every session of a person, and return how many that were."""
    return _revoke(connection, sessions.c.identity_id == identity_id)


def remove(connection: Connection, session_id: str) -> None:
    """Delete a session that nobody was told of."""
    connection.execute(delete(sessions).where(sessions.c.id == session_id))


def delete_all_of(connection: Connection, identity_id: str) -> int:
    """Forget every session of a person, and return how many that were."""
    return connection.execute(delete(sessions).where(sessions.c.identity_id == identity_id)).rowcount


def prune(connection: Connection, *, now_ms: int) -> int:
    """Forget some sessions that ended long ago, and return how many; never so many that anyone would wait for it."""
    ids_ = [row[0] for row in LONG_ENDED.rows(connection, {"before_ms": now_ms - KEPT_SECONDS * MS})]
    if ids_:
        connection.execute(delete(sessions).where(sessions.c.id.in_(ids_)))
    return len(ids_)


def is_active(session: Session, *, now_ms: int) -> bool:
    """Tell whether the session still counts."""
    return session.active and session.expires_at_ms > now_ms


def _new_row(session: Session, *, token: Secret, project_id: str) -> dict[str, Any]:
    return {
        **row_of(session),
        "token_sha256": secrets.fingerprint(token.reveal()),
        "project_id": project_id,
    }


def _prune_now_and_then(connection: Connection, session: Session) -> None:
    if session.id.startswith(PRUNES):
        prune(connection, now_ms=session.issued_at_ms)


def _revoke(connection: Connection, *chosen: ColumnElement[bool]) -> int:
    ending = update(sessions).where(*chosen, sessions.c.active.is_(True)).values(active=False)
    return connection.execute(ending).rowcount


def _of_identity(
    identity_id: str, *, project_id: str, active: bool | None, now_ms: int
) -> Sequence[ColumnElement[bool]]:
    mine = sessions.c.identity_id == identity_id, is_of_project(project_id)
    return (*mine, *_counting(active, now_ms=now_ms))


def _counting(active: bool | None, *, now_ms: int) -> Sequence[ColumnElement[bool]]:  # noqa: FBT001  three-valued
    if active is None:
        return ()
    counting = and_(sessions.c.active.is_(True), sessions.c.expires_at_ms > now_ms)
    return (counting if active else not_(counting),)


def row_of(session: Session) -> dict[str, Any]:
    """Return the session as a row, without project and token."""
    return {
        **msgspec.structs.asdict(session),
        "methods": msgspec.json.encode(session.methods).decode(),
        "devices": msgspec.json.encode(session.devices).decode(),
    }


def session_of(values: Sequence[Any]) -> Session:
    """Return the session whose row holds `values` in the order of COLUMNS."""
    named = dict(zip(Session.__struct_fields__, values, strict=True))
    named["methods"] = msgspec.json.decode(named["methods"], type=tuple[Method, ...])
    named["devices"] = msgspec.json.decode(named["devices"], type=tuple[Device, ...])
    return Session(**named)
