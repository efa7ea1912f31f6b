"""The courier on a stage of its own: a real database, real servers to deliver to, time that moves when told."""

import asyncio
import base64
import json
import warnings
from collections.abc import Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import rjsonnet
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from sqlalchemy import insert, select

from fresh_database import fresh_database
from headwater.actions.templates import Templates
from headwater.core.clock import ManualClock, epoch_ms
from headwater.core.secrets import Sealer, new_key
from headwater.identity.admin import courier_routes
from headwater.identity.admin.shield import Shield
from headwater.identity.config import tree
from headwater.identity.config.live import Current, LiveConfig
from headwater.identity.courier import ledger, queue
from headwater.identity.courier.channels.choice import WaysOut
from headwater.identity.courier.courier import Courier
from headwater.identity.courier.kinds import EMAIL, RECOVERY_CODE_VALID
from headwater.identity.courier.mail import Message
from headwater.identity.courier.mailbox import Mailbox
from headwater.mapping.evaluation import MappingCancelledError, MappingRuntimeError
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.store.tables import courier_messages, projects
from headwater.web import problems
from headwater.web.access import Principal

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PROJECT = "11111111-1111-4111-8111-111111111111"
OTHER_PROJECT = "22222222-2222-4222-8222-222222222222"
ADMIN = {"Authorization": "Bearer admin-key"}
MESSAGES = "/admin/courier/messages"
ADA = "ada@example.org"
CODE = "493817"
DATA: dict[str, Any] = {
    "recovery_code": CODE,
    "identity": {"id": "33333333-3333-4333-8333-333333333333", "traits": {"name": "Ada", "email": ADA}},
    "request_url": "https://app.example.org/recovery?x=1",
    "expires_in_minutes": 60,
    "transient_payload": {"lang": "en"},
}
PATIENCE_SECONDS = 10.0


def embedded(text: str) -> str:
    return "base64://" + base64.b64encode(text.encode()).decode()


class DirectEvaluator:
    """The Jsonnet engine without its sandbox: only snippets of this suite run here."""

    async def check(self, _snippet: Any) -> None:
        return None

    async def evaluate(self, snippet: Any, *, arguments: Any) -> str:
        codes = {name: json.dumps(value) for name, value in arguments.items()}
        try:
            return str(rjsonnet.evaluate_snippet(snippet.name, snippet.text, tla_codes=codes))
        except RuntimeError as error:
            raise (MappingCancelledError if "cancel" in str(error) else MappingRuntimeError)(str(error)) from error


class Stage:
    """A courier and what surrounds it. `section` is the configuration's `courier`."""

    def __init__(self, folder: Path, section: Mapping[str, Any] | None = None, **more: Any) -> None:
        self.folder = folder
        self.section = dict(section or {})
        self.more = more
        self.clock = ManualClock(NOON)
        self.database = fresh_database(folder / "core.db")
        self.sealer = Sealer(new_key())
        self.policy = AddressPolicy(allow_private=True)
        self.trusted_certificates: str | None = None
        self.revision = 0
        self._couriers: list[tuple[Courier, asyncio.Task[None]]] = []

    async def open(self) -> "Stage":
        row = {"name": "p", "environment": "prod", "revision_id": "r", "document": "{}"}
        rows = [
            {**row, "id": project, "slug": project, "created_at_ms": 0, "updated_at_ms": 0}
            for project in (PROJECT, OTHER_PROJECT)
        ]
        await self.database.write(lambda connection: connection.execute(insert(projects), rows))
        self.database.on_commit(self._heard)
        self.sender = Outbound(self.policy)
        self.sources = Sources(sender=self.sender, clock=self.clock, files=TemplateFiles(None))
        self.current = Current(self.live, public_url="http://127.0.0.1:4433")
        self.courier = self.new_courier()
        return self

    async def close(self) -> None:
        await self.stop()
        await self.sender.close()
        self.database.close()

    async def live(self) -> LiveConfig:
        document = tree.default_document()
        document["courier"] = self.section
        document.update(self.more)
        return LiveConfig(project_id=PROJECT, revision_id=str(self.revision), identity=document)

    async def config(self) -> tree.IdentityConfig:
        return await self.current.config()

    def configure(self, section: Mapping[str, Any]) -> None:
        self.section = dict(section)
        self.revision += 1

    def new_courier(self) -> Courier:
        ways_out = WaysOut(
            mail_folder=self.folder / "mail",
            sender=self.sender,
            evaluator=DirectEvaluator(),
            policy=self.policy,
            clock=self.clock,
            templates=Templates(self.sources),
            trusted_certificates=self.trusted_certificates,
        )
        return Courier(
            database=self.database, current=self.current, sealer=self.sealer, clock=self.clock, ways_out=ways_out
        )

    def start(self) -> None:
        """Let a fresh courier run over the same database, as a process that starts."""
        courier = self.new_courier()
        self._couriers.append((courier, asyncio.create_task(courier.run())))

    async def stop(self) -> None:
        """End the couriers where they stand, as a kill would: nothing is tidied up."""
        for _, task in self._couriers:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._couriers.clear()

    async def send(self, template_type: str = RECOVERY_CODE_VALID, **changes: Any) -> str:
        """Queue a message as flows do, and return its id."""
        config = await self.config()
        given = {"channel": EMAIL, "recipient": ADA, "data": DATA, **changes}
        mail = await self.courier.compose(template_type, config=config, **given)
        return await self.database.write(
            lambda connection: queue.enqueue(connection, mail, project_id=PROJECT, now_ms=self.now_ms())
        )

    async def message(self, message_id: str) -> Message:
        def query(connection: Any) -> Message:
            row = connection.execute(select(*ledger.COLUMNS).where(courier_messages.c.id == message_id)).one()
            return ledger.message(row, ledger.dispatches_of(connection, message_id))

        return await self.database.read(query)

    async def until(self, message_id: str, *, tries: int) -> Message:
        """Return the message once `tries` tries are written down."""

        async def is_there() -> bool:
            return len((await self.message(message_id)).dispatches) >= tries

        await eventually(is_there)
        return await self.message(message_id)

    async def until_asleep(self) -> None:
        """Return when the courier waits for the clock."""

        async def is_asleep() -> bool:
            return any(not waiter.done() for _, waiter in self.clock._sleepers)

        await eventually(is_asleep)

    def now_ms(self) -> int:
        return epoch_ms(self.clock.now())

    def client(self) -> httpx.AsyncClient:
        mailbox = Mailbox(database=self.database, current=self.current, sealer=self.sealer)
        shield = Shield(self.database)
        router = Router(
            "/admin",
            route_handlers=courier_routes.HANDLERS,
            dependencies={
                "mailbox": Provide(lambda: mailbox, sync_to_thread=False),
                "shield": Provide(lambda: shield, sync_to_thread=False),
            },
        )
        app = Litestar(
            route_handlers=[router],
            exception_handlers=problems.HANDLERS,
            state=State({"authenticate": _authenticate, "expose_admin": False}),
            openapi_config=None,
            logging_config=None,
        )
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4433")

    async def _heard(self, topic: str) -> None:
        if topic.startswith(queue.TOPIC):
            for courier, _ in self._couriers:
                courier.wake()


async def eventually(is_true: Any) -> None:
    """Return once `is_true()` is, or fail after a while."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await is_true():  # noqa: ASYNC110  what it waits for is a row, which rings no bell
            await asyncio.sleep(0.005)


async def _authenticate(token: str) -> Principal | None:
    return Principal(key_id=token, role="operator") if token == "admin-key" else None


@dataclass
class MailServer:
    """A real SMTP server on loopback that keeps what it gets. `answer` is what it says to a whole message."""

    port: int = 0
    answer: str = "250 taken"
    recipient_answer: str = "250 fine"
    holds: asyncio.Event | None = None
    received: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[Any] = field(default_factory=list)
    has_message: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802  aiosmtpd's name
        envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        self.envelopes.append(envelope)
        self.raw.append(envelope.content)
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        self.has_message.set()
        if self.holds is not None:
            await self.holds.wait()
        return self.answer


@asynccontextmanager
async def mail_server(*, login: tuple[str, str] | None = None, port: int = 0, tls_at_once: Any = None, **options: Any):
    """Run a `MailServer`. `login` makes it insist on AUTH with this user and password."""
    it = MailServer()

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == login, handled=False)

    if login is not None:
        options |= {"authenticator": authenticate, "auth_required": True}
        options.setdefault("auth_require_tls", False)
    made: list[SMTP] = []

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # AUTH without TLS: this server is there to be refused
            made.append(SMTP(it, hostname="mail.example.org", enable_SMTPUTF8=True, **options))
        return made[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port, ssl=tls_at_once)
    it.port = server.sockets[0].getsockname()[1]
    try:
        yield it
    finally:
        server.close()
        for connection in made:
            if connection.transport is not None:
                connection.transport.abort()
        await server.wait_closed()


@dataclass
class Receiver:
    """An HTTP server on loopback that answers with `status` and keeps what it got."""

    url: str = ""
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        return web.Response(status=self.status, text=CODE)


@asynccontextmanager
async def http_receiver():
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = "http://{}:{}/mail".format(*runner.addresses[0][:2])
    yield receiver
    await runner.cleanup()


def words_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return body.get_content()
