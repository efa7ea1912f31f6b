"""Real parts for the delivery tests: a receiver with a scripted life, a real log, ledger and outbound client."""

import asyncio
import json
import sqlite3
import time
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web

from headwater.core.clock import ManualClock, SystemClock
from headwater.core.event import Record
from headwater.core.secrets import Sealer
from headwater.deliver.engine import Engine
from headwater.deliver.ledger import Ledger
from headwater.deliver.letters.letters import Letters
from headwater.deliver.letters.wanted import Order, Verb, Wanted, whole
from headwater.deliver.limits import LaneLimits
from headwater.deliver.report import DeliveryReport
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.mapping.sandbox import Sandbox
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.workspace.configuration import Destination
from headwater.workspace.suppressed import NOBODY

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = b"k" * 32
DEADLINE_SECONDS = 10.0
SECRETS = {"env:CRM_KEY": "hush"}


def event(
    message_id,
    *,
    source="web",
    type="track",  # noqa: A002  the record's own word
    integrations=None,
    received_at_ms=0,
    user_id="ada",
):
    body = {"type": type, "messageId": message_id, "userId": user_id}
    if integrations is not None:
        body["integrations"] = integrations
    return Record(
        source=source,
        message_id=message_id,
        type=type,
        body=json.dumps(body).encode(),
        received_at_ms=received_at_ms,
        user_id=user_id,
    )


async def until(condition, *, what="condition", seconds=DEADLINE_SECONDS):
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return result
        assert time.monotonic() < deadline, f"{what} was not met in time"
        await asyncio.sleep(0.003)


class Receiver:
    """Answers as told: `answer` maps a message id to (status, headers)."""

    def __init__(self):
        self.seen = []
        self.requests = []
        self.answer = lambda _message_id: (200, {})
        self.gate = asyncio.Event()
        self.gate.set()
        self.url = ""

    @property
    def counts(self):
        return Counter(self.seen)

    async def dispatch(self, request):
        return await self.handle(request)

    async def handle(self, request):
        body = await request.read()
        message_id = json.loads(body).get("messageId")
        self.seen.append(message_id)
        self.requests.append((request, body))
        await self.gate.wait()
        status, headers = self.answer(message_id)
        return web.Response(status=status, headers=headers, text="the answer")


@asynccontextmanager
async def receiving():
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.dispatch)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        receiver.gate.set()
        await runner.cleanup()


def webhook(name, url, *, sources=("web",), start_offset=0, enabled=True, **settings):
    return Destination(
        id=name,
        name=name,
        kind="webhook",
        source_ids=tuple(sources),
        enabled=enabled,
        start_offset=start_offset,
        created_at_ms=0,
        settings={"url": url, **settings},
    )


class World:
    """A log, a ledger and an engine over one folder; `destinations` is the configuration."""

    def __init__(self, folder, *, limits=None, clock=None, outbound=None, suppressed=NOBODY):
        self.suppressed = suppressed
        self.clock = clock or ManualClock(START)
        self.sealer = Sealer(KEY)
        self.destinations = []
        self.replays = []
        self.limits = limits or LaneLimits(drain_seconds=1.0)
        self.path = folder / "deliver.db"
        self.log = SqliteLogWriter(folder / "log", clock=self.clock)
        self.log.on_append(lambda _offset: self.engine.wake())
        self.reader = SqliteLogReader(folder / "log")
        self.outbound = outbound or Outbound(AddressPolicy(allow_private=True))
        self.report = DeliveryReport(self.path, self.sealer)
        self.letters = Letters(self.path, self.sealer)
        self.sender = self.outbound
        self.sandbox = Sandbox(clock=SystemClock())
        self.build()

    def build(self):
        self.ledger = Ledger(self.path, sealer=self.sealer)
        self.engine = Engine(
            reader=self.reader,
            ledger=self.ledger,
            sender=self.sender,
            clock=self.clock,
            sealer=self.sealer,
            read_secret=SECRETS.__getitem__,
            configuration=self.configuration,
            replays=self.configured_replays,
            evaluator=self.sandbox,
            limits=self.limits,
            chance=lambda: 0.5,
            suppressed=self.suppressed,
        )

    async def configuration(self):
        return self.destinations

    async def configured_replays(self):
        return self.replays

    async def start(self, *destinations):
        self.destinations = list(destinations)
        await self.engine.start()

    async def restart(self):
        await self.stop()
        self.build()
        await self.engine.start()

    async def stop(self):
        await self.engine.close()
        await self.ledger.close()

    def sql(self, statement):
        with sqlite3.connect(self.path) as connection:
            connection.execute(statement)

    async def append(self, *records):
        return [stored.offset for stored in await self.log.append(records)]

    async def append_many(self, count, *, prefix="m"):
        return await self.append(*[event(f"{prefix}{number}") for number in range(count)])

    async def dead_letters(self, destination):
        return await self.letters.newest(Wanted(destination=destination), limit=100)

    async def opened(self, destination):
        return await self.letters.opened(Wanted(destination=destination), limit=100)

    async def redrive(self, destination, *ids, verb=Verb.REDRIVE, **wanted):
        """Return how many were marked; they are sent as their lane has room."""
        order = Order(verb=verb, wanted=Wanted(destination=destination, ids=ids, **wanted))
        return (await whole(self.engine.change_letters, order)).count

    async def status(self, name):
        return next(each for each in await self.engine.status() if each.destination == name)

    async def delivery(self, offset, destination):
        return (await self.report.deliveries(offset, [destination]))[0]

    def until_state(self, offset, destination, state):
        async def has_state():
            return (await self.delivery(offset, destination)).state == state

        return until(has_state, what=f"state {state}")

    async def advance_until(self, condition, *, step=1.0, limit=100_000):
        """Let the clock run, slowly enough for real requests to be answered, until `condition` holds."""
        passed = 0.0
        while not condition():
            assert passed < limit, "the clock ran out"
            self.clock.advance(step)
            passed += step
            await asyncio.sleep(0.002)
        return passed

    async def close(self):
        await self.stop()
        self.report.close()
        self.letters.close()
        self.reader.close()
        await self.log.close()
        await self.outbound.close()


@asynccontextmanager
async def world(folder, **options):
    made = World(folder, **options)
    try:
        yield made
    finally:
        await made.close()
