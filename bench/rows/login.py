"""Native logins, both their requests, at the hash cost of a new project, against that hash alone on all cores."""

import itertools
import os
import statistics

import msgspec

from bench import effort, hashes, people, servers, talks
from bench.alternation import alternate
from bench.line import Line, NotMeasuredError
from bench.rows.import_identities import admin_key, import_people
from bench.run import Options, Row, Run
from bench.servers import Target
from bench.talks import Client
from headwater.identity.config.hashing import Argon2

HASHING = Argon2()
START = "/self-service/login/api"
SUBMIT = "/self-service/login?flow={id}"
PEOPLE = 64
CLIENTS = 16
SETUP_SECONDS = 8.0
WARM_UP_SECONDS = 2.0
MS = 1000


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + WARM_UP_SECONDS + options.alternations * 2 * options.seconds


def _measure(run: Run) -> list[Line]:
    with servers.headwater(run.folder / "data") as target:
        import_people(target, itertools.count(), key=admin_key(target), count=PEOPLE)
        logins = _Logins(target, run.options.seconds)
        talks.hold(target, _sign_in, numbers=itertools.count(), clients=CLIENTS, seconds=WARM_UP_SECONDS)
        found = alternate(run, ours=logins.per_second, against=logins.hashes_per_second)
    return [
        Line(
            title=ROW.title,
            figure=found.ratio,
            spread=found.spread,
            ours=f"{found.ours:.1f}/s",
            against=f"{found.against:.1f}/s",
            floor=ROW.floor,
            goal=ROW.goal,
            note=f"processor time {logins.note}",
        )
    ]


class _Logins:
    """Both sides of the ratio, and what each takes of the processor."""

    def __init__(self, target: Target, seconds: float) -> None:
        self._target = target
        self._seconds = seconds
        self._login_ms: list[float] = []
        self._hash_ms: list[float] = []

    @property
    def note(self) -> str:
        return (
            f"{statistics.median(self._login_ms):.1f} ms a login, {statistics.median(self._hash_ms):.1f} ms a hash"
            f" ({os.cpu_count()} cores)"
        )

    def per_second(self) -> float:
        done, cost = effort.of(
            self._target,
            lambda: talks.hold(
                self._target, _sign_in, numbers=itertools.count(), clients=CLIENTS, seconds=self._seconds
            ),
        )
        self._login_ms.append(cost.all_seconds / done.count * MS)
        return done.per_second

    def hashes_per_second(self) -> float:
        alone = hashes.verify_on_all_cores(HASHING, seconds=self._seconds)
        self._hash_ms.append(alone.cpu_seconds_each * MS)
        return alone.per_second


async def _sign_in(client: Client, number: int) -> None:
    flow = await client.get(START)
    body = {
        "method": "password",
        "identifier": people.email(number % PEOPLE),
        "password": hashes.PASSWORD.decode(),
    }
    answer = await client.send("POST", SUBMIT.format(id=flow["id"]), msgspec.json.encode(body))
    if "session_token" not in answer:
        raise NotMeasuredError(f"nobody was signed in: {answer}")


ROW: Row = Row(
    name="login",
    title="native logins, init and submit ÷ their password hash alone on all cores",
    seconds=_seconds,
    measure=_measure,
    floor=0.8,
    goal=0.95,
)
