"""The one real way out: a `Sender` on aiohttp that trusts neither the URL, nor the name, nor the answer."""

import asyncio
import functools
import ssl
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from headwater import __version__
from headwater.net import bodies, failures, guard, hop, proxies
from headwater.net.addresses import AddressPolicy, Clearance
from headwater.net.guard import Guard, Lookup
from headwater.net.hop import Hop
from headwater.net.outbound import (
    AddressRefusedError,
    BadOutboundRequestError,
    ReceiverTimeoutError,
    Request,
    Response,
)
from headwater.net.proxies import Proxy, ProxyFor

Answer = Callable[[Request], Awaitable[Response]]
Alias = Callable[[str], Answer | None]

# Shorter than the 5 s after which common servers drop an idle connection: a POST that meets such a closing
# connection fails, and can't be repeated without asking.
KEEPALIVE_SECONDS = 4.0
CONNECTIONS_PER_HOST = 32
CONNECTIONS_IN_ALL = 512
USER_AGENT = f"Headwater/{__version__}"
# aiohttp would add these by itself.
NO_SURPRISES = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# One clock for the whole request is kept in `send`; aiohttp's own five minutes must not interfere.
NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)
# Unpacked by us, or no longer true once it is.
UNPACKED_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class _Verbatim(str):
    """A method as it was given. The client library would write it in capitals; to HTTP, `post` is another one."""

    __slots__ = ()

    def upper(self) -> str:
        return self


def _no_alias(_host: str) -> Answer | None:
    return None


@functools.cache
def _trusting(certificates: str | None) -> ssl.SSLContext:
    """Return what trusts the system's authorities and these. Made once: to read them takes as long as 50 requests."""
    context = ssl.create_default_context()
    if certificates:
        context.load_verify_locations(cadata=certificates)
    return context


class Outbound:
    """Sends requests under one address policy, over pooled connections.

    `alias` names the hosts that are answered in process and never reach the network. A proxy is used only where a
    request names its own, or `proxy_for` the operator's. `trusted_certificates` (PEM) come on top of the system's.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        alias: Alias = _no_alias,
        proxy_for: ProxyFor | None = None,
        lookup: Lookup = guard.look_up,
        trusted_certificates: str | None = None,
        connections_per_host: int = CONNECTIONS_PER_HOST,
    ) -> None:
        self._policy = policy
        self._alias = alias
        self._proxy_for = proxy_for
        self._lookup = lookup
        self._connections_per_host = connections_per_host
        self._tls = _trusting(trusted_certificates)
        self._direct: dict[Clearance, aiohttp.ClientSession] = {}
        self._proxied: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Response:
        """Send `request`, follow its redirects, and return the last answer, whatever its status."""
        first = hop.first(request)
        try:
            async with asyncio.timeout(request.timeout_seconds):
                return await self._follow(first, request)
        except TimeoutError:
            raise ReceiverTimeoutError(
                f"{first.receiver} gave no complete answer within {request.timeout_seconds:g} s."
            ) from None

    async def close(self) -> None:
        """Close every pooled connection. Requests under way fail."""
        sessions = [*self._direct.values(), *([self._proxied] if self._proxied else [])]
        self._direct.clear()
        self._proxied = None
        for session in sessions:
            await session.close()

    async def _follow(self, current: Hop, request: Request) -> Response:
        for _ in range(hop.MAX_REDIRECTS + 1):
            response = await self._exchange(current, request)
            if not request.follows_redirects:
                return response
            following = hop.after_redirect(current, response.status, response.header("location"))
            if following is None:
                return response
            current = following
        raise BadOutboundRequestError(f"{current.receiver} redirects more than {hop.MAX_REDIRECTS} times.")

    async def _exchange(self, current: Hop, request: Request) -> Response:
        answer = self._alias(current.host)
        if answer is not None:
            return await answer(_as_request(current, request))
        own = None if request.proxy is None else proxies.parse(request.proxy.reveal())
        try:
            return await (self._call(current, request) if own is None else self._call_through(own, current, request))
        except failures.TRANSPORT_FAILURES as error:
            # `from None`: a chained traceback would print the URL, and its query may hold a key.
            name = None if own is None else own.name
            raise failures.translate(error, receiver=current.receiver, proxy=name) from None

    async def _call(self, current: Hop, request: Request) -> Response:
        proxy = self._proxy_for(current.url) if self._proxy_for else None
        clearance = self._policy.clearance(current.url, rules=request.rules)
        session = await self._proxied_session(current, clearance) if proxy else self._direct_session(clearance)
        return await _asked(session, current, request, headers=_headers(current), proxy=proxy)

    async def _call_through(self, proxy: Proxy, current: Hop, request: Request) -> Response:
        """Call by way of a request's own proxy, whose address is judged like any receiver's.

        Names are the proxy's to look up; a target that is an address is judged here, as if it were called from here.
        """
        ip = proxies.literal_address(current.host)
        clearance = self._policy.clearance(current.url, rules=request.rules)
        refusal = ip and self._policy.refusal(ip, current.url.port or 0, clearance=clearance)
        if refusal:
            raise AddressRefusedError(f"{current.receiver} may not be called: {refusal}")
        session = self._direct_session(self._policy.clearance(proxy.url, rules=request.rules))
        headers, to_proxy = _headers(current), {"User-Agent": USER_AGENT}
        if proxy.authorization is not None:
            # Through a tunnel the receiver gets all that isn't said to the proxy itself.
            (to_proxy if current.url.scheme == "https" else headers)["Proxy-Authorization"] = proxy.authorization
        answer = await _asked(session, current, request, headers=headers, proxy=proxy.url, proxy_headers=to_proxy)
        if answer.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise failures.proxy_refused(answer.status, proxy=proxy.name, receiver=current.receiver)
        return answer

    def _direct_session(self, clearance: Clearance) -> aiohttp.ClientSession:
        if clearance not in self._direct:
            watch = Guard(self._policy, clearance=clearance, lookup=self._lookup)
            self._direct[clearance] = self._session(watch)
        return self._direct[clearance]

    async def _proxied_session(self, current: Hop, clearance: Clearance) -> aiohttp.ClientSession:
        """Return the session for proxies, which are the operator's choice and may be anywhere.

        The target is judged here as far as we can see it; a name that only the proxy can resolve is its to
        refuse.
        """
        watch = Guard(self._policy, clearance=clearance, lookup=self._lookup)
        try:
            await watch.allowed(current.host, current.url.port or 0)
        except guard.RefusedByPolicyError:
            raise
        except OSError:
            pass
        if self._proxied is None:
            self._proxied = self._session(None)
        return self._proxied

    def _session(self, watch: Guard | None) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=self._tls,
            resolver=watch,
            socket_factory=watch.open_socket if watch else None,
            limit=CONNECTIONS_IN_ALL,
            limit_per_host=self._connections_per_host,
            keepalive_timeout=KEEPALIVE_SECONDS,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=NO_TIMEOUT,
            auto_decompress=False,
            trust_env=False,
        )


async def _asked(
    session: aiohttp.ClientSession,
    current: Hop,
    request: Request,
    *,
    headers: CIMultiDict[str],
    proxy: URL | str | None,
    proxy_headers: dict[str, str] | None = None,
) -> Response:
    async with session.request(
        _Verbatim(current.method),
        current.url,
        headers=headers,
        data=current.body or None,
        allow_redirects=False,
        skip_auto_headers=NO_SURPRISES,
        proxy=proxy,
        proxy_headers=proxy_headers,
    ) as answer:
        try:
            return await _read(answer, request.max_response_bytes)
        finally:
            if not answer.content.is_eof():
                answer.close()


def _headers(current: Hop) -> CIMultiDict[str]:
    headers = CIMultiDict(current.headers)
    headers.setdefault("User-Agent", USER_AGENT)
    headers.setdefault("Accept-Encoding", "identity")
    return headers


def _as_request(current: Hop, request: Request) -> Request:
    return Request(
        method=current.method,
        url=str(current.url),
        headers=current.headers,
        secret_headers=current.secret_headers,
        rules=request.rules,
        body=current.body,
        timeout_seconds=request.timeout_seconds,
        max_response_bytes=request.max_response_bytes,
    )


async def _read(answer: aiohttp.ClientResponse, max_response_bytes: int) -> Response:
    coding = answer.headers.get("Content-Encoding", "").strip().lower()
    body = await bodies.read(answer.content.iter_any(), coding=coding, max_bytes=max_response_bytes)
    dropped = UNPACKED_HEADERS if coding in bodies.UNPACKED else frozenset[str]()
    headers = [(_clean(name).lower(), _clean(value)) for name, value in answer.headers.items()]
    return Response(
        status=answer.status,
        headers=tuple([pair for pair in headers if pair[0] not in dropped] if dropped else headers),
        body=body,
    )


def _clean(text: str) -> str:
    # A byte that is no UTF-8 comes as a lone surrogate, which nobody further in could write down.
    return text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")
