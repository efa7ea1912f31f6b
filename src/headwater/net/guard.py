"""The policy at the moment of connecting: names are judged by what they resolve to, sockets by where they go.

Judging the URL would not do: a name may answer with a public address now and a private one a second later.
"""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Sequence

from aiohttp.abc import AbstractResolver, ResolveResult

from headwater.net.addresses import AddressPolicy, Clearance

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


class RefusedByPolicyError(OSError):
    """The policy refuses every address of this host. An OSError, because that is what the client passes on."""


async def look_up(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the operating system knows for `host`."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in answers]


class Guard(AbstractResolver):
    """Resolves names to allowed addresses only, and opens sockets to nothing else."""

    def __init__(self, policy: AddressPolicy, *, clearance: Clearance, lookup: Lookup) -> None:
        self._policy = policy
        self._clearance = clearance
        self._lookup = lookup

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - the interface's; we take both
    ) -> list[ResolveResult]:
        """Return the allowed addresses of `host`. RefusedByPolicyError when there are others only."""
        return [_result(host, ip, port) for ip in await self.allowed(host, port)]

    async def allowed(self, host: str, port: int) -> list[str]:
        """Return the allowed addresses of `host`. RefusedByPolicyError when there are others only."""
        ips = await self._lookup(host, port)
        refusals = [self._policy.refusal(ip, port, clearance=self._clearance) for ip in ips]
        allowed = [ip for ip, refusal in zip(ips, refusals, strict=True) if refusal is None]
        if not ips:
            raise OSError(errno.EADDRNOTAVAIL, "the name has no address")
        if not allowed:
            raise RefusedByPolicyError(refusals[0])
        return allowed

    def open_socket(self, info: AddressInfo) -> socket.socket:
        """Open a socket for `info`, the last step before the connection: IP literals were not resolved."""
        family, kind, protocol, _, address = info
        refusal = self._policy.refusal(str(address[0]), int(str(address[1])), clearance=self._clearance)
        if refusal is not None:
            raise RefusedByPolicyError(refusal)
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, ip: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=ip,
        port=port,
        family=socket.AF_INET6 if ":" in ip else socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
