"""Native sign-ups at a server whose project has an Action after registration, and then has none, and has it again.

Both kinds take turns a few at a time, so that whatever else the machine does falls on both alike. After each sign-up
without it comes a bare call of the receiver: the same client library, one connection that is kept, a body of the same
size, and everybody's caches as cold as an Action finds them (back to back, the same call takes half as long). Between
two people there is a pause: what a queued Action still does after the answer is nothing that its person waits for.
"""

import asyncio
import base64
import copy
import itertools
import json
import statistics
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from bench import hashes, people, receiver, servers, talks
from bench.line import NotMeasuredError
from bench.receiver import Taken
from bench.servers import Target
from bench.talks import Client
from headwater.cli import demo_documents
from headwater.workspace import identify_action

HOOKS = "/selfservice/flows/registration/after/hooks"
CONFIG = "/services/identity/config"
START = "/self-service/registration/api"
SUBMIT = "/self-service/registration?flow={id}"
OWN_CTX = "function(ctx) ctx"
AT_ONCE = 20  # of one kind, before it is the other's turn
PAUSE_SECONDS = 0.02
ARRIVAL_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.05
MS = 1000
# What an app sends; it is in the ctx. A browser's Origin would be refused in a native flow.
HEADERS = {
    "accept": "application/json, text/plain, */*",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "en-GB,en;q=0.9,pl;q=0.8",
    "content-type": "application/json",
    "user-agent": "Shop/5.2.1 (com.example.shop; build:1187; iOS 26.1.0) Alamofire/5.10.2",
}


def identify(receiver_url: str, **response: object) -> dict[str, Any]:
    """Return the Action of Ory's Segment guide, as `headwater connect` sets it up, with this receiver."""
    action = identify_action.document("bench", source_slug="bench", url=receiver_url + receiver.HOOK)
    return {**action, "config": {**action["config"], **({"response": response} if response else {})}}


def whole_ctx(receiver_url: str) -> dict[str, Any]:
    """Return an Action that sends all that it is given."""
    action = identify(receiver_url)
    return {**action, "config": {**action["config"], "body": _base64(OWN_CTX)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Medians:
    """Of a sign-up without and with the Action, and of a bare call."""

    without_ms: float
    with_ms: float
    bare_ms: float

    @property
    def added_ms(self) -> float:
        return self.with_ms - self.without_ms


class SignUps:
    """A server, a receiver, and people without end; `key` may change projects. `prepare` comes first."""

    def __init__(self, target: Target, receiver_url: str, *, key: str) -> None:
        self._target = target
        self._receiver_url = receiver_url
        self._key = key
        self._numbers = itertools.count()
        self._project = json.loads(servers.command(target.data, "list", "projects", "--format", "json"))[0]["slug"]

    def prepare(self) -> None:
        """Give the project a schema with a name and a consent."""
        schemas = [{"id": "customer", "url": _base64(json.dumps(_schema()))}]
        servers.command(
            self._target.data,
            *("patch", "identity-config"),
            *("--replace", f"/identity/schemas={json.dumps(schemas)}"),
            *("--replace", '/identity/default_schema_id="customer"'),
        )

    def compare(self, action: dict[str, Any], *, seconds: float) -> Medians:
        """Sign people up with `action` and without for so long. Raises NotMeasuredError unless all calls arrive."""
        return asyncio.run(self._compare(action, seconds))

    def context(self) -> dict[str, Any]:
        """Return the ctx of one sign-up, as an Action has it."""
        return asyncio.run(self._context())

    async def _compare(self, action: dict[str, Any], seconds: float) -> Medians:
        client = await talks.connect(self._target)
        without, with_action, bare = list[float](), list[float](), list[float]()
        end = time.perf_counter() + seconds
        async with aiohttp.ClientSession(self._receiver_url) as session:
            before = (await _taken(session)).count
            while not bare or time.perf_counter() < end:
                await self._use([action])
                for _ in range(AT_ONCE):
                    with_action.append(await _seconds(self._sign_up(client)))
                    await asyncio.sleep(PAUSE_SECONDS)
                content = (await _arrived(session, before + len(with_action) + len(bare))).encode()
                await self._use([])
                for _ in range(AT_ONCE):
                    without.append(await _seconds(self._sign_up(client)))
                    bare.append(await _seconds(_call(session, content)))
                    await asyncio.sleep(PAUSE_SECONDS)
        client.close()
        return Medians(
            without_ms=statistics.median(without) * MS,
            with_ms=statistics.median(with_action) * MS,
            bare_ms=statistics.median(bare) * MS,
        )

    async def _context(self) -> dict[str, Any]:
        client = await talks.connect(self._target)
        async with aiohttp.ClientSession(self._receiver_url) as session:
            before = (await _taken(session)).count
            await self._use([whole_ctx(self._receiver_url)])
            await self._sign_up(client)
            sent: dict[str, Any] = msgspec.json.decode(await _arrived(session, before + 1))
        client.close()
        return sent

    async def _use(self, actions: list[dict[str, Any]]) -> None:
        client = await talks.connect(self._target)
        patch = [{"op": "add", "path": CONFIG + HOOKS, "value": actions}]
        await client.send("PATCH", f"/projects/{self._project}", msgspec.json.encode(patch), key=self._key)
        client.close()

    async def _sign_up(self, client: Client) -> None:
        number = next(self._numbers)
        flow = await client.get(START)
        traits = {"email": people.email(number), "name": "Ada Lovelace", "consent": {"newsletter": True}}
        body = {"method": "password", "traits": traits, "password": hashes.PASSWORD.decode()}
        answer = await client.ask("POST", SUBMIT.format(id=flow["id"]), HEADERS, msgspec.json.encode(body))
        answer.require(talks.OK)


async def _seconds(work: Awaitable[None]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


async def _call(session: aiohttp.ClientSession, content: bytes) -> None:
    async with session.post(receiver.HOOK, data=content, headers={"content-type": "application/json"}) as answer:
        await answer.read()


async def _taken(session: aiohttp.ClientSession) -> Taken:
    async with session.get(receiver.TAKEN) as answer:
        return msgspec.json.decode(await answer.read(), type=Taken)


async def _arrived(session: aiohttp.ClientSession, count: int) -> str:
    """Return the body of the last call once so many have come."""
    deadline = time.perf_counter() + ARRIVAL_SECONDS
    while (taken := await _taken(session)).count < count:
        if time.perf_counter() > deadline:
            raise NotMeasuredError(f"{taken.count} of {count} calls arrived within {ARRIVAL_SECONDS:g} s")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return taken.last


def _schema() -> dict[str, Any]:
    """Return the demo's schema with an e-mail address to verify and to recover by, as most projects have."""
    schema = copy.deepcopy(demo_documents.SCHEMA)
    email = schema["properties"]["traits"]["properties"]["email"]
    email["ory.sh/kratos"] |= {"verification": {"via": "email"}, "recovery": {"via": "email"}}
    return schema


def _base64(text: str) -> str:
    return "base64://" + base64.b64encode(text.encode()).decode()
