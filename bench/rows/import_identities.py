"""People with ready password hashes, a thousand a request: `PATCH /admin/identities`, one request after the other."""

import asyncio
import functools
import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator

import msgspec

from bench import effort, hashes, people, servers, talks
from bench.line import Line, NotMeasuredError
from bench.run import Options, Row, Run
from bench.servers import Target
from bench.talks import Client, Done
from headwater.identity.config.hashing import Argon2

PATH = "/admin/identities"
PEOPLE_A_REQUEST = 1_000
PREPARED_REQUESTS = 4
SETUP_SECONDS = 6.0
MS = 1000

Credentials = dict[str, object]


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + (1 + options.alternations) * options.seconds


def _measure(run: Run) -> list[Line]:
    numbers = itertools.count()
    rates, costs_ms = [], []
    with servers.headwater(run.folder / "data") as target:
        key = admin_key(target)
        import_people(target, numbers, key=key, count=PEOPLE_A_REQUEST)
        for number in range(1, run.options.alternations + 1):
            run.say(f"measurement {number} of {run.options.alternations}")
            done, cost = effort.of(target, lambda: _import_for(target, numbers, key=key, seconds=run.options.seconds))
            rates.append(done.per_second)
            costs_ms.append(cost.own_seconds / done.count * MS)
    return [
        Line(
            title=ROW.title,
            figure=statistics.median(rates),
            unit="/s",
            spread=f"{min(rates):,.0f} to {max(rates):,.0f}",
            floor=ROW.floor,
            goal=ROW.goal,
            note=f"processor time {statistics.median(costs_ms):.2f} ms each; {next(numbers):,} at the end",
        )
    ]


def admin_key(target: Target) -> str:
    """Return a new key that may import."""
    made = json.loads(servers.command(target.data, "create", "key", "--role", "admin", "--format", "json"))
    return str(made["key"])


def with_password(_number: int) -> Credentials:
    """Return what somebody signs in with: `hashes.PASSWORD`."""
    return {"password": {"config": {"hashed_password": ready_hash()}}}


def import_people(
    target: Target,
    numbers: Iterator[int],
    *,
    key: str,
    count: int,
    credentials: Callable[[int], Credentials] = with_password,
) -> None:
    """Import the next `count` people, who sign in with what `credentials` says of each."""

    async def once(client: Client, _number: int) -> None:
        await _send(client, _body(numbers, count, credentials), count=count, key=key)

    talks.hold(target, once, numbers=itertools.repeat(0), clients=1, seconds=0.0)


def _import_for(target: Target, numbers: Iterator[int], *, key: str, seconds: float) -> Done:
    """Import until `seconds` have been spent on it; making the bodies is not counted."""
    return asyncio.run(_imported(target, numbers, key, seconds))


async def _imported(target: Target, numbers: Iterator[int], key: str, seconds: float) -> Done:
    client, spent, count = await talks.connect(target), 0.0, 0
    while spent < seconds:
        prepared = [_body(numbers, PEOPLE_A_REQUEST) for _ in range(PREPARED_REQUESTS)]
        started = time.perf_counter()
        for content in prepared:
            await _send(client, content, count=PEOPLE_A_REQUEST, key=key)
            count += PEOPLE_A_REQUEST
        spent += time.perf_counter() - started
    client.close()
    return Done(count=count, seconds=spent)


async def _send(client: Client, content: bytes, *, count: int, key: str) -> None:
    answer = await client.send("PATCH", PATH, content, key=key)
    made = sum(row["action"] == "create" for row in answer["identities"])
    if made != count:
        raise NotMeasuredError(f"{made} of {count} people were made: {answer['identities'][:1]}")


def _body(numbers: Iterator[int], count: int, credentials: Callable[[int], Credentials] = with_password) -> bytes:
    people_made = [_person(number, credentials(number)) for number in itertools.islice(numbers, count)]
    return msgspec.json.encode({"identities": [{"create": person} for person in people_made]})


@functools.cache
def ready_hash() -> str:
    """Return a hash of the cost that new projects have; one for all, as nobody looks into it."""
    return hashes.hasher(Argon2()).hash(hashes.PASSWORD)


def _person(number: int, credentials: Credentials) -> dict[str, object]:
    email = people.email(number)
    return {
        "schema_id": people.SCHEMA_ID,
        "traits": {"email": email},
        "credentials": credentials,
        "verifiable_addresses": [{"value": email, "via": "email", "verified": True, "status": "completed"}],
        "metadata_admin": {"legacy_id": number},
    }


ROW: Row = Row(
    name="import-identities",
    title=f"people with ready hashes by PATCH {PATH}, {PEOPLE_A_REQUEST:,} a request",
    seconds=_seconds,
    measure=_measure,
    floor=500,
    goal=2_000,
)
