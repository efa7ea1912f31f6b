"""Signing in by an OpenID provider, as browsers do, against the bare cost of its HTTP calls and its signature check."""

import base64
import itertools
import json
import statistics
from urllib.parse import urlencode, urlsplit

import msgspec

from bench import bare_sign_in, effort, provider, servers, talks
from bench.alternation import alternate
from bench.browser import Browser
from bench.line import Line, NotMeasuredError
from bench.provider import Code
from bench.rows.import_identities import Credentials, admin_key, import_people
from bench.run import Options, Row, Run
from bench.servers import Target
from bench.talks import Client, Talk

PROVIDER_ID = "bench"
SESSION_COOKIE = "ory_kratos_session"
MAPPER = "local claims = std.extVar('claims'); { identity: { traits: { email: claims.email } } }"
START = "/self-service/login/browser"
SUBMIT = "/self-service/login?flow={id}"
PEOPLE = 64
CLIENTS = 4
SETUP_SECONDS = 9.0
WARM_UP_SECONDS = 2.0
MS = 1000
SEE_OTHER, UNPROCESSABLE = 303, 422


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + 2 * WARM_UP_SECONDS + options.alternations * 2 * options.seconds


def _measure(run: Run) -> list[Line]:
    with (
        servers.of_bench("provider") as op,
        servers.of_bench("bare_sign_in", op.url) as bare,
        servers.headwater(run.folder / "data") as ours,
    ):
        _offer(ours, issuer=op.url)
        import_people(ours, itertools.count(), key=admin_key(ours), count=PEOPLE, credentials=_account_there)
        costs = _Costs()
        for target, talk in ((ours, _sign_in), (bare, _bare_sign_in)):
            costs.measure(target, talk, seconds=WARM_UP_SECONDS)
        costs = _Costs()
        found = alternate(
            run,
            ours=lambda: costs.measure(ours, _sign_in, seconds=run.options.seconds),
            against=lambda: costs.measure(bare, _bare_sign_in, seconds=run.options.seconds),
        )
    return [
        Line(
            title=ROW.title,
            figure=found.ratio,
            unit=" times",
            spread=found.spread,
            ours=f"{found.ours:.2f} ms",
            against=f"{found.against:.2f} ms",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note=costs.note(ours, bare),
        )
    ]


class _Costs:
    """What a sign-in takes of the processor, and how many there were a second."""

    def __init__(self) -> None:
        self._rates: dict[int, list[float]] = {}
        self._others_ms: dict[int, list[float]] = {}

    def measure(self, target: Target, talk: Talk, *, seconds: float) -> float:
        """Return the milliseconds that all the server's processes took for one sign-in."""
        done, cost = effort.of(
            target, lambda: talks.hold(target, talk, numbers=itertools.count(), clients=CLIENTS, seconds=seconds)
        )
        self._rates.setdefault(target.pid, []).append(done.per_second)
        others_ms = (cost.all_seconds - cost.own_seconds) / done.count * MS
        self._others_ms.setdefault(target.pid, []).append(others_ms)
        return cost.all_seconds / done.count * MS

    def note(self, ours: Target, bare: Target) -> str:
        rates = [statistics.median(self._rates[target.pid]) for target in (ours, bare)]
        return f"{rates[0]:.0f}/s against {rates[1]:.0f}/s; other processes {self._other_ms(ours):.2f} ms of ours"

    def _other_ms(self, target: Target) -> float:
        return statistics.median(self._others_ms[target.pid])


def _offer(target: Target, *, issuer: str) -> None:
    """Let people sign in to the server's project by the provider."""
    offered = {
        "id": PROVIDER_ID,
        "provider": "generic",
        "label": "Bench",
        "client_id": provider.CLIENT_ID,
        "client_secret": provider.CLIENT_SECRET,
        "issuer_url": issuer,
        "scope": ["email"],
        "mapper_url": "base64://" + base64.b64encode(MAPPER.encode()).decode(),
    }
    method = json.dumps({"enabled": True, "config": {"providers": [offered]}})
    servers.command(target.data, "patch", "identity-config", "--add", f"/selfservice/methods/oidc={method}")


def _subject(number: int) -> str:
    return f"subject-{number}"


def _account_there(number: int) -> Credentials:
    """Return what leads from the provider to the person with this number."""
    return {"oidc": {"config": {"providers": [{"provider": PROVIDER_ID, "subject": _subject(number)}]}}}


async def _sign_in(client: Client, number: int) -> None:
    """Sign in with a browser that was never here: a single-page app's two calls, then the way back, a navigation."""
    browser, subject = Browser(client), _subject(number % PEOPLE)
    begun = await browser.get(START)
    begun.require(talks.OK)
    flow = msgspec.json.decode(begun.content)
    submitted = await browser.post(SUBMIT.format(id=flow["id"]), _submit(_csrf_token(flow)))
    submitted.require(UNPROCESSABLE)
    back = provider.way_back(msgspec.json.decode(submitted.content)["redirect_browser_to"], subject)
    where = urlsplit(back)
    returned = await browser.visit(f"{where.path}?{where.query}")
    returned.require(SEE_OTHER)
    if SESSION_COOKIE not in browser.cookies:
        raise NotMeasuredError(f"nobody was signed in: {returned.head!r}")


async def _bare_sign_in(client: Client, number: int) -> None:
    """The same requests, to a server that does nothing with them but the token call and the signature check."""
    browser, subject = Browser(client), _subject(number % PEOPLE)
    (await browser.get(bare_sign_in.START)).require(talks.OK)
    (await browser.post(bare_sign_in.SUBMIT, _submit(""))).require(talks.OK)
    code = Code(subject, bare_sign_in.REDIRECT_URI, "nonce", provider.challenge(bare_sign_in.VERIFIER))
    query = urlencode({"code": provider.made(code), "state": "state"})
    (await browser.visit(f"{bare_sign_in.CALLBACK}?{query}")).require(talks.OK)


def _submit(csrf_token: str) -> bytes:
    return msgspec.json.encode({"csrf_token": csrf_token, "method": "oidc", "provider": PROVIDER_ID})


def _csrf_token(flow: dict[str, dict[str, list[dict[str, dict[str, str]]]]]) -> str:
    fields = (node["attributes"] for node in flow["ui"]["nodes"])
    return next(field["value"] for field in fields if field["name"] == "csrf_token")


ROW: Row = Row(
    name="oidc-login",
    title="sign-in by an OpenID provider in a browser ÷ the bare cost of its HTTP calls and signature check",
    seconds=_seconds,
    measure=_measure,
    floor=3,
    goal=1.5,
)
