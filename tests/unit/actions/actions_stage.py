"""The characters and props of this suite: hooks, an occasion, a receiver, a runner with its surroundings."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web
from multidict import CIMultiDict
from sqlalchemy import select
from sqlalchemy.sql import func

from headwater.actions.chain import Chain, Hook, Trigger
from headwater.actions.occasion import Occasion
from headwater.actions.runner import ActionRunner
from headwater.core.event import Record
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.deliver.queued import QueuedAction
from headwater.log import outbox
from headwater.mapping.evaluation import Evaluator
from headwater.net.outbound import Request, Response
from headwater.store.database import Database
from headwater.store.tables import metadata

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ADA = {"id": "ada-id", "traits": {"email": "ada@example.org", "name": "Ada"}}
IDENTIFY = "function(ctx) {userId: ctx.identity.id, traits: {email: ctx.identity.traits.email}}"
GLOBAL = "/selfservice/flows/registration/after/hooks"
PASSWORD = "/selfservice/flows/registration/after/password/hooks"


def base64_body(jsonnet: str) -> str:
    return "base64://" + base64.b64encode(jsonnet.encode()).decode()


def web_hook(url: str = "https://receiver.test/hook", **config: Any) -> Hook:
    return Hook(path=f"{GLOBAL}/0", name="web_hook", config=web_hook_config(url, **config))


def web_hook_config(url: str = "https://receiver.test/hook", **config: Any) -> dict[str, Any]:
    return {"url": url, "method": "POST", "body": base64_body(IDENTIFY), **config}


def item(**config: Any) -> dict[str, Any]:
    return {"hook": "web_hook", "config": web_hook_config(**config)}


def document(*, shared: list[Any] | None = None, **methods: list[Any]) -> dict[str, Any]:
    """Return an identity-config whose registration has these lists."""
    after: dict[str, Any] = {method: {"hooks": hooks} for method, hooks in methods.items()}
    if shared is not None:
        after["hooks"] = shared
    return {"selfservice": {"flows": {"registration": {"after": after}}}}


def occasion(**context: Any) -> Occasion:
    ctx = {
        "flow": {"id": "flow-1", "type": "api"},
        "request_headers": {},
        "request_method": "POST",
        "request_url": "https://example.org/self-service/registration?flow=flow-1",
        "request_cookies": {},
        "identity": ADA,
        **context,
    }
    trigger = Trigger(flow="registration", method="password")
    return Occasion(project_id="project-1", identity_id="ada-id", trigger=trigger, context=ctx)


class InstantClock:
    """Time that passes only by sleeping, and at once."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Recorder:
    """A way out that leads nowhere and keeps what was sent."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(status=200)


@dataclass
class Received:
    method: str
    path: str
    headers: CIMultiDict[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """An HTTP server that answers as told: each call takes the next of `script`, the last one for ever."""

    url: str = ""
    script: list[web.Response] = field(default_factory=list)
    calls: list[Received] = field(default_factory=list)

    def will_answer(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.script = [web.Response(status=status, headers=headers) for status in statuses]

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.calls.append(Received(request.method, request.path, CIMultiDict(request.headers), body))
        number = min(len(self.calls), len(self.script)) - 1
        told = self.script[number] if self.script else web.Response()
        return web.Response(status=told.status, headers=told.headers.copy(), body=told.body)


@dataclass
class Stage:
    """A runner with everything around it, and a way to look at what it owes."""

    runner: ActionRunner
    database: Database
    sealer: Sealer
    clock: InstantClock
    evaluator: Evaluator

    async def play(self, *hooks: Hook, at: Occasion | None = None) -> None:
        """Prepare, store and run a chain of `hooks`, as identity does."""
        chain = Chain(web_hooks=hooks)
        at = at or occasion()
        prepared = await self.runner.prepare(chain, at)
        await self.database.write(lambda connection: self.runner.store(connection, prepared))
        self.runner.stored(prepared)
        await self.runner.run(chain.awaited, at, prepared)

    async def ask(self, *hooks: Hook, at: Occasion | None = None) -> dict[str, Any]:
        """Ask the receivers of `hooks` and return what they change, as identity does before it stores anybody."""
        numbered = [msgspec.structs.replace(hook, path=f"{GLOBAL}/{number}") for number, hook in enumerate(hooks)]
        return await self.runner.run(Chain(web_hooks=tuple(numbered)).awaited, at or occasion())

    def sending_through(self, sender: Any) -> "Stage":
        """Return the same stage with another way out."""
        parts = {"database": self.database, "sealer": self.sealer, "clock": self.clock}
        return Stage(ActionRunner(evaluator=self.evaluator, sender=sender, **parts), evaluator=self.evaluator, **parts)

    async def owed(self) -> list[Record]:
        waiting = await self.database.read(lambda connection: outbox.waiting(connection, limit=100))
        return [row.record for row in waiting]

    async def owed_actions(self) -> list[QueuedAction]:
        return [queued.unseal(record.body, self.sealer) for record in await self.owed()]

    async def held(self) -> int:
        counting = select(func.count()).select_from(metadata.tables["held"])
        return await self.database.read(lambda connection: connection.execute(counting).scalar_one())


def named(config: dict[str, Any], number: int) -> Hook:
    return msgspec.structs.replace(web_hook(**config), path=f"{GLOBAL}/{number}")
