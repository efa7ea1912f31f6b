"""Where Jsonnet comes from: one mechanism for the bodies of hooks and of mail, and for claims mappers.

An address is the text itself (base64://), a server of the operator's (http://, https://), or a file below the folder of
`--template-files`. As in Kratos what servers say is kept in memory for an hour, and files are read each time. An old
copy serves for as long as its server can't be reached, so that this server's bad days don't keep anybody from signing
in. It may touch the network through the `Sender`, and that folder.
"""

import asyncio
import base64
import math
import re

import structlog
from yarl import URL

from headwater.core.clock import Clock
from headwater.mapping.evaluation import Snippet
from headwater.mapping.source_errors import MOST_BYTES, SourceError, too_large
from headwater.mapping.template_files import FILE, TemplateFiles
from headwater.net.address_rules import NO_RULES, AddressRules
from headwater.net.documents import Documents
from headwater.net.outbound import (
    AddressRefusedError,
    BadOutboundRequestError,
    Request,
    ResponseTooLargeError,
    Sender,
    SendError,
)

logger = structlog.get_logger(__name__)

BASE64 = "base64://"
WEB = ("http://", "https://")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
SCHEMES = "base64://, https://, http:// or file://"
FRESH_SECONDS = 3_600.0
# Somebody is waiting for their sign-in meanwhile.
TIMEOUT_SECONDS = 10.0
MOST_KEPT_BYTES = 16 * 1024 * 1024
KEPT_BESIDE_BYTES = 4 * 1024  # what a kept text costs besides itself: its address, mostly
OK = 200
ACCEPT = (("Accept", "*/*"),)
BASE64_GROUP = 4
URL_SAFE_LETTERS = frozenset("-_")


class Sources:
    """One per installation."""

    def __init__(self, *, sender: Sender, clock: Clock, files: TemplateFiles) -> None:
        self._sender = sender
        self._files = files
        # By rules, too: what one was allowed to fetch is no answer to another who isn't, nor after they have changed.
        self._fetched: Documents[tuple[str, AddressRules], str] = Documents(
            self._fetch,
            clock=clock,
            fresh_seconds=FRESH_SECONDS,
            usable_seconds=math.inf,
            weigh=lambda text: len(text) + KEPT_BESIDE_BYTES,
            most=MOST_KEPT_BYTES,
        )

    async def load(self, address: str, *, name: str, rules: AddressRules = NO_RULES) -> Snippet:
        """Return the program behind `address`; errors of its evaluation call it `name`.

        Raises SourceError, which quotes neither path nor query of the address.
        """
        if address.startswith(WEB):
            return Snippet(await self._fetched.get((address, rules)), name)
        if address.startswith(FILE) or is_bare_path(address):
            return Snippet(_text(await asyncio.to_thread(self._files.read, address)), name)
        return embedded(address, name=name)

    async def _fetch(self, key: tuple[str, AddressRules]) -> str:
        url, rules = key
        host = host_of(url)
        request = Request(
            method="GET",
            url=url,
            headers=ACCEPT,
            rules=rules,
            timeout_seconds=TIMEOUT_SECONDS,
            max_response_bytes=MOST_BYTES,
        )
        try:
            response = await self._sender.send(request)
        except SendError as error:
            # People who sign in may read the error, and are told nothing of our network; operators read it here.
            logger.warning("jsonnet_not_fetched", host=host, reason=error.message)
            raise _translated(error, host=host) from error
        if response.status != OK:
            raise SourceError(f"can't be read: {host} answered with status {response.status} where 200 was expected")
        return _text(response.body)


def is_bare_path(address: str) -> bool:
    """Tell whether an address has no scheme: as Kratos had it once, a path."""
    return bool(address) and SCHEME.match(address) is None


def host_of(url: str) -> str:
    """Return what messages may say of a URL: its path and query can hold secrets."""
    try:
        return URL(url).host or "the server"
    except ValueError:
        return "the server"


def embedded(address: str, *, name: str) -> Snippet:
    """Return the Jsonnet inside a `base64://` text. Line breaks in it are fine; GNU base64 wraps at 76."""
    if not address.startswith(BASE64):
        raise SourceError("must begin with base64:// and carry the Jsonnet itself")
    letters = "".join(address.removeprefix(BASE64).split())
    try:
        return Snippet(_text(base64.b64decode(letters, validate=True)), name)
    except ValueError:  # letters that are none of base64, or beyond ASCII
        raise SourceError(f"is not base64: {_hint(letters)}") from None


def _text(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise SourceError("leads to bytes that are not UTF-8 text; it must be the Jsonnet") from None
    if not text.strip():
        raise SourceError("is empty; it must be Jsonnet such as function(ctx) {userId: ctx.identity.id}")
    return text


def _hint(letters: str) -> str:
    if URL_SAFE_LETTERS & set(letters):
        return "it uses the URL-safe letters - and _; encode it with the standard alphabet (base64 -w0)"
    if len(letters) % BASE64_GROUP and not letters.endswith("="):
        return "its padding is missing; keep the = signs at the end (base64 -w0)"
    return "encode the Jsonnet with base64 -w0"


def _translated(error: SendError, *, host: str) -> SourceError:
    if isinstance(error, AddressRefusedError):
        return SourceError(
            f"can't be read: {host} may not be called from here, because its address is private or forbidden; a private"
            " one can be allowed with clients.http.private_ip_exception_urls or HEADWATER_PRIVATE_ADDRESSES; a"
            " link-local one, as of a cloud's metadata service, is never called"
        )
    if isinstance(error, BadOutboundRequestError):
        return SourceError(f"can't be read: the URL of {host} is wrong, or redirects without end; correct it")
    if isinstance(error, ResponseTooLargeError):
        return too_large()
    return SourceError(f"can't be read: {host} can't be reached at the moment; try again, or embed it as base64://")
