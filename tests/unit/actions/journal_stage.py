"""The props of the delivery log's tests: firings with secrets in them, a keeper on a clock of ours, its file."""

import asyncio
import base64
import sqlite3
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from headwater.actions.firing import Attempt, Firing
from headwater.actions.journal.keeper import JournalKeeper
from headwater.actions.journal.limits import JournalLimits
from headwater.actions.journal.view import JournalView, Wanted
from headwater.core.clock import ManualClock, epoch_ms
from headwater.core.secrets import Sealer
from headwater.net.outbound import Request, Response

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOW_MS = epoch_ms(START)
SEALER = Sealer(b"k" * 32)
DEADLINE_SECONDS = 10.0

PASSWORD = "receiver-password"
BASIC = "Basic " + base64.b64encode(f"headwater:{PASSWORD}".encode()).decode()
API_KEY = "key-9f8e7d6c5b"
SESSION = "ory_st_ada-session-cookie"
CSRF = "csrf-0123456789abcdef"
PHONE = "+43 660 1234567"


def request(**changes):
    values = {
        "method": "POST",
        "url": "https://ada:url-password@receiver.test/hook?token=query-token-0123",
        "headers": (
            ("Content-Type", "application/json"),
            ("Authorization", BASIC),
            ("User-Agent", API_KEY),  # an api_key may be in a header of any name
            ("Cookie", f"ory_kratos_session={SESSION}"),
        ),
        "secret_headers": frozenset({"authorization", "user-agent", "cookie"}),
        "body": f'{{"phone": "{PHONE}"}}'.encode(),
    }
    return Request(**(values | changes))


def context():
    node = {"attributes": {"name": "csrf_token", "type": "hidden", "value": CSRF}}
    return {
        "flow": {
            "id": "flow-1",
            "request_url": "https://example.org/r?flow=flow-1&code=url-code",
            "ui": {"nodes": [node]},
        },
        "identity": {"id": "ada-id", "traits": {"phone": PHONE}},
        "request_cookies": {"ory_kratos_session": SESSION, "theme": "dark"},
        "request_headers": {"Cookie": [f"ory_kratos_session={SESSION}"], "User-Agent": ["Firefox"]},
        "request_url": "https://example.org/self-service/registration?flow=flow-1",
        "transient_payload": {"captcha_token": "captcha-0123", "plan": "pro"},
    }


def firing(trigger_id="trigger-1", **changes):
    values = {
        "trigger_id": trigger_id,
        "action_id": "crm",
        "path": "/selfservice/flows/registration/after/password/hooks/0",
        "project_id": "project-1",
        "identity_id": "ada-id",
        "flow": "registration",
        "moment": "after",
        "method": "password",
        "flow_id": "flow-1",
        "at_ms": NOW_MS,
        "mode": "inline",
        "state": "failed",
        "reason": "the receiver answered 500 Internal Server Error",
        "attempts": (attempt(0, status=500, reason="the receiver answered 500 Internal Server Error"),),
        "context": context(),
        "request": request(),
        "response": Response(status=500, headers=(("content-type", "text/plain"),), body=b"out of order"),
    }
    return Firing(**(values | changes))


def attempt(number, **changes):
    values = {"at_ms": NOW_MS + number, "duration_ms": 12, "status": 200, "request_id": f"request-{number}"}
    return Attempt(**(values | changes))


class Stage:
    """A keeper, a way to read what it wrote as another process would, and its clock."""

    def __init__(self, folder, *, limits=None):
        self.path = folder / "actions.db"
        self.clock = ManualClock(START)
        self.keeper = JournalKeeper(self.path, sealer=SEALER, clock=self.clock, limits=limits or JournalLimits())
        self.view = JournalView(self.path, SEALER)
        self.keeper.start()

    async def kept(self, *firings):
        """Note them, let a tenth of a second pass, and return what is in the file then."""
        for one in firings:
            self.keeper.note(one)
        return await self.written(firings[-1])

    async def written(self, last):
        await until(self.lingers, what="the keeper hearing of it")
        self.clock.advance(0.1)

        async def is_there():
            rows = await self.rows()
            return any((row.trigger_id, row.state) == (last.trigger_id, last.state) for row in rows)

        await until(is_there)
        return await self.rows()

    async def rows(self, **wanted):
        return await self.view.find(Wanted(**wanted), limit=1_000_000)

    def lingers(self):
        """Tell whether the keeper waits a moment for more notes."""
        now = self.clock.monotonic()
        return any(moment <= now + 0.1 and not waiter.done() for moment, waiter in self.clock._sleepers)

    def bytes(self):
        """Return everything that is on the disk."""
        return b"".join(one.read_bytes() for one in self.path.parent.glob(self.path.name + "*"))

    def count(self, table):
        with sqlite3.connect(self.path) as connection:
            return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  ours

    async def close(self):
        await self.keeper.close()
        self.view.close()


@asynccontextmanager
async def journal(folder, **options):
    stage = Stage(folder, **options)
    try:
        yield stage
    finally:
        await stage.close()


async def until(condition, *, what="condition"):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        result = condition()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return result
        assert time.monotonic() < deadline, f"{what} was not met in time"
        await asyncio.sleep(0.003)
