"""The one front on the one port (DESIGN decision 2): tracking calls natively, everything else over the bridge."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from headwater.web import bridge, clients, reception, refusals
from headwater.web.call import Call, Reply
from headwater.web.clients import HostRule, Network
from headwater.web.deadlines import Deadlines
from headwater.web.intake import BodyCutShortError, BodyTooLargeError, BodyTooSlowError, Intake, TooManyBodiesError
from headwater.web.lifespan import ASGIApp
from headwater.web.reception import Arrival
from headwater.web.rsgi import HTTPProtocol, ProtocolClosed, Scope, WebsocketProtocol

FORBIDDEN = 403
KIBIBYTE = 1024
CLOSE = ("connection", "close")

Track = Callable[[Call], Awaitable[Reply]]
IsTracking = Callable[[str, str], bool]
Refuse = Callable[[Call], Reply]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much, and how long. Ruby's and Java's clients fill their batches up to 512,000 bytes.

    `…_at_once`: what all bodies that are under way may be together, each counted as what it says it is (or may be).
    `linger_seconds`: how long a client may go on sending what nobody wants, so that it sees our answer.
    """

    max_tracking_bytes: int = 512_000 + 16 * KIBIBYTE
    tracking_seconds: float = 20.0
    max_tracking_bytes_at_once: int = 512 * KIBIBYTE * KIBIBYTE
    max_app_bytes: int = 10 * KIBIBYTE * KIBIBYTE
    max_app_bytes_at_once: int = 512 * KIBIBYTE * KIBIBYTE
    app_seconds: float = 60.0
    linger_seconds: float = 3.0


DEFAULT_LIMITS = Limits()


class Front:
    """An RSGI application. `is_tracking` is asked with path and method.

    `oversize`, `too_slow` and `cut_short` word the refusals of tracking calls; the rest is plain.
    `app_state` is what the application's lifespan left for its requests.
    """

    def __init__(
        self,
        *,
        track: Track,
        is_tracking: IsTracking,
        oversize: Refuse,
        too_slow: Refuse,
        cut_short: Refuse | None = None,
        overloaded: Refuse | None = None,
        app: ASGIApp,
        host_rule: HostRule,
        trusted_proxies: Sequence[Network] = (),
        app_state: Mapping[str, Any] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._track = track
        self._is_tracking = is_tracking
        self._oversize = oversize
        self._too_slow = too_slow
        self._cut_short = cut_short or _plainly_cut_short
        self._overloaded = overloaded or _plainly_overloaded
        self._app = app
        self._host_rule = host_rule
        # The tracking API is everybody's, knows no cookies and tells nothing: there a strange name costs no safety,
        # and refusing it would cost events.
        self._tracking_host_rule = dataclasses.replace(host_rule, is_open=True)
        self._trusted_proxies = tuple(trusted_proxies)
        self._app_state = {} if app_state is None else app_state
        self._limits = limits
        self._deadlines = Deadlines()
        self._tracking_bytes = self._app_bytes = 0  # of bodies under way
        self._open: set[asyncio.Event] = set()
        self._is_closing = False

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol | WebsocketProtocol) -> None:
        """Answer one request."""
        if isinstance(proto, WebsocketProtocol):
            proto.close(FORBIDDEN)
            return
        arrival = reception.receive(scope, trusted=self._trusted_proxies)
        is_tracking = self._is_tracking(scope.path, scope.method)
        intake = self._intake(proto, arrival, is_tracking=is_tracking)
        rule = self._tracking_host_rule if is_tracking else self._host_rule
        authority, host = scope.authority, arrival.headers.get("host")
        refusal = rule.refusal(authority, host) or (None if is_tracking else clients.disagreement(authority, host))
        if refusal is not None:
            await _refuse(proto, refusal, arrival, intake)
        elif is_tracking:
            await self._track_call(scope, proto, arrival, intake)
        else:
            await self._bridge(scope, proto, arrival, intake)

    def close_streams(self) -> None:
        """Tell every response under way that its client is gone: the server waits for them before it stops."""
        self._is_closing = True
        for ended in self._open:
            ended.set()

    def _intake(self, proto: HTTPProtocol, arrival: Arrival, *, is_tracking: bool) -> Intake:
        return Intake(
            proto,
            headers=arrival.headers,
            is_http1=arrival.is_http1,
            max_bytes=self._limits.max_tracking_bytes if is_tracking else self._limits.max_app_bytes,
            seconds=self._limits.tracking_seconds if is_tracking else self._limits.app_seconds,
            linger_seconds=self._limits.linger_seconds,
            deadlines=self._deadlines,
        )

    async def _track_call(self, scope: Scope, proto: HTTPProtocol, arrival: Arrival, intake: Intake) -> None:
        size = intake.most_bytes
        if self._tracking_bytes + size > self._limits.max_tracking_bytes_at_once:
            await _refuse(proto, self._overloaded(_call(scope, arrival)), arrival, intake)
            return
        self._tracking_bytes += size
        try:
            body = await intake.whole()
        except BodyTooLargeError:
            await _refuse(proto, self._oversize(_call(scope, arrival)), arrival, intake)
        except BodyTooSlowError:
            _answer(proto, self._too_slow(_call(scope, arrival)), arrival, is_last=True)
        except BodyCutShortError:
            _answer(proto, self._cut_short(_call(scope, arrival)), arrival, is_last=True)
        else:
            _answer(proto, await self._track(_call(scope, arrival, body=body)), arrival)
        finally:
            self._tracking_bytes -= size

    async def _bridge(self, scope: Scope, proto: HTTPProtocol, arrival: Arrival, intake: Intake) -> None:
        if intake.is_declared_too_large:
            await _refuse(proto, refusals.of(BodyTooLargeError()), arrival, intake)
            return
        size = intake.most_bytes
        if self._app_bytes + size > self._limits.max_app_bytes_at_once:
            await _refuse(proto, refusals.of(TooManyBodiesError()), arrival, intake)
            return
        self._app_bytes += size
        ended = asyncio.Event()
        self._open.add(ended)
        if self._is_closing:
            ended.set()
        exchange = bridge.Exchange(proto, intake, ended=ended)
        try:
            state = dict(self._app_state)
            await self._app(bridge.asgi_scope(scope, arrival, state=state), exchange.receive, exchange.send)
            if exchange.refused is not None:
                _answer(proto, exchange.refused, arrival, is_last=True)
            await intake.linger()  # the application need not have read the body: a 401 does not
        finally:
            self._app_bytes -= size
            self._open.discard(ended)
            exchange.release()


def _plainly_overloaded(_call: Call) -> Reply:
    return refusals.of(TooManyBodiesError())


def _plainly_cut_short(_call: Call) -> Reply:
    return refusals.of(BodyCutShortError())


def _call(scope: Scope, arrival: Arrival, *, body: bytes = b"") -> Call:
    return Call(
        method=scope.method,
        path=scope.path,
        query=scope.query_string,
        headers=arrival.headers,
        body=body,
        client_ip=arrival.client_ip,
    )


async def _refuse(proto: HTTPProtocol, reply: Reply, arrival: Arrival, intake: Intake) -> None:
    _answer(proto, reply, arrival, is_last=True)
    await intake.linger()


def _answer(proto: HTTPProtocol, reply: Reply, arrival: Arrival, *, is_last: bool = False) -> None:
    """Send a complete answer; `is_last` ends an HTTP/1 connection, whose next bytes can't be trusted."""
    headers = [*reply.headers, CLOSE] if is_last and arrival.is_http1 else list(reply.headers)
    try:
        if reply.body:
            proto.response_bytes(reply.status, headers, reply.body)
        else:
            proto.response_empty(reply.status, headers)
    except ProtocolClosed:
        return
