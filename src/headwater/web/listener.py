"""One open door: a front, served on an address of this machine or on a Unix socket, until it is closed.

Knows the embedded HTTP server and its settings; what is behind the door is the front's business.
"""

import asyncio
import contextlib
import dataclasses
import socket
import stat
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError
from headwater.web.front import Front

DRAIN_SECONDS = 4.0
BACKLOG = 1024
CONNECTIONS = 8_192
HEADER_MS = 10_000
HEAD_BYTES = 64 * 1024  # of headers; a connection that never ends them holds no more than this
LISTENING_POLL_SECONDS = 0.01
LONGEST_SOCKET_PATH = 100  # the kernel's own limit is a few bytes above this
OWNER_ONLY = 0o600


class PortTakenError(HeadwaterError):
    """Something else listens on that address already. Stop it, or choose another with --listen HOST:PORT."""

    code = "port_taken"
    status = 409


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a door is: an address and a port, or a Unix socket."""

    address: str = ""
    port: int = 0
    socket_path: Path | None = None

    @property
    def url(self) -> str:
        """Return the address in a form that a person can read and a client can use."""
        if self.socket_path is not None:
            return f"unix:{self.socket_path}"
        return f"http://{f'[{self.address}]' if ':' in self.address else self.address}:{self.port}"


class Listener:
    """A front's door. `open` it within a task group; `close` ends the calls under way, but not for ever."""

    def __init__(self, front: Front, place: Place, *, clock: Clock) -> None:
        self.front = front
        self._place = place
        self._clock = clock
        self._server = _server(front, place)
        self._serving: asyncio.Task[None] | None = None

    async def open(self, tasks: asyncio.TaskGroup) -> asyncio.Task[None]:
        """Return once connections are taken; the task that is returned ends when the server does."""
        self._serving = serving = tasks.create_task(self._server.serve())
        # The HTTP server has no sign of its own for being there.
        while not serving.done() and not await _answers(self._place):
            await self._clock.sleep(LISTENING_POLL_SECONDS)
        return serving

    async def close(self) -> None:
        """Let requests under way end, but not for ever: whoever still sends half a request has had the time."""
        if self._serving is None:
            return
        self.front.close_streams()
        self._server.stop()  # type: ignore[no-untyped-call]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await asyncio.wait([self._serving])
        self._serving.cancel()


def free_port(address: str, port: int, *, flag: str) -> int:
    """Return the port to listen on. Raises PortTakenError, which names the `flag` that chooses another.

    The HTTP server shares ports (SO_REUSEPORT), so a port that is taken would go unnoticed without this.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            where = f"{address}:{port}"
            raise PortTakenError(f"Can't listen on {where}: {error.strerror}. Choose another with {flag}.") from error
        return int(probe.getsockname()[1])


def free_socket(path: Path, *, flag: str) -> Path:
    """Return the path to listen on, cleared of the socket of a server that was killed. Raises PortTakenError.

    Nothing else than a dead socket is ever removed.
    """
    choose = f"Choose another path with {flag} unix:PATH."
    if len(bytes(path)) > LONGEST_SOCKET_PATH:
        raise PortTakenError(
            f"Can't listen on {path}: a socket's path has at most {LONGEST_SOCKET_PATH} bytes. {choose}"
        )
    if not path.parent.is_dir():
        raise PortTakenError(f"Can't listen on {path}: there is no folder {path.parent}. {choose}")
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return path
    if not stat.S_ISSOCK(mode):
        raise PortTakenError(f"Can't listen on {path}: there is a file there that is no socket. {choose}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
        else:
            raise PortTakenError(f"Can't listen on {path}: somebody listens there already. {choose}")
    return path


def _server(front: Front, place: Place) -> Server:
    server = Server(
        front,
        address=place.address,
        port=place.port,
        uds=place.socket_path,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,  # with it a silent connection is closed after the header time-out
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MS, max_buffer_size=HEAD_BYTES),
        websockets=False,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        log_enabled=False,
    )
    server.uds_permissions = OWNER_ONLY  # the embedded server has no argument for it
    return server


async def _answers(place: Place) -> bool:
    try:
        if place.socket_path is not None:
            _, writer = await asyncio.open_unix_connection(place.socket_path)
        else:
            _, writer = await asyncio.open_connection(place.address, place.port)
    except OSError:
        return False
    writer.close()
    return True
