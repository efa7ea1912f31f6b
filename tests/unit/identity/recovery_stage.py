"""The stage with recovery and verification, and what people do there. Ada is registered; Mallory is always near."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import httpx
from app_in_parts import AppInParts
from identity_stage import ADA, AS_JSON, PROJECT, DirectEvaluator, Stage, StageClock, csrf_token, register
from litestar.datastructures import State
from sqlalchemy import insert, select, update

from headwater.actions.runner import ActionRunner
from headwater.core.secrets import Sealer
from headwater.identity.ground import Ground
from headwater.identity.room import Builder
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.store.tables import (
    addresses,
    challenges,
    courier_messages,
    flows,
    identities,
    outbox,
    projects,
)
from headwater.web import problems

AS_PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
EMAIL = ADA["email"]
NOBODY = "nobody@example.org"
CODE = re.compile(r"\b\d{6}\b")
LINK = re.compile(r"https?://\S+/self-service/\S+")


class TickingClock(StageClock):
    """No two things happen in the same millisecond: the newest mail is one."""

    def now(self) -> datetime:
        self.advance(0.001)
        return self.moment


class RecoveryStage(Stage):
    """`prepared` is the database of an earlier stage: making Ada takes longer than most tests."""

    prepared: ClassVar[bytes | None] = None

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if self.prepared is not None:
            (folder / "core.db").write_bytes(self.prepared)  # nobody has opened it yet
        self.clock = TickingClock()
        for kind in ("recovery", "verification"):
            self.document["selfservice"]["flows"][kind]["enabled"] = True
        self.document["feature_flags"] = {}  # as a plain kratos.yml has it

    async def open(self) -> "RecoveryStage":
        if self.prepared is None:
            await self._make_project()
        policy, evaluator, sealer = AddressPolicy(allow_private=True), DirectEvaluator(), Sealer(self.key)
        self.sender = Outbound(policy)
        self.runner = ActionRunner(
            evaluator=evaluator, sender=self.sender, database=self.database, sealer=sealer, clock=self.clock
        )
        ground = Ground(
            database=self.database,
            live=self.live,
            runner=self.runner,
            evaluator=evaluator,
            sources=Sources(sender=self.sender, clock=self.clock, files=TemplateFiles(None)),
            sender=self.sender,
            policy=policy,
            sealer=sealer,
            key=self.key,
            clock=self.clock,
            hasher=self.hasher,
            public_url=self.public_url,
            mail_folder=self.folder / "mail",
        )
        self.parts = Builder(ground)
        self.room = self.parts.build()
        self.app = AppInParts(
            self.room.routers,
            exception_handlers=problems.HANDLERS,
            state=State({"authenticate": self.authenticate, "expose_admin": False}),
            openapi_config=None,
            logging_config=None,
        )
        return self

    async def _make_project(self) -> None:
        row = {"slug": "p", "name": "p", "environment": "prod", "revision_id": "r", "document": "{}"}
        made = insert(projects).values(id=PROJECT, **row, created_at_ms=0, updated_at_ms=0)
        await self.database.write(lambda connection: connection.execute(made))

    def use(self, method: str, **link: Any) -> None:
        """Let recovery and verification go by code or by link."""

        def change(whole: dict[str, Any]) -> None:
            for kind in ("recovery", "verification"):
                whole["selfservice"]["flows"][kind]["use"] = method
            whole["selfservice"]["methods"]["link"] = {"enabled": method == "link", "config": link}

        self.revise(change)

    def set_flow(self, kind: str, **settings: Any) -> None:
        self.revise(lambda whole: whole["selfservice"]["flows"][kind].update(settings))

    def set_flags(self, **flags: bool) -> None:
        self.revise(lambda whole: whole.update(feature_flags=flags))

    def hook_after(self, kind: str, *hooks: dict[str, Any]) -> None:
        self.revise(lambda whole: whole["selfservice"]["flows"][kind]["after"].update(hooks=list(hooks)))

    async def link_to(self, recipient: str) -> str:
        """Return the link in the newest mail to somebody, without the host."""
        return path_of(LINK.search((await self.mails(recipient))[0]["body"]).group())

    async def address(self, value: str = EMAIL, purpose: str = "verifiable") -> Any:
        chosen = select(addresses).where(addresses.c.value == value, addresses.c.purpose == purpose)
        return await self.database.read(lambda connection: connection.execute(chosen).one())

    async def person_id(self, value: str = EMAIL) -> str:
        return (await self.address(value)).identity_id

    async def lock_out(self, value: str = EMAIL) -> None:
        person = await self.person_id(value)
        change = update(identities).where(identities.c.id == person).values(state="inactive")
        await self.database.write(lambda connection: connection.execute(change))

    async def event_names(self) -> list[str]:
        return [event["event"] for event in await self.events()]


def path_of(url: str) -> str:
    return "/self-service/" + url.partition("/self-service/")[2]


async def begin(client: httpx.AsyncClient, kind: str, *, how: str = "api", **query: str) -> dict[str, Any]:
    answer = await client.get(f"/self-service/{kind}/{how}", params=query, headers=AS_JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def send(client: httpx.AsyncClient, flow: dict[str, Any], **body: Any) -> httpx.Response:
    """Submit a flow as an app does; a browser's with its token."""
    if flow["type"] == "browser":
        body = {"csrf_token": csrf_token(flow), **body}
    kind = flow["ui"]["action"].partition("/self-service/")[2].partition("?")[0]
    return await client.post(f"/self-service/{kind}?flow={flow['id']}", json=body, headers=AS_JSON)


async def sent(
    client: httpx.AsyncClient, kind: str, *, email: str = EMAIL, how: str = "api", method: str = "code", **query: str
) -> dict[str, Any]:
    """Begin a flow and ask for a code or link."""
    flow = await begin(client, kind, how=how, **query)
    answer = await send(client, flow, method=method, email=email)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def again(client: httpx.AsyncClient, flow: dict[str, Any], kind: str) -> dict[str, Any]:
    answer = await client.get(f"/self-service/{kind}/flows?id={flow['id']}", headers=AS_JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "000001"


def shape(flow: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Return name, type and value of each node but the anti-CSRF token's."""
    return [
        (inside.get("name", inside.get("id")), inside.get("type", item["type"]), inside.get("value"))
        for item in flow["ui"]["nodes"]
        for inside in [item["attributes"]]
        if inside.get("name") != "csrf_token"
    ]


def alike(answer: httpx.Response, email: str) -> str:
    """Return an answer without what differs between any two: ids, times, tokens and what was typed."""
    text = answer.text.replace(email, "EMAIL")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    return re.sub(r'"value":"[0-9a-f]{16}\.[0-9a-f]{64}"', "TOKEN", text)


@asynccontextmanager
async def on_stage(folder: Path) -> AsyncIterator[RecoveryStage]:
    if RecoveryStage.prepared is None:
        await prepare(folder)
    stage = await RecoveryStage(folder).open()
    yield stage
    await stage.close()


async def prepare(folder: Path) -> None:
    """Register Ada on a stage of her own, and keep its database for all that follow."""
    (folder / "first").mkdir()
    stage = await RecoveryStage(folder / "first").open()
    async with stage.client() as app:
        await register(app, ADA)
    await stage.database.write(forget_traces)
    await stage.close()
    RecoveryStage.prepared = (folder / "first" / "core.db").read_bytes()


def forget_traces(connection: Any) -> None:
    """Leave nothing of the sign-up but Ada: no mail, no event, no flow."""
    for table in (courier_messages, challenges, flows, outbox):
        connection.execute(table.delete())
    connection.execute(addresses.update().values(status="pending"))
