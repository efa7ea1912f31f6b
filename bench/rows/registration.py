"""A native sign-up, both its requests, without its password hash: processor time of the server's process."""

import itertools
import json
import statistics
from collections.abc import Mapping

import msgspec

from bench import effort, hashes, people, servers, talks
from bench.line import Line, NotMeasuredError
from bench.run import Options, Row, Run
from bench.servers import Target
from bench.talks import Client
from headwater.identity.config.hashing import Argon2

# The cheapest that a project may configure: an expensive one, taken away again, would hide the rest in its noise.
HASHING = Argon2(memory_bytes=2**20, iterations=1, parallelism=1)
CONFIGURED = {"algorithm": "argon2", "argon2": {"memory": "1MB", "iterations": 1, "parallelism": 1}}
START = "/self-service/registration/api"
SUBMIT = "/self-service/registration?flow={id}"
CLIENTS = 4
SETUP_SECONDS = 6.0
WARM_UP_SECONDS = 2.0
HASH_SHARE = 0.3
MS = 1000


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + WARM_UP_SECONDS + options.alternations * (1 + HASH_SHARE) * options.seconds


def _measure(run: Run) -> list[Line]:
    numbers = itertools.count()
    whole_ms, hash_ms, others_ms, rates = [], [], [], []
    with servers.headwater(run.folder / "data") as target:
        configure(target, CONFIGURED)
        talks.hold(target, _sign_up, numbers=numbers, clients=CLIENTS, seconds=WARM_UP_SECONDS)
        for number in range(1, run.options.alternations + 1):
            run.say(f"alternation {number} of {run.options.alternations}")
            alone = hashes.make(HASHING, seconds=HASH_SHARE * run.options.seconds)
            done, cost = effort.of(
                target,
                lambda: talks.hold(target, _sign_up, numbers=numbers, clients=CLIENTS, seconds=run.options.seconds),
            )
            hash_ms.append(alone.cpu_seconds_each * MS)
            whole_ms.append(cost.own_seconds / done.count * MS)
            others_ms.append((cost.all_seconds - cost.own_seconds) / done.count * MS)
            rates.append(done.per_second)
    rest_ms = [whole - alone for whole, alone in zip(whole_ms, hash_ms, strict=True)]
    return [
        Line(
            title=ROW.title,
            figure=statistics.median(rest_ms),
            unit=" ms",
            spread=f"{min(rest_ms):.1f} to {max(rest_ms):.1f}",
            ours=f"{statistics.median(whole_ms):.2f} ms",
            against=f"hash alone: {statistics.median(hash_ms):.2f} ms",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note=f"{statistics.median(rates):.0f}/s; other processes {statistics.median(others_ms):.2f} ms",
        )
    ]


def configure(target: Target, hashers: Mapping[str, object]) -> None:
    """Let the server's project hash in this way."""
    servers.command(target.data, "patch", "identity-config", "--replace", f"/hashers={json.dumps(hashers)}")


async def _sign_up(client: Client, number: int) -> None:
    flow = await client.get(START)
    body = {
        "method": "password",
        "traits": {"email": people.email(number)},
        "password": hashes.PASSWORD.decode(),
    }
    answer = await client.send("POST", SUBMIT.format(id=flow["id"]), msgspec.json.encode(body))
    if "session_token" not in answer:
        raise NotMeasuredError(f"nobody was signed up: {answer}")


ROW: Row = Row(
    name="registration",
    title="native registration, init and submit, without the hash: processor time of the server's process",
    seconds=_seconds,
    measure=_measure,
    floor=8,
    goal=4,
)
