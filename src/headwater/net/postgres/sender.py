"""Sends to PostgreSQL: a request whose URL is `postgresql://host:port/database` and whose body is a load (`load.py`).

Its headers say as whom (`user`, `password`), and how TLS is to be (`tls`, `certificate`). The answer is 200 with the
number of rows, or 400 with what PostgreSQL said, whose SQLSTATE is the header `sqlstate`.
"""

import asyncio
import socket
from urllib.parse import unquote, urlsplit

import msgspec
import psycopg
from yarl import URL

from headwater.core.clock import Clock
from headwater.net import guard
from headwater.net.addresses import AddressPolicy
from headwater.net.guard import Guard, Lookup, RefusedByPolicyError
from headwater.net.outbound import (
    AddressRefusedError,
    BadOutboundRequestError,
    ReceiverTimeoutError,
    Request,
    Response,
    UnreachableError,
)
from headwater.net.postgres import load as loads
from headwater.net.postgres import loading
from headwater.net.postgres.columns import Connection
from headwater.net.postgres.connections import VERIFIED, Connections, Server
from headwater.net.postgres.load import Forget, Load

DEFAULT_PORT = 5432
OK, REFUSED = 200, 400
SQLSTATE = "sqlstate"
DATA_EXCEPTION = "22000"
# A refused log-in comes without its SQLSTATE; these are the server's words for it.
LOGIN_REFUSALS = {
    "password authentication failed": "28P01",
    "no pg_hba.conf entry": "28000",
    "does not exist": "3D000",
    "is not permitted to log in": "28000",
    "permission denied for database": "42501",
}


class PostgresSender:
    """A `Sender` for PostgreSQL servers, under one address policy."""

    def __init__(self, policy: AddressPolicy, *, clock: Clock, lookup: Lookup = guard.look_up) -> None:
        self._policy = policy
        self._lookup = lookup
        self._connections = Connections(clock=clock)

    async def send(self, request: Request) -> Response:
        """Do what `request` asks, in one transaction. Raises a SendError when there is no answer."""
        server, order = _server(request), _order(request)
        where = f"{server.host}:{server.port}"
        try:
            async with asyncio.timeout(request.timeout_seconds):
                async with self._connections.lent(server, self._guard(request)) as connection:
                    count = await _do(connection, order, request.timeout_seconds)
        except TimeoutError:
            raise ReceiverTimeoutError(f"{where} did not finish within {request.timeout_seconds:g} s.") from None
        except RefusedByPolicyError as error:
            raise AddressRefusedError(str(error)) from None
        except (socket.gaierror, ConnectionError, OSError) as error:
            raise UnreachableError(f"{where} can't be reached: {error}.") from None
        except psycopg.Error as error:
            return _refused(error, where)
        return Response(status=OK, body=msgspec.json.encode({"rows": count}))

    async def close(self) -> None:
        """Close the connections that idle."""
        await self._connections.close()

    def _guard(self, request: Request) -> Guard:
        # A database may be called `track`; that makes it no tracking API of ours.
        clearance = self._policy.clearance(URL(request.url), rules=request.rules)
        return Guard(self._policy, clearance=msgspec.structs.replace(clearance, is_tracking=False), lookup=self._lookup)


async def _do(connection: Connection, order: Load | Forget, timeout_seconds: float) -> int:
    if isinstance(order, Forget):
        return await loading.forget(connection, order, timeout_seconds=timeout_seconds)
    return await loading.put(connection, order, timeout_seconds=timeout_seconds)


def _server(request: Request) -> Server:
    said = dict(request.headers)
    try:
        parts = urlsplit(request.url)
        host, port = parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        host, port = None, DEFAULT_PORT
    if not host or host.startswith("/") or "," in host:
        raise BadOutboundRequestError("A PostgreSQL server needs the name or the address of one host.")
    return Server(
        host=host,
        port=port,
        database=unquote(parts.path.removeprefix("/")),
        user=said.get("user", ""),
        password=said.get("password", ""),
        tls=said.get("tls", VERIFIED),
        certificate=said.get("certificate", ""),
    )


def _order(request: Request) -> Load | Forget:
    try:
        return loads.decode(request.body)
    except msgspec.DecodeError as error:
        raise BadOutboundRequestError(f"This is no load for a PostgreSQL server: {error}.") from None


def _refused(error: psycopg.Error, where: str) -> Response:
    """Return what PostgreSQL said. Raises UnreachableError where it was not PostgreSQL that spoke."""
    message = str(error).strip()
    state = error.sqlstate or next((found for words, found in LOGIN_REFUSALS.items() if words in message), None)
    if state is None and isinstance(error, psycopg.DataError):
        state = DATA_EXCEPTION  # the driver itself refuses a value: no server will be asked
    if state is None:
        raise UnreachableError(f"{where}: {message}") from None
    body = {"sqlstate": state, "message": message}
    return Response(status=REFUSED, headers=((SQLSTATE, state),), body=msgspec.json.encode(body))
