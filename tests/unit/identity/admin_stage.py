"""Ory's admin API on a stage of its own: a real database and the real routes, and nothing of the flows."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from identity_stage import AS_JSON, PROJECT, PUBLIC_URL, DirectEvaluator, StageClock, document
from litestar import Litestar
from litestar.datastructures import State
from sqlalchemy import func, insert, select

from headwater.actions.runner import ActionRunner
from headwater.core.clock import epoch_ms
from headwater.core.event import Record
from headwater.core.secrets import Sealer, Secret, new_key
from headwater.identity.admin import office, routes
from headwater.identity.config.live import Current, LiveConfig
from headwater.identity.passwords.hasher import Hasher
from headwater.identity.people import credentials
from headwater.identity.sessions import bearer, sessions
from headwater.identity.sessions.sessions import Method, Session
from headwater.log import outbox
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.store.database import Database, build_engine, sqlite_url
from headwater.store.tables import metadata, projects
from headwater.web import problems
from headwater.web.access import Principal

PEOPLE = "/admin/identities"
ADMIN = {"Authorization": "Bearer admin-key"}
VIEWER = {"Authorization": "Bearer viewer-key"}

# Made by bcrypt from "correct horse battery", at its least cost.
READY_HASH = "$2b$04$y1UUqppG8UJG6VbDEJxj2uzD/ryXxftsgaoIwaIQJSGUE3d17YTa2"


@cache
def prepared_file() -> bytes:
    """Return a database with every table and one project, made once: it takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "core.db"
        engine = build_engine(sqlite_url(path))
        metadata.create_all(engine)
        row = {"slug": "p", "name": "p", "environment": "prod", "revision_id": "r", "document": "{}"}
        with engine.begin() as connection:
            connection.execute(insert(projects).values(id=PROJECT, **row, created_at_ms=0, updated_at_ms=0))
        engine.dispose()
        return path.read_bytes()


class AdminStage:
    """The admin routes with what they need."""

    def __init__(self, folder: Path) -> None:
        self.clock = StageClock()
        (folder / "core.db").write_bytes(prepared_file())
        self.database = Database(sqlite_url(folder / "core.db"))
        self.hasher = Hasher(threads=2)
        self.document = document()
        self.revision = 0
        self.project_id = PROJECT

    async def open(self) -> "AdminStage":
        current = Current(self.live, public_url=PUBLIC_URL)
        self.sender = Outbound(AddressPolicy(allow_private=True))
        sealer = Sealer(new_key())
        runner = ActionRunner(
            evaluator=DirectEvaluator(), sender=self.sender, database=self.database, sealer=sealer, clock=self.clock
        )
        at_hand = office.open_office(
            database=self.database,
            hasher=self.hasher,
            runner=runner,
            clock=self.clock,
            current=current,
            sealer=sealer,
            public_url=PUBLIC_URL,
        )
        self.config = current.config
        self.app = Litestar(
            route_handlers=[routes.router(at_hand)],
            exception_handlers=problems.HANDLERS,
            state=State({"authenticate": self.authenticate, "expose_admin": False}),
            openapi_config=None,
            logging_config=None,
        )
        return self

    async def close(self) -> None:
        await self.sender.close()
        self.hasher.close()
        self.database.close()

    async def live(self) -> LiveConfig:
        return LiveConfig(project_id=self.project_id, revision_id=str(self.revision), identity=self.document)

    async def authenticate(self, token: str) -> Principal | None:
        roles = {"admin-key": "admin", "viewer-key": "viewer"}
        return Principal(key_id=token, role=roles[token]) if token in roles else None

    def client(self, headers: dict[str, str] = ADMIN) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 50000))
        return httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers={**AS_JSON, **headers})

    def revise(self, change: Any) -> None:
        change(self.document)
        self.document = json.loads(json.dumps(self.document))
        self.revision += 1

    async def count(self, table: Any) -> int:
        return await self.database.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())

    async def records(self) -> list[Record]:
        waiting = await self.database.read(lambda connection: outbox.waiting(connection, limit=5000))
        return [item.record for item in waiting]

    async def events(self) -> list[dict[str, Any]]:
        return [json.loads(record.body) for record in await self.records()]

    async def password_fits(self, identifier: str, password: str) -> bool:
        """Tell whether somebody could sign in like this."""

        def query(connection: Any) -> Any:
            return credentials.find_by_identifier(connection, identifier, type="password", project_id=PROJECT)

        found = await self.database.read(query)
        hashed = None if found is None else credentials.hashed_password_or_none(found)
        return hashed is not None and await self.hasher.verify(Secret(password), hashed=hashed)

    async def sign_in(self, identity_id: str, *, lifespan_seconds: float = 3600) -> tuple[Session, Secret]:
        now_ms = epoch_ms(self.clock.now())
        session, token = sessions.start(
            identity_id,
            methods=[Method(method="password", aal="aal1", completed_at_ms=now_ms)],
            ip_address="127.0.0.1",
            user_agent="Ada's phone",
            now_ms=now_ms,
            lifespan_seconds=lifespan_seconds,
        )
        await self.database.write(
            lambda connection: sessions.insert_session(connection, session, token=token, project_id=PROJECT)
        )
        return session, token

    async def is_signed_in(self, token: Secret) -> bool:
        now_ms = epoch_ms(self.clock.now())
        found = await self.database.read(
            lambda connection: bearer.find_or_none(connection, token, project_id=PROJECT, now_ms=now_ms)
        )
        return found is not None


def person(email: str = "ada@example.org", **more: Any) -> dict[str, Any]:
    """Return the body that makes somebody."""
    return {"schema_id": "person", "traits": {"email": email}, **more}


def with_hash(email: str) -> dict[str, Any]:
    return person(email, credentials={"password": {"config": {"hashed_password": READY_HASH}}})


async def made(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(PEOPLE, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()
