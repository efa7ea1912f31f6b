"""A real server with the events' routes on a real log, database and live.db, on a port of this event loop."""

import asyncio
import contextlib
import gc
import json
import socket
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from fresh_database import fresh_database
from headwater.api import app, events, schema, status
from headwater.core.clock import ManualClock
from headwater.core.event import Record
from headwater.live.schema_reader import SchemaReader
from headwater.live.schema_view import SchemaView
from headwater.live.tail import Tail, TailLimits
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.web.access import Principal
from headwater.web.call import Reply
from headwater.web.clients import HostRule
from headwater.web.front import Front
from headwater.web.lifespan import Lifespan
from headwater.workspace import sources
from headwater.workspace.keys import KeyRevokedError

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEADLINE_SECONDS = 10
VIEWER = {"authorization": "Bearer viewer"}
PROJECT = {"authorization": "Bearer project"}


class RunningClock(ManualClock):
    """Time that passes by itself whenever somebody sleeps: a test never waits for a rest."""

    async def sleep(self, seconds):
        await asyncio.sleep(min(seconds, 0.005) if seconds < 10 else 3600)
        self.advance(seconds)


class Stage:
    def __init__(self, folder):
        self.clock = RunningClock(START)
        (folder / "log").mkdir()
        self.database = fresh_database(folder / "core.db")
        self.writer = SqliteLogWriter(folder / "log", clock=self.clock)
        self.reader = SqliteLogReader(folder / "log")
        self.tail = Tail(reader=self.reader, clock=self.clock, limits=TailLimits(tails=2))
        self.schema_reader = SchemaReader(folder / "live.db", reader=self.reader, clock=self.clock)
        self.view = SchemaView(folder / "live.db")
        self.url = ""
        self.is_running = True
        self.revoked = set()
        self.numbers = iter(range(1, 1_000_000))

    async def source(self, name):
        made = await self.database.write(
            lambda connection: sources.create(connection, name, kind="http-api", clock=self.clock)
        )
        return made.id

    async def track(self, source_id, event, *, type="track", **body):  # noqa: A002  the record's own word
        number = next(self.numbers)
        content = {"type": type, "event": event, "messageId": f"m{number}", "userId": "ada", **body}
        record = Record(
            source=source_id,
            message_id=f"m{number}",
            type=type,
            body=json.dumps(content, ensure_ascii=False).encode(),
            received_at_ms=1_763_899_200_000 + number,
            user_id="ada",
        )
        await self.append(record)
        return record

    async def append(self, record):
        await self.writer.append([record])
        self.tail.wake()
        self.schema_reader.wake()

    def app(self, max_stream_bytes):
        async def authenticate(token):
            if token in self.revoked:
                raise KeyRevokedError
            roles = {"viewer": Principal(key_id="v", role="viewer")}
            return (roles | {"project": Principal(key_id="p", role="admin", project_id="p1")}).get(token)

        routers = [
            events.routes(
                database=self.database,
                reader=self.reader,
                tail=self.tail,
                clock=self.clock,
                max_stream_bytes=max_stream_bytes,
            ),
            schema.routes(database=self.database, reader=self.reader, view=self.view),
            *status.routes(status=self.status),
        ]
        return app.build(routers, authenticate=authenticate, expose_admin=False)

    async def status(self):
        return {"running": self.is_running}

    async def close(self):
        await self.schema_reader.close()
        self.view.close()
        self.reader.close()
        await self.writer.close()
        self.database.close()


@asynccontextmanager
async def serving(folder, *, max_stream_bytes=events.MAX_STREAM_BYTES):
    """Yield a stage whose `url` answers."""
    stage = Stage(folder)
    lifespan = Lifespan(litestar := stage.app(max_stream_bytes))
    await lifespan.startup()
    front = Front(
        track=_no_track,
        is_tracking=lambda *_: False,
        oversize=lambda _call: Reply(status=400),
        too_slow=lambda _call: Reply(status=408),
        app=litestar,
        app_state=lifespan.state,
        host_rule=HostRule(),
    )
    port = _free_port()
    stage.url = f"http://127.0.0.1:{port}"
    before = _threads()
    server = Server(front, address="127.0.0.1", port=port, interface=Interfaces.RSGI, log_enabled=False)
    task = asyncio.create_task(server.serve())
    stage.stop_streams = front.close_streams
    try:
        await _until_listening(port)
        yield stage
    finally:
        stage.tail.close()
        front.close_streams()
        server.stop()
        async with asyncio.timeout(DEADLINE_SECONDS):
            await task
        await lifespan.shutdown()
        await stage.close()
        await _until_gone(before)


@asynccontextmanager
async def client_of(stage, headers=None):
    async with httpx.AsyncClient(
        base_url=stage.url, headers=VIEWER if headers is None else headers, trust_env=False
    ) as client:
        yield client


class Stream:
    """What came of a server-sent stream so far, taken by message."""

    def __init__(self, answer):
        self._pieces = answer.aiter_bytes()
        self._rest = b""

    async def message(self):
        """Return the next message as a dict of its fields; a comment is {"": text}."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while b"\n\n" not in self._rest:
                self._rest += await anext(self._pieces)
        block, _, self._rest = self._rest.partition(b"\n\n")
        return dict(line.split(": ", 1) if ": " in line else ("", line) for line in block.decode().split("\n"))

    async def event(self):
        """Return the next event's document."""
        while "data" not in (found := await self.message()):
            pass
        return json.loads(found["data"])


async def until(condition, *, what="condition"):
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await condition():  # noqa: ASYNC110  it may be any condition
            await asyncio.sleep(0.003)


async def _no_track(_call):
    raise AssertionError


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def _until_listening(port):
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.005)
            else:
                writer.close()
                return


async def _until_gone(before):
    """Wait for granian's threads: they outlive it by a moment, and a process that exits in that moment is aborted."""
    gc.collect()  # an exception's traceback can hold a request, and a request its thread
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            while _threads() - before - {thread.native_id for thread in threading.enumerate()}:  # noqa: ASYNC110  threads tell nobody
                await asyncio.sleep(0.001)


def _threads():
    tasks = Path("/proc/self/task")
    return {int(task.name) for task in tasks.iterdir()} if tasks.exists() else set()
