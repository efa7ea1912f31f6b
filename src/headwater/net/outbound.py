"""One way out: every Action, destination and template fetch leaves through `Outbound.send`.

It may touch the network and nothing else. See DESIGN decision 12 for the policy it enforces.
"""

from contextvars import ContextVar
from typing import Protocol

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.core.secrets import Secret
from headwater.net.address_rules import NO_RULES, AddressRules

# The destination that the running task sends for, "" for none: for whoever keeps a record of what leaves.
on_behalf_of: ContextVar[str] = ContextVar("on_behalf_of", default="")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One outgoing request. `url` is absolute, http or https; header names are sent as given.

    `secret_headers` names those (lower-case) whose values are credentials, whatever they are called: they follow no
    redirect to another host, and nobody is shown them. `signing_secrets` are keys that each attempt is still to be
    signed with (`signing.signed`). `rules` are the asking project's own, about private addresses. With a `proxy`, an
    http or https URL that may have a user and password, it goes through that and no other way (`proxies.parse`).
    `success` is the body of the receiver's answer when all went well, for whoever stands in for it: mostly a bare 200
    says enough. Without `follows_redirects` a redirect is the answer.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    secret_headers: frozenset[str] = frozenset()
    signing_secrets: tuple[Secret, ...] = ()
    rules: AddressRules = NO_RULES
    proxy: Secret | None = None
    body: bytes = b""
    success: bytes = b""
    timeout_seconds: float = 10.0
    max_response_bytes: int = 5 * 1024 * 1024
    follows_redirects: bool = True


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Header names are lower-case; the body is at most `max_response_bytes`."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first header called `name` (lower-case), or None."""
        return next((value for key, value in self.headers if key == name), None)


class SendError(HeadwaterError):
    """The request got no answer."""

    code = "send_failed"
    status = 502


class AddressRefusedError(SendError):
    """The outbound policy refuses this address."""

    code = "address_refused"


class BadOutboundRequestError(SendError):
    """The request can't be sent as it is: bad URL, method or header."""

    code = "bad_outbound_request"


class UnreachableError(SendError):
    """The receiver can't be reached."""

    code = "unreachable"


class ReceiverTimeoutError(SendError):
    """The receiver took too long."""

    code = "receiver_timeout"
    status = 504


class ResponseTooLargeError(SendError):
    """The receiver's answer is larger than allowed."""

    code = "response_too_large"


class Sender(Protocol):
    """What a room needs to send: `Outbound`, or a scripted one in a test."""

    async def send(self, request: Request) -> Response:
        """Send one request and return its answer, any status. Raises a SendError when there is none."""
