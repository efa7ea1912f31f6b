"""Asking a provider over HTTP: one place for how long, how much, and what a failure is called.

It may touch the outbound client only, which keeps the address policy (DESIGN decision 12).
"""

from typing import Any

import msgspec
import structlog
from yarl import URL

from headwater.identity.providers.errors import (
    ProviderAnswerError,
    ProviderError,
    ProviderUnreachableError,
    misconfigured,
)
from headwater.net.outbound import (
    AddressRefusedError,
    BadOutboundRequestError,
    Request,
    Response,
    ResponseTooLargeError,
    Sender,
    SendError,
)

logger = structlog.get_logger(__name__)

# Somebody is waiting for their sign-in meanwhile.
TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 256 * 1024
JSON = "application/json"
MAX_DEPTH = 32


class Wire:
    """Sends one request to a provider."""

    def __init__(self, sender: Sender, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._sender = sender
        self._timeout_seconds = timeout_seconds

    async def get(
        self, url: str, *, headers: tuple[tuple[str, str], ...] = (), max_bytes: int = MAX_ANSWER_BYTES
    ) -> Response:
        """Return the answer, any status. Raises ProviderError if there is none."""
        return await self._send("GET", url, headers=_accepting(headers), body=b"", max_bytes=max_bytes)

    async def post(self, url: str, *, headers: tuple[tuple[str, str], ...], body: bytes) -> Response:
        """Return the answer, any status. Raises ProviderError if there is none."""
        return await self._send("POST", url, headers=_accepting(headers), body=body, max_bytes=MAX_ANSWER_BYTES)

    async def _send(
        self, method: str, url: str, *, headers: tuple[tuple[str, str], ...], body: bytes, max_bytes: int
    ) -> Response:
        request = Request(
            method=method,
            url=url,
            headers=headers,
            body=body,
            timeout_seconds=self._timeout_seconds,
            max_response_bytes=max_bytes,
        )
        try:
            return await self._sender.send(request)
        except SendError as error:
            # The people signing in aren't told of our network; operators read it here.
            logger.warning("provider_unreachable", host=host_of(url), why=error.message)
            raise _translated(error, host=host_of(url)) from error


def host_of(url: str) -> str:
    """Return what messages may say of a URL: not its path or query, which can hold secrets."""
    try:
        return URL(url).host or "The provider"
    except ValueError:
        return "The provider"


def json_object(body: bytes, *, host: str) -> dict[str, Any]:
    """Return a JSON object of bounded depth. Raises ProviderAnswerError for anything else."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProviderAnswerError(f"{host} answered with something other than JSON. Please try again later.") from None
    if not isinstance(found, dict):
        raise ProviderAnswerError(f"{host} answered with something other than a JSON object. Please try again later.")
    # Without as many brackets nothing is as deep; most answers have few.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _is_deeper(found, MAX_DEPTH):
        raise ProviderAnswerError(f"{host} answered with JSON nested deeper than {MAX_DEPTH} levels.")
    return found


def require_ok(response: Response, *, host: str) -> None:
    """Raises ProviderAnswerError unless the answer is a 200."""
    if response.status != 200:  # noqa: PLR2004  HTTP's own number
        raise ProviderAnswerError(
            f"{host} answered with status {response.status} where 200 was expected. Try again later."
        )


def _translated(error: SendError, *, host: str) -> ProviderError:
    if isinstance(error, AddressRefusedError):
        return misconfigured(
            f"{host} may not be called from here, because its address is private or forbidden",
            todo="use a public one, or allow a private one with HEADWATER_PRIVATE_ADDRESSES or"
            " clients.http.private_ip_exception_urls; a link-local one, as of a cloud's metadata, is never called",
        )
    if isinstance(error, BadOutboundRequestError):
        return misconfigured(
            f"{host} can't be called: its URL can't be read, or redirects without end", todo="correct it"
        )
    if isinstance(error, ResponseTooLargeError):
        return ProviderAnswerError(f"{host} answered with more than is read. Whoever runs this site has to look at it.")
    return ProviderUnreachableError(
        f"{host} can't be reached at the moment. Please try again, or choose another way to sign in."
    )


def _accepting(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    is_named = any(name.lower() == "accept" for name, _ in headers)
    return headers if is_named else (("Accept", JSON), *headers)


def _is_deeper(value: dict[str, Any] | list[Any], levels: int) -> bool:
    """Mappers and hooks read what providers say: mallory's provider shall not overflow their stack."""
    if levels == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_is_deeper(item, levels - 1) for item in inner if isinstance(item, dict | list))
