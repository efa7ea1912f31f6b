"""Real parts for the live tests: a real log with records to look at, and conditions with a deadline."""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from headwater.core.clock import ManualClock
from headwater.core.event import Record
from headwater.live.schema_reader import SchemaReader
from headwater.live.schema_view import SchemaView
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEADLINE_SECONDS = 10.0
STEP_SECONDS = 0.003


def record(number, *, source="web", type="track", at_ms=None, **body):  # noqa: A002  the record's own word
    message_id = f"m{number}"
    content = {"type": type, "messageId": message_id, "userId": "ada", **body}
    return Record(
        source=source,
        message_id=message_id,
        type=type,
        body=json.dumps(content).encode(),
        received_at_ms=number if at_ms is None else at_ms,
        user_id="ada",
    )


async def until(condition, *, what="condition"):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        result = condition()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return result
        assert time.monotonic() < deadline, f"{what} was not met in time"
        await asyncio.sleep(STEP_SECONDS)


def is_resting(clock):
    """Tell whether somebody sleeps on `clock`; who was cancelled in their sleep doesn't count."""
    return any(not waiter.done() for _, waiter in clock._sleepers)


class Log:
    """A real log: what is appended, and whom to tell."""

    def __init__(self, folder, clock):
        self.writer = SqliteLogWriter(folder, clock=clock)
        self.reader = SqliteLogReader(folder)
        self.clock = clock

    async def append(self, *records):
        return await self.writer.append(records)


@asynccontextmanager
async def open_log(folder):
    folder.mkdir(exist_ok=True)
    log = Log(folder, ManualClock(START))
    try:
        yield log
    finally:
        log.reader.close()
        await log.writer.close()


@asynccontextmanager
async def reading(path, log, *, reader=None, **options):
    schema_reader = SchemaReader(path, reader=reader or log.reader, clock=log.clock, **options)
    schema_reader.start()
    try:
        yield schema_reader
    finally:
        await schema_reader.close()


async def counted_up_to(schema_reader, offset, *, clock):
    """Let time pass until everything up to `offset` is counted and saved."""

    async def is_there():
        clock.advance(1)
        return await schema_reader.cursor() >= offset

    await until(is_there, what=f"the schema view at {offset}")


async def schema_of(path, **wanted):
    view = SchemaView(path)
    try:
        return await view.schema(**wanted)
    finally:
        view.close()


async def volume_of(path, period, **wanted):
    view = SchemaView(path)
    try:
        _, found = await view.volume(period, **wanted)
    finally:
        view.close()
    return {source: one.by_type for source, one in found.items()}


def counts(schema):
    return {(one.source_id, one.type, one.name): one.count for one in schema.events}


def types(event):
    return {one.name: one.types for one in event.properties}
