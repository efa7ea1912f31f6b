"""/emulator/*: what the emulator can be told and asked. There in an emulator only; a server answers 404.

No key is asked for: it answers this machine only, and nothing in it is anybody's. Pages that a browser has open are
kept out by what the browser says of them (`gatekeeper`).
"""

import functools
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Litestar, Response, Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.params import FromPath, FromQuery, JSONBody

import headwater
from headwater.core.errors import BadRequestError
from headwater.emulator import durations, gatekeeper
from headwater.emulator.answers import Answer, fits
from headwater.emulator.bad_events import BadEvent
from headwater.emulator.desk import Desk, Wanted
from headwater.emulator.recorder import Recorded

OK, ACCEPTED = 200, 202
SETTLE_SECONDS = 10.0
MOST_SETTLE_SECONDS = 300.0
BEFORE_A_JUMP_SECONDS = 2.0
PREFIX = "/emulator"
JSON = "application/json"

TheDesk = NamedDependency[Desk]


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is. `ory_url` is Ory's public and admin API of the default project."""

    url: str
    ory_url: str
    write_key: str
    admin_key: str
    source: str
    project: str
    workspace: str
    pid: int
    version: str


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """`at_work` says what still isn't done; empty when everything that was acked is processed."""

    settled: bool
    at_work: list[str]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What requests are answered with from now on, without leaving. See `Answer`. `json` is a body, too."""

    to: str = ""
    times: int | None = 1
    status: int = OK
    headers: dict[str, str] = {}
    body: str = ""
    json: Any = msgspec.UNSET
    fault: str | None = None


class Allow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Requests that really leave: a URL pattern, a host, or a destination."""

    to: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`part` is log or database; `times` null is until it is taken back."""

    part: str
    times: int | None = None


class Tick(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the clock does, in this order. `advance`: seconds, or such as 4h.

    `freeze`: true is now, else the moment with its time zone, such as 2030-01-31T12:00:00Z.
    """

    resume: bool = False
    freeze: bool | str = False
    advance: float | str | None = None


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """What time it is in the emulator."""

    now: str
    is_frozen: bool


@get("/info")
async def info(desk: TheDesk) -> Info:
    """Say where everything is."""
    return msgspec.convert(desk.info(), Info)


@post("/reset", status_code=OK)
async def reset(desk: TheDesk, keep_config: FromQuery[bool] = False) -> Info:  # noqa: FBT002  a query's
    """Go back to the state at the start, or at the last `POST /emulator/baseline`.

    `keep_config`: forget people, sessions, events and deliveries only; what is configured now stays.
    """
    await desk.reset(keep_configuration=keep_config)
    return msgspec.convert(desk.info(), Info)


@post("/baseline", status_code=OK)
async def baseline(desk: TheDesk) -> Info:
    """Let what is there now be the state that a reset goes back to."""
    await desk.take_baseline()
    return msgspec.convert(desk.info(), Info)


@delete("/baseline", status_code=OK)
async def forget_baseline(desk: TheDesk) -> Info:
    """Let a reset go back to the state at the start again, whatever baselines were taken since."""
    await desk.forget_baseline()
    return msgspec.convert(desk.info(), Info)


@post("/settle", status_code=OK)
async def settle(desk: TheDesk, timeout_seconds: FromQuery[float] = SETTLE_SECONDS) -> Settled:
    """Wait until everything that was acked is processed: relayed, delivered or waiting for another try, mailed."""
    return await _settled(desk, timeout_seconds)


@get("/events")
async def events(
    desk: TheDesk,
    *,
    source: FromQuery[str | None] = None,
    type: FromQuery[str | None] = None,  # noqa: A002  the query's word
    event: FromQuery[str | None] = None,
    user_id: FromQuery[str | None] = None,
    timeout_seconds: FromQuery[float] = SETTLE_SECONDS,
) -> list[dict[str, Any]]:
    """List what was stored, oldest first, once it is processed. The `identity` source's only when it is named."""
    await _settled(desk, timeout_seconds)
    return await desk.events(Wanted(source=source, type=type, event=event, user_id=user_id))


@get("/bad-events")
async def bad_events(desk: TheDesk) -> list[BadEvent]:
    """List what was answered and not stored, each with the reason."""
    return list(desk.bad_events())


@get("/requests")
async def requests(
    desk: TheDesk, to: FromQuery[str] = "", timeout_seconds: FromQuery[float] = SETTLE_SECONDS
) -> list[Recorded]:
    """List what wanted to leave, once everything is processed; `to` as for an answer."""
    await _settled(desk, timeout_seconds)
    return [one for one in desk.recorder.requests if fits(to, one.url, names=_names(one))]


@delete("/requests", status_code=OK)
async def forget_requests(desk: TheDesk, to: FromQuery[str] = "") -> list[Recorded]:
    """Forget the requests so far, or those `to` there; return the others."""
    if to:
        desk.recorder.forget(lambda one: fits(to, one.url, names=_names(one)))
    else:
        desk.recorder.clear()
    return list(desk.recorder.requests)


@get("/answers")
async def answers(desk: TheDesk) -> list[Answer]:
    """List what is still to be answered by rule."""
    return list(desk.answers.rules)


@post("/answers", status_code=OK)
async def answer(desk: TheDesk, data: JSONBody[Rule]) -> Answer:
    """Answer requests from now on, as often as it says: with a status, or a fault."""
    return desk.answers.add(_answer(data))


@delete("/answers", status_code=OK)
async def forget_answers(desk: TheDesk) -> list[Answer]:
    """Forget all rules."""
    desk.answers.clear()
    return []


@delete("/answers/{answer_id:int}", status_code=OK)
async def forget_answer(desk: TheDesk, answer_id: FromPath[int]) -> list[Answer]:
    """Forget one rule."""
    desk.answers.remove(answer_id)
    return list(desk.answers.rules)


@get("/allowed")
async def allowed(desk: TheDesk) -> list[str]:
    """List what really leaves."""
    return list(desk.allowed)


@post("/allowed", status_code=OK)
async def allow(desk: TheDesk, data: JSONBody[Allow]) -> list[str]:
    """Let such requests really leave, until the next reset."""
    desk.allowed.append(data.to)
    return list(desk.allowed)


@get("/refusals")
async def refusals(desk: TheDesk) -> dict[str, int | None]:
    """Say which part refuses, and how often still; null is until it is taken back."""
    return desk.refusals.left


@post("/refusals", status_code=OK)
async def refuse(desk: TheDesk, data: JSONBody[Refusal]) -> dict[str, int | None]:
    """Let the log or the database refuse to write, as with a full disk."""
    desk.refusals.begin(data.part, times=data.times)
    return desk.refusals.left


@delete("/refusals", status_code=OK)
async def forget_refusals(desk: TheDesk) -> dict[str, int | None]:
    """Let everything be written again."""
    desk.refusals.clear()
    return {}


@get("/clock")
async def clock(desk: TheDesk) -> Time:
    """Say what time it is."""
    return msgspec.convert(desk.clock(), Time)


@post("/clock", status_code=OK)
async def tick(desk: TheDesk, data: JSONBody[Tick]) -> Time:
    """Stop the clock, let it jump, let it run. What was acked before a jump is processed before it, if it can be."""
    if data.resume:
        desk.resume()
    if data.freeze is not False:
        desk.freeze(None if data.freeze is True else _moment(data.freeze))
    if data.advance is not None:
        span = durations.read(data.advance)
        await desk.settle(timeout_seconds=BEFORE_A_JUMP_SECONDS, outwaits_hanging=False)
        desk.advance(span)
    return msgspec.convert(desk.clock(), Time)


@get("/mails")
async def mails(
    desk: TheDesk, project: FromQuery[str | None] = None, timeout_seconds: FromQuery[float] = SETTLE_SECONDS
) -> Response[bytes]:
    """List the messages that were sent, newest first, as `/admin/courier/messages`; `project` by id or slug."""
    await _settled(desk, timeout_seconds)
    return _passed_on(await desk.listed("/admin/courier/messages?page_size=500", project=project))


@get("/identities")
async def identities(desk: TheDesk, project: FromQuery[str | None] = None) -> Response[bytes]:
    """List who has signed up, as `/admin/identities`; `project` by id or slug."""
    return _passed_on(await desk.listed("/admin/identities?page_size=500", project=project))


@get("/trace/{message_id:str}")
async def trace(
    desk: TheDesk, message_id: FromPath[str], timeout_seconds: FromQuery[float] = SETTLE_SECONDS
) -> Response[bytes]:
    """Say what became of an event, as `/api/trace`."""
    await _settled(desk, timeout_seconds)
    return _passed_on(await desk.inside(f"/api/trace?{urlencode({'message_id': message_id})}"))


@get("/trace")
async def trace_any(
    desk: TheDesk, message_id: FromQuery[str], timeout_seconds: FromQuery[float] = SETTLE_SECONDS
) -> Response[bytes]:
    """Say the same of an event with whatever id: one that holds slashes is in no path."""
    await _settled(desk, timeout_seconds)
    return _passed_on(await desk.inside(f"/api/trace?{urlencode({'message_id': message_id})}"))


@post("/restart", status_code=ACCEPTED)
async def restart(desk: TheDesk, kill: FromQuery[bool] = False) -> dict[str, bool]:  # noqa: FBT002  a query's
    """End the server's process and start it again, on the same data and address.

    `kill`: by SIGKILL, in the midst of whatever it does; else in order.
    """
    desk.restart(kill=kill)
    return {"restarting": True}


@get("/openapi.json")
async def openapi() -> Response[bytes]:
    """Describe all this."""
    return Response(_described(), media_type=JSON)


HANDLERS = (
    info,
    reset,
    baseline,
    forget_baseline,
    settle,
    events,
    bad_events,
    requests,
    forget_requests,
    answers,
    answer,
    forget_answers,
    forget_answer,
    allowed,
    allow,
    refusals,
    refuse,
    forget_refusals,
    clock,
    tick,
    mails,
    identities,
    trace,
    trace_any,
    restart,
    openapi,
)


def router(desk: Desk) -> Router:
    """Return the routes of one emulator."""
    return Router(
        PREFIX,
        route_handlers=list(HANDLERS),
        guards=[gatekeeper.only_from_here, gatekeeper.only_what_is_known],
        dependencies={"desk": Provide(lambda: desk, sync_to_thread=False)},
    )


async def _settled(desk: Desk, timeout_seconds: float) -> Settled:
    if not 0 <= timeout_seconds <= MOST_SETTLE_SECONDS:
        raise BadRequestError(f"timeout_seconds must be 0 to {MOST_SETTLE_SECONDS:g}.")
    at_work = await desk.settle(timeout_seconds=timeout_seconds)
    return Settled(settled=not at_work, at_work=at_work)


def _answer(rule: Rule) -> Answer:
    headers, body = rule.headers, rule.body
    if rule.json is not msgspec.UNSET:
        body = msgspec.json.encode(rule.json).decode()
        headers = {"content-type": JSON, **headers}
    return Answer(id=0, to=rule.to, times=rule.times, status=rule.status, headers=headers, body=body, fault=rule.fault)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadRequestError(f"{text!r} is no moment. Write it as 2030-01-31T12:00:00Z.") from None


def _names(request: Recorded) -> tuple[str, ...]:
    return tuple(name for name in (request.destination, request.destination_name) if name)


def _passed_on(answer: tuple[int, bytes]) -> Response[bytes]:
    status, body = answer
    return Response(body, status_code=status, media_type=JSON)


@functools.cache
def _described() -> bytes:
    """Return the OpenAPI document: made when it is first asked for, since it takes as long as a start."""
    config = OpenAPIConfig(title="Headwater's emulator", version=headwater.__version__, path="/nowhere")
    handlers = Router(PREFIX, route_handlers=list(HANDLERS), dependencies={"desk": Provide(_nobody)})
    app = Litestar(route_handlers=[handlers], openapi_config=config, logging_config=None)
    return msgspec.json.encode(app.openapi_schema.to_schema())


async def _nobody() -> Desk:
    raise AssertionError("The routes are only described.")
