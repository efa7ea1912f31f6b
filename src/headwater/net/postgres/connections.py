"""Connections to PostgreSQL servers: few to each, kept for a while, opened to addresses that the policy allows.

A name is looked up here and only its allowed addresses are given to the driver, which looks nothing up.
"""

import asyncio
import hashlib
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import certifi
from psycopg import AsyncConnection

from headwater.core.clock import Clock
from headwater.net.guard import Guard
from headwater.net.postgres.columns import Connection

CONNECTIONS_PER_SERVER = 4
# An idle connection may be dropped by whatever is on the way; a fresh one costs little.
IDLE_SECONDS = 30.0
VERIFIED, OFF = "verify", "off"
APPLICATION = "headwater"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to, and as whom. `tls` is `verify`, or `off` for a server that has none."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    tls: str = VERIFIED
    certificate: str = field(default="", repr=False)  # PEM of the server's own authority


class _Pool:
    """The connections to one server: those that idle, and how many more there may be."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(CONNECTIONS_PER_SERVER)
        self.idle: deque[tuple[float, Connection]] = deque()
        self.lent = 0


class Connections:
    """Lends connections. One that failed, or whose work was cut off, is not lent again."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._pools: dict[Server, _Pool] = {}
        self._folder: TemporaryDirectory[str] | None = None

    @asynccontextmanager
    async def lent(self, server: Server, guard: Guard) -> AsyncIterator[Connection]:
        """Lend a connection to `server`; wait while all are lent. Raises what the driver and the guard raise."""
        await self._drop_stale()
        pool = self._pools.setdefault(server, _Pool())
        async with pool.free:
            pool.lent += 1
            connection = None
            try:
                connection = pool.idle.pop()[1] if pool.idle else await self._open(server, guard)
                yield connection
                pool.idle.append((self._clock.monotonic(), connection))
            except BaseException:
                if connection is not None:
                    await connection.close()
                raise
            finally:
                pool.lent -= 1

    async def close(self) -> None:
        """Close all that idle."""
        for pool in self._pools.values():
            while pool.idle:
                await pool.idle.pop()[1].close()
        self._pools.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def _drop_stale(self) -> None:
        now = self._clock.monotonic()
        for server, pool in list(self._pools.items()):
            while pool.idle and now - pool.idle[0][0] > IDLE_SECONDS:
                await pool.idle.popleft()[1].close()
            if not pool.idle and not pool.lent:
                self._pools.pop(server, None)

    async def _open(self, server: Server, guard: Guard) -> Connection:
        addresses = await guard.allowed(server.host, server.port)
        return await AsyncConnection.connect(
            host=",".join([server.host] * len(addresses)),
            hostaddr=",".join(addresses),
            port=str(server.port),
            dbname=server.database,
            user=server.user,
            password=server.password,
            application_name=APPLICATION,
            autocommit=True,
            prepare_threshold=None,  # a pooler between us and the server may hand us another one each time
            sslmode="disable" if server.tls == OFF else "verify-full",
            require_auth="!password" if server.tls == OFF else None,  # never in clear over a line that anybody may read
            sslrootcert=self._authorities(server),
        )

    def _authorities(self, server: Server) -> str:
        """Return the file with the authorities to trust: the driver reads them from nothing else."""
        if not server.certificate:
            return ssl.get_default_verify_paths().cafile or certifi.where()
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="headwater-")
        path = Path(self._folder.name) / hashlib.sha256(server.certificate.encode()).hexdigest()
        if not path.exists():
            path.write_text(server.certificate)
        return str(path)
