"""A conversation with the HTTP API: JSON out, JSON in, and every failure as one error that says what to do."""

import ipaddress
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from headwater.cli.usage import UsageError
from headwater.core.errors import HeadwaterError
from headwater.web import loopback

TIMEOUT_SECONDS = 30.0
SILENCE_SECONDS = 45.0  # a stream says that it is still there more often than that
NO_CONTENT = 204
FIRST_ERROR_STATUS = 400
UNAUTHENTICATED = 401
UNFIT_PARTS = ("", ".", "..")
KEY_HINT = "Give a key with --key or HEADWATER_KEY; `headwater create key --role admin` makes one."

# Of one parameter of a query: its value, each of its values, or that it isn't given.
Asked = str | Sequence[str] | None


class RequestFailedError(HeadwaterError):
    """The server refused the request, or there is no server there."""

    code = "request_failed"  # the context's `answered` is the status of its answer, where there was one


class Client:
    """One connection to one server (or to the app in this process); made by `connected`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    @property
    def url(self) -> str:
        """Where the server is."""
        return str(self._http.base_url)

    def speak_to(self, host: str) -> None:
        """Address what follows to `host`, a name of the same server.

        On this machine and at bare addresses the name need not resolve: the connection stays where it was.
        """
        url = self._http.base_url
        if loopback.is_loopback(url.host) or _is_address(url.host):
            self._http.headers["host"] = host
        else:
            self._http.base_url = url.copy_with(netloc=host.encode())

    async def get(self, path: str, /, **query: Asked) -> Any:
        return _document(await self._send("GET", path, query=query))

    async def get_page(self, path: str, **query: Asked) -> tuple[Any, str | None]:
        """Return the document and the `page_token` of the next page, None on the last one."""
        answer = await self._send("GET", path, query=query)
        following = answer.links.get("next", {}).get("url")
        return _document(answer), httpx.URL(following).params.get("page_token") if following else None

    async def post(self, path: str, body: Any, **query: Asked) -> Any:
        return _document(await self._send("POST", path, query=query, body=body))

    async def patch(self, path: str, body: Any) -> Any:
        return _document(await self._send("PATCH", path, body=body))

    async def put(self, path: str, body: Any) -> Any:
        return _document(await self._send("PUT", path, body=body))

    async def delete(self, path: str) -> None:
        _document(await self._send("DELETE", path))  # a page that says yes to everything has deleted nothing

    async def forward(self, path: str, *, headers: Mapping[str, str], content: bytes) -> httpx.Response:
        """POST somebody else's request, with its own authorisation, and return the answer, whatever its status."""
        return await self._exchange("POST", path, headers=headers, content=content)

    async def lines(self, path: str, **query: str | None) -> AsyncGenerator[str, None]:
        """Yield the lines of an answer without end, as they come, until the server ends it."""
        params = {name: value for name, value in query.items() if value is not None}
        timeout = httpx.Timeout(TIMEOUT_SECONDS, read=SILENCE_SECONDS)
        try:
            async with self._http.stream("GET", path, params=params, timeout=timeout) as answer:
                if answer.status_code >= FIRST_ERROR_STATUS:
                    await answer.aread()
                    raise RequestFailedError(_refusal(answer))
                async for line in cut_lines(answer.aiter_bytes()):
                    yield line
        except httpx.TimeoutException as error:
            raise RequestFailedError(f"{self._http.base_url} went silent. Look at the server's log.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            hint = "Is `headwater serve` still running there?"
            raise RequestFailedError(f"{self._http.base_url} can't be reached: {error}. {hint}") from error

    async def pieces(
        self, path: str, body: Any, *, media_type: str, silence_seconds: float
    ) -> AsyncGenerator[bytes, None]:
        """POST `body` and yield the answer, which is of `media_type`, as it comes; nothing may come for so long."""
        timeout = httpx.Timeout(TIMEOUT_SECONDS, read=silence_seconds)
        try:
            async with self._http.stream("POST", path, json=body, timeout=timeout) as answer:
                if answer.status_code >= FIRST_ERROR_STATUS:
                    await answer.aread()
                    raise RequestFailedError(_refusal(answer), answered=answer.status_code)
                if not answer.headers.get("content-type", "").startswith(media_type):
                    raise RequestFailedError(_not_ours(answer))
                async for piece in answer.aiter_bytes():
                    yield piece
        except httpx.TimeoutException as error:
            raise RequestFailedError(f"{self._http.base_url} went silent. Look at the server's log.") from error
        except httpx.RemoteProtocolError as error:
            raise RequestFailedError("The answer broke off before its end. Look at the server's log.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            hint = "Is `headwater serve` running there?"
            raise RequestFailedError(f"{self._http.base_url} can't be reached: {error}. {hint}") from error

    async def _send(
        self, method: str, path: str, *, query: Mapping[str, Asked] | None = None, body: Any = None
    ) -> httpx.Response:
        params = {name: value for name, value in (query or {}).items() if value is not None}
        headers = {} if body is None else {"content-type": "application/json"}
        content = None if body is None else json.dumps(body)
        answer = await self._exchange(method, path, params=params, headers=headers, content=content)
        if answer.status_code >= FIRST_ERROR_STATUS:
            raise RequestFailedError(_refusal(answer), answered=answer.status_code)
        return answer

    async def _exchange(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return await self._http.request(method, path, **request)
        except httpx.TimeoutException as error:
            message = f"{self._http.base_url} did not answer within {TIMEOUT_SECONDS:.0f} s. Look at the server's log."
            raise RequestFailedError(message) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            hint = "Is `headwater serve` running there?"
            raise RequestFailedError(f"{self._http.base_url} can't be reached: {error}. {hint}") from error


@asynccontextmanager
async def connected(
    url: str, *, token: str | None, is_ours: bool, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Client]:
    """Yield a client of the server at `url`, or of `transport`."""
    if not _is_url(url):
        raise _bad_url(url)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    # No proxy from the environment for our own server: it is on this machine, and the token is nobody else's.
    try:
        http = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=not is_ours, transport=transport
        )
    except httpx.InvalidURL as error:
        raise _bad_url(url) from error
    async with http:
        yield Client(http)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _bad_url(url: str) -> UsageError:
    return UsageError(f"{url!r} is not the address of a server; one looks like https://headwater.example.com.")


def path_of(*parts: str) -> str:
    """Return a URL path of `parts`, each quoted: an id with a slash in it must not reach another route.

    Raises UsageError for a part that can't be quoted so: dots alone climb, and nothing names the whole list.
    """
    if unfit := [part for part in parts if part in UNFIT_PARTS]:
        raise UsageError(f"{unfit[0]!r} is not an id.")
    return "/" + "/".join(quote(part, safe="@", errors="surrogateescape") for part in parts)


async def cut_lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Cut at line feeds only: other readers of lines also cut at characters that may stand inside JSON."""
    rest = b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")


def _document(answer: httpx.Response) -> Any:
    if answer.status_code == NO_CONTENT:
        return None
    try:
        return answer.json()
    except ValueError as error:
        raise RequestFailedError(_not_ours(answer)) from error


def _refusal(answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
        said = dict.fromkeys(str(error[key]) for key in ("message", "reason") if error.get(key))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _not_ours(answer)
    message = ": ".join(said) or str(error.get("status", answer.status_code))
    extra = _details(error.get("details"), said=message)
    return f"{message}{extra}{' ' + KEY_HINT if answer.status_code == UNAUTHENTICATED else ''}"


def _details(details: Any, *, said: str) -> str:
    if not isinstance(details, dict):
        return ""
    news = [f"{key}: {value}" for key, value in details.items() if str(value) not in said]
    return f" ({'; '.join(news)})" if news else ""


def _not_ours(answer: httpx.Response) -> str:
    return f"{answer.url} answered {answer.status_code} with something else than our JSON. Is that a Headwater server?"
