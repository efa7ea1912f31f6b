"""People with a session each, put straight into the database of a server that doesn't run.

Their tokens are numbers in a token's shape, so that wrk's Lua can make them up, too.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, insert

from headwater.core import ids, secrets
from headwater.identity.people import bulk, reshape, schema
from headwater.identity.people.accounts import ACTIVE, Account
from headwater.identity.people.presets import EMAIL_PRESET
from headwater.identity.people.reshape import Reshaped
from headwater.identity.people.schema import IdentitySchema
from headwater.identity.sessions import sessions
from headwater.store import tables
from headwater.store.database import build_engine, sqlite_url
from headwater.store.folder import DataFolder

SCHEMA_ID = EMAIL_PRESET
STORED_AT_ONCE = 1_000
DIGITS = 43  # of a token after its prefix
PREFIX = sessions.TOKEN_PREFIX
DAY_SECONDS = 24 * 3600.0
MS = 1000
ADDRESS = "203.0.113.7"
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def token(number: int) -> str:
    """Return the session token of the person with this number, from 0."""
    return f"{PREFIX}{number:0{DIGITS}d}"


def email(number: int) -> str:
    """Return what the person with this number signs in with."""
    return f"person-{number}@example.org"


def lay(data: Path, count: int) -> None:
    """Store so many people, each signed in for a day from now, in the folder of a server that has ended."""
    path = DataFolder(data).core_database
    with closing(sqlite3.connect(path)) as connection:
        (project_id,) = connection.execute("SELECT id FROM projects").fetchone()
    form = schema.load(SCHEMA_ID, EMAIL_PRESET, path="")
    engine = build_engine(sqlite_url(path))
    try:
        for first in range(0, count, STORED_AT_ONCE):
            with engine.begin() as run:
                run.exec_driver_sql("BEGIN IMMEDIATE")
                _store(run, range(first, min(count, first + STORED_AT_ONCE)), form, project_id=project_id)
    finally:
        engine.dispose()


def _store(connection: Connection, numbers: range, form: IdentitySchema, *, project_id: str) -> None:
    now_ms = int(time.time() * MS)
    people = [_person(number, form, now_ms) for number in numbers]
    bulk.insert_people(connection, people, project_id=project_id)
    rows = list(_rows(numbers, people, now_ms, project_id))
    connection.execute(insert(tables.sessions), rows)


def _person(number: int, form: IdentitySchema, now_ms: int) -> Reshaped:
    blank = Account(
        id=ids.new_uuid(),
        schema_id=form.id,
        state=ACTIVE,
        traits={},
        state_changed_at_ms=now_ms,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )
    return reshape.reshaped(blank, (), traits={"email": email(number)}, schema=form, now_ms=now_ms)


def _rows(numbers: range, people: list[Reshaped], now_ms: int, project_id: str) -> Iterator[dict[str, object]]:
    for number, person in zip(numbers, people, strict=True):
        session, _ = sessions.start(
            person.account.id,
            methods=[sessions.Method(method="password", aal=sessions.AAL1, completed_at_ms=now_ms)],
            ip_address=ADDRESS,
            user_agent=USER_AGENT,
            now_ms=now_ms,
            lifespan_seconds=DAY_SECONDS,
        )
        fingerprint = secrets.fingerprint(token(number))
        yield {**sessions.row_of(session), "token_sha256": fingerprint, "project_id": project_id}
