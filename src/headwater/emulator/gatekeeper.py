"""Who may tell the emulator something: this machine, and no page that a browser on it has open."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from headwater.core.errors import BadRequestError, ForbiddenError
from headwater.web import loopback

# What a browser says of a request that no page made, or a page of our own.
OWN_SITES = (None, "none", "same-origin")
NO_PARAMETERS = frozenset({"desk", "data"})

AnyConnection = ASGIConnection[Any, Any, Any, Any]


async def only_from_here(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """Let this machine in, and no page of another origin: a form posts anywhere, and nobody asks for a key here."""
    peer = connection.client.host if connection.client else ""
    if peer and not loopback.is_loopback(peer):
        raise ForbiddenError("The emulator answers the machine it runs on only.")
    headers = connection.headers
    origin = headers.get("origin")
    is_foreign = origin is not None and origin.partition("://")[2] != headers.get("host")
    if is_foreign or headers.get("sec-fetch-site") not in OWN_SITES:
        page = origin or "another site"
        raise ForbiddenError(f"A page of {page} may not tell the emulator anything. Ask from the test's own process.")


async def only_what_is_known(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Refuse a parameter that there isn't: a filter that is misspelt would find everything."""
    known = set(handler.parsed_fn_signature.parameters) - NO_PARAMETERS - set(connection.path_params)
    for name in connection.query_params:
        if name not in known:
            there = f"there are {', '.join(sorted(known))}" if known else "it takes none"
            raise BadRequestError(f"{connection.url.path} has no parameter `{name}`; {there}.")
