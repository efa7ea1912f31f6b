"""The room on a stage of its own: a real database, the real app, a real receiver for Actions, people as characters."""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import rjsonnet
from aiohttp import web
from app_in_parts import AppInParts
from litestar.datastructures import State
from sqlalchemy import func, insert, select

from fresh_database import fresh_database
from headwater.actions.firing import Firing
from headwater.actions.runner import ActionRunner
from headwater.core.event import ACTIONS_SOURCE, IDENTITY_SOURCE, Record
from headwater.core.secrets import Sealer, new_key
from headwater.identity import room
from headwater.identity.config import tree as config
from headwater.identity.config.live import LiveConfig
from headwater.identity.ground import Ground
from headwater.identity.passwords.hasher import Hasher
from headwater.log import outbox
from headwater.mapping.evaluation import MappingCancelledError, MappingRuntimeError
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.store.tables import projects
from headwater.web import problems
from headwater.web.access import Principal

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PUBLIC_URL = "http://127.0.0.1:4433"
PROJECT = "11111111-1111-4111-8111-111111111111"
ADMIN = {"Authorization": "Bearer admin-key"}
VIEWER = {"Authorization": "Bearer viewer-key"}
AS_JSON = {"Accept": "application/json"}

PASSWORD = "correct horse battery"
ADA = {"email": "ada@example.org", "name": "Ada", "consent": {"newsletter": True}}
GRACE = {"email": "grace@example.org", "name": "Grace", "consent": {"newsletter": False}}

PERSON = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string",
                    "format": "email",
                    "title": "E-Mail",
                    "ory.sh/kratos": {
                        "credentials": {"password": {"identifier": True}},
                        "verification": {"via": "email"},
                        "recovery": {"via": "email"},
                    },
                },
                "name": {"type": "string", "minLength": 2, "maxLength": 40, "title": "Name"},
                "consent": {"type": "object", "properties": {"newsletter": {"type": "boolean"}}},
                "age": {"type": "integer", "minimum": 18},
                "code": {"type": "string", "pattern": "^[a-z]+$"},
                "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "maxItems": 20000},
                "note": {},
            },
            "required": ["email"],
            "additionalProperties": False,
        }
    },
}


def base64_url(document: Any) -> str:
    return "base64://" + base64.b64encode(json.dumps(document).encode()).decode()


def jsonnet(text: str) -> str:
    return "base64://" + base64.b64encode(text.encode()).decode()


def web_hook(url: str, **more: Any) -> dict[str, Any]:
    body = jsonnet("function(ctx) {userId: ctx.identity.id, ctx: ctx}")
    return {"hook": "web_hook", "config": {"url": url, "method": "POST", "body": body, **more}}


def document() -> dict[str, Any]:
    """Return a new project's config with the people of this suite and hashes that cost next to nothing."""
    whole = config.default_document()
    whole["identity"] = {"default_schema_id": "person", "schemas": [{"id": "person", "url": base64_url(PERSON)}]}
    whole["hashers"] = {"algorithm": "argon2", "argon2": {"memory": "1MB", "iterations": 1, "parallelism": 1}}
    return whole


class StageClock:
    """Time that passes when told, or by sleeping, at once."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class DirectEvaluator:
    """The Jsonnet engine without its sandbox: only snippets of this suite run here."""

    async def check(self, _snippet: Any) -> None:
        return None

    async def evaluate(self, snippet: Any, *, arguments: Any) -> str:
        codes = {name: json.dumps(value) for name, value in arguments.items()}
        try:
            return str(rjsonnet.evaluate_snippet(snippet.name, snippet.text, tla_codes=codes))
        except RuntimeError as error:
            is_cancelled = str(error).startswith("runtime error: cancel")
            raise (MappingCancelledError if is_cancelled else MappingRuntimeError)(str(error)) from error


@dataclass
class Receiver:
    """An HTTP server on loopback that answers with `status` and keeps what it got."""

    url: str = ""
    status: int = 200
    reply: bytes = b""
    bodies: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    before_answer: Any = None

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(json.loads(await request.read()))
        self.headers.append(dict(request.headers))
        if self.before_answer is not None:
            await self.before_answer()
        return web.Response(status=self.status, body=self.reply)

    def will_say(self, reply: Any, *, status: int = 200) -> None:
        self.status, self.reply = status, msgspec.json.encode(reply)


@dataclass
class Noted:
    """A delivery log that keeps firings as they are noted."""

    firings: list[Firing] = field(default_factory=list)

    def note(self, firing: Firing) -> None:
        self.firings.append(firing)


class Stage:
    """Everything built as the wiring builds it, save for the front."""

    def __init__(self, folder: Path, *, public_url: str = PUBLIC_URL, hasher: Hasher | None = None) -> None:
        self.folder = folder
        self.key = new_key()
        self.clock = StageClock()
        self.public_url = public_url
        self.database = fresh_database(folder / "core.db")
        self.hasher = hasher or Hasher(threads=2)
        self.document = document()
        self.revision = 0
        self.project_id = PROJECT
        self.policy = AddressPolicy(allow_private=True)
        self.evaluator: Any = DirectEvaluator()
        self.journal = Noted()
        # Hosts that are answered in process: there is but one Apple, and tests can't have it.
        self.hosts: dict[str, Any] = {}
        self._parts: list[Any] = []

    async def open(self) -> "Stage":
        row = {"id": PROJECT, "slug": "p", "name": "p", "environment": "prod", "revision_id": "r", "document": "{}"}
        await self.database.write(
            lambda connection: connection.execute(insert(projects).values(**row, created_at_ms=0, updated_at_ms=0))
        )
        self.sender = Outbound(self.policy, alias=self.hosts.get)
        sealer = Sealer(self.key)
        self.runner = ActionRunner(
            evaluator=self.evaluator,
            sender=self.sender,
            database=self.database,
            sealer=sealer,
            clock=self.clock,
            journal=self.journal,
        )
        self.room = room.build(
            Ground(
                database=self.database,
                live=self.live,
                runner=self.runner,
                evaluator=self.evaluator,
                sources=Sources(sender=self.sender, clock=self.clock, files=TemplateFiles(None)),
                sender=self.sender,
                policy=self.policy,
                sealer=sealer,
                key=self.key,
                clock=self.clock,
                hasher=self.hasher,
                public_url=self.public_url,
                mail_folder=self.folder / "mail",
            )
        )
        self.app = AppInParts(
            self.room.routers,
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

    def client(self, **options: Any) -> httpx.AsyncClient:
        """Return a fresh client: a browser of its own, with its own cookies."""
        transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 50000))
        return httpx.AsyncClient(transport=transport, base_url=self.public_url, **options)

    def revise(self, change: Any) -> None:
        change(self.document)
        self.document = json.loads(json.dumps(self.document))
        self.revision += 1

    def set_hooks(self, *hooks: dict[str, Any], method: str | None = None) -> None:
        def change(whole: dict[str, Any]) -> None:
            after = whole["selfservice"]["flows"]["registration"]["after"]
            (after[method] if method else after)["hooks"] = list(hooks)

        self.revise(change)

    async def mails(self, recipient: str | None = None) -> list[dict[str, Any]]:
        """Return captured messages as operators read them, newest first."""
        async with self.client() as operator:
            answer = await operator.get("/admin/courier/messages", headers=ADMIN)
        return [item for item in answer.json() if recipient in (None, item["recipient"])]

    async def code_to(self, recipient: str) -> str:
        """Return the code in the newest mail to somebody."""
        newest = (await self.mails(recipient))[0]
        return re.search(r"\b\d{6}\b", newest["body"]).group()

    async def count(self, table: Any) -> int:
        return await self.database.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())

    async def records(self) -> list[Record]:
        waiting = await self.database.read(lambda connection: outbox.waiting(connection, limit=1000))
        return [item.record for item in waiting]

    async def events(self) -> list[dict[str, Any]]:
        return [json.loads(record.body) for record in await self.records() if record.source == IDENTITY_SOURCE]

    async def queued(self) -> list[Record]:
        return [record for record in await self.records() if record.source == ACTIONS_SOURCE]


async def start_native(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/self-service/registration/api")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def start_in_browser(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/self-service/registration/browser", headers=AS_JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def submit(client: httpx.AsyncClient, flow: dict[str, Any], traits: Any, **more: Any) -> httpx.Response:
    body = {"method": "password", "password": PASSWORD, "traits": traits, **more}
    return await client.post(f"/self-service/registration?flow={flow['id']}", json=body)


async def register(client: httpx.AsyncClient, traits: Any = ADA, **more: Any) -> dict[str, Any]:
    answer = await submit(client, await start_native(client), traits, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def node(flow: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in flow["ui"]["nodes"] if item["attributes"]["name"] == name)


def message_ids(flow: dict[str, Any], name: str | None = None) -> list[int]:
    holder = flow["ui"] if name is None else node(flow, name)
    return [message["id"] for message in holder.get("messages", [])]


def csrf_token(flow: dict[str, Any]) -> str:
    return node(flow, "csrf_token")["attributes"]["value"]


def as_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
