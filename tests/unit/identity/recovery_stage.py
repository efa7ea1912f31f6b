"""The stage with recovery and verification, and what people do there. Ada is registered; Mallory is always near."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from identity_stage import ADA, AS_JSON, DirectEvaluator, Stage, StageClock, csrf_token, register
from litestar import Litestar
from litestar.datastructures import State
from sqlalchemy import select, update

from headwater.core.secrets import Sealer
from headwater.identity.admin import recovery_routes
from headwater.identity.admin.recovery_routes import RecoveryDesk
from headwater.identity.codes.afresh import Afresh
from headwater.identity.codes.redeemer import Redeemer
from headwater.identity.codes.sender import Sender
from headwater.identity.flows import routes as flow_routes
from headwater.identity.recovery import change_password
from headwater.identity.recovery.comeback import Comeback
from headwater.identity.recovery.issued import Issuing
from headwater.identity.recovery.recovery import Recovery
from headwater.identity.ground import Ground
from headwater.identity.room import Builder
from headwater.identity.verification.follow_up import VerificationFollowUp
from headwater.identity.verification.opened_link import OpenedLink
from headwater.identity.verification.proof import Proof
from headwater.identity.verification.verification import Verification
from headwater.store.tables import addresses, courier_messages, identities
from headwater.net.addresses import AddressPolicy
from headwater.web import problems

AS_PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
EMAIL = ADA["email"]
NOBODY = "nobody@example.org"
CODE = re.compile(r"\b\d{6}\b")
LINK = re.compile(r"https?://\S+/self-service/\S+")


class Wired(Builder):
    """The room with recovery and verification put in."""

    def __init__(self, ground: Any) -> None:
        super().__init__(ground)
        database, clock, url = ground.database, ground.clock, self._url
        self.sender = Sender(courier=self.courier, challenges=self.challenges, clock=clock, public_url=url)
        self.redeemer = Redeemer(database=database, challenges=self.challenges, clock=clock)
        self.afresh = Afresh(passages=self.passages, public_url=url)
        proof = Proof(passages=self.passages, endings=self.endings, redeemer=self.redeemer, public_url=url)
        opened = OpenedLink(
            database=database,
            passages=self.passages,
            redeemer=self.redeemer,
            proof=proof,
            afresh=self.afresh,
            sealer=ground.sealer,
            public_url=url,
        )
        self.verification = Verification(
            database=database,
            passages=self.passages,
            sender=self.sender,
            redeemer=self.redeemer,
            proof=proof,
            opened=opened,
            afresh=self.afresh,
        )
        self.open_verification = VerificationFollowUp(
            form=self.verification, passages=self.passages, sender=self.sender, public_url=url
        )

    def own_routers(self) -> list[Any]:
        ground, url = self._ground, self._url
        comeback = Comeback(
            passages=self.passages,
            endings=self.endings,
            redeemer=self.redeemer,
            prepare_settings=self._settings().prepared_for,
            public_url=url,
        )
        recovery = Recovery(
            database=ground.database,
            passages=self.passages,
            sender=self.sender,
            redeemer=self.redeemer,
            comeback=comeback,
            afresh=self.afresh,
            whoami=self.whoami,
        )
        issuing = Issuing(
            database=ground.database,
            form=recovery,
            passages=self.passages,
            challenges=self.challenges,
            public_url=url,
        )
        doors = flow_routes.Doors(current=self.current, errors=self.errors, public_url=url)
        return [
            flow_routes.router(doors, [self.verification, recovery]),
            recovery_routes.router(RecoveryDesk(issuing=issuing, current=self.current, public_url=url)),
            change_password.routes(current=self.current),
        ]


class TickingClock(StageClock):
    """No two things happen in the same millisecond: the newest mail is one."""

    def now(self) -> datetime:
        self.advance(0.001)
        return self.moment


class RecoveryStage(Stage):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.clock = TickingClock()

    async def open(self) -> "RecoveryStage":
        flows = self.document["selfservice"]["flows"]
        flows["recovery"]["enabled"] = flows["verification"]["enabled"] = True
        await super().open()
        ground = Ground(
            database=self.database,
            live=self.live,
            runner=self.runner,
            evaluator=DirectEvaluator(),
            sender=self.sender,
            policy=AddressPolicy(allow_private=True),
            sealer=Sealer(self.key),
            key=self.key,
            clock=self.clock,
            hasher=self.hasher,
            public_url=self.public_url,
            mail_folder=self.folder / "mail",
        )
        self.parts = Wired(ground)
        self.app = Litestar(
            route_handlers=[*self.parts.build().routers, *self.parts.own_routers()],
            exception_handlers=problems.HANDLERS,
            state=State({"authenticate": self.authenticate, "expose_admin": False}),
            openapi_config=None,
            logging_config=None,
        )
        return self

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

    async def forget_mail(self) -> None:
        """Let the flood guard start anew, and the tests count from zero."""
        await self.database.write(lambda connection: connection.execute(courier_messages.delete()))

    async def event_names(self) -> list[str]:
        return [event["event"] for event in await self.events()]


async def settle(stage: RecoveryStage) -> None:
    """Register Ada without a trace of it in mailbox and log."""
    async with stage.client() as app:
        await register(app, ADA)
    await stage.forget_mail()


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
    stage = await RecoveryStage(folder).open()
    await settle(stage)
    yield stage
    await stage.close()
