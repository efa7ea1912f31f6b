"""`headwater serve`: from a data folder to a running server, and back down without losing anything."""

import asyncio
import contextlib
import gc
import os
import resource
import secrets
import signal
import socket
import sys
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

import headwater
from headwater.collect.calls import is_tracking
from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError, SettingsError
from headwater.settings import READER_ROLES, Settings
from headwater.store.folder import DataFolder, ServerInfo
from headwater.web import clients
from headwater.web.call import Call
from headwater.web.clients import HostRule
from headwater.web.front import Front
from headwater.web.lifespan import Lifespan
from headwater.wiring import diagnostics
from headwater.wiring.readers import Orders
from headwater.wiring.readers_process import ReadersProcess
from headwater.wiring.rooms import Rooms

DRAIN_SECONDS = 4.0
BACKLOG = 1024
CONNECTIONS = 8_192
HEADER_MS = 10_000
HEAD_BYTES = 64 * 1024  # of headers; a connection that never ends them holds no more than this
OPEN_FILES = 2 * CONNECTIONS
LISTENING_POLL_SECONDS = 0.01
GARBAGE_THRESHOLDS = (20_000, 20, 50)


class PortTakenError(HeadwaterError):
    """Something else listens on that address already. Stop it, or choose another with --listen HOST:PORT."""

    code = "port_taken"
    status = 409


def run(settings: Settings) -> NoReturn:
    """Serve until SIGTERM or SIGINT, then end the process. Raises what keeps it from starting."""
    diagnostics.configure(settings.logger_level)
    _allow_many_connections()
    folder = DataFolder(settings.data)
    folder.lock()
    try:
        address = resolve(settings.listen.host)
        port = free_port(address, settings.listen.port)
        code = asyncio.run(_serve(settings, folder, address, port))
    finally:
        folder.unlock()
    print("Stopped; what was acknowledged is kept.", flush=True)  # noqa: T201  to the person who stopped us
    # Not a return: the embedded HTTP server's threads can abort a process that takes the interpreter down under
    # them. Everything of ours is closed by now.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _allow_many_connections() -> None:
    """Take as many open files as the system grants: with few, a few silent connections lock everybody out."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def resolve(host: str) -> str:
    """Return the address a name stands for; the HTTP server takes addresses only. Raises SettingsError."""
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise SettingsError(
            f"--listen names {host!r}, which is no address of this machine: {error.strerror}."
        ) from error


def free_port(address: str, port: int) -> int:
    """Return the port to listen on. Raises PortTakenError.

    The HTTP server shares ports (SO_REUSEPORT), so a port that is taken would go unnoticed without this.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            where = f"{address}:{port}"
            raise PortTakenError(f"Can't listen on {where}: {error.strerror}. Choose another with --listen.") from error
        return int(probe.getsockname()[1])


async def _serve(settings: Settings, folder: DataFolder, address: str, port: int) -> int:
    host = settings.listen.host
    url, token = f"http://{f'[{host}]' if ':' in host else host}:{port}", secrets.token_urlsafe()
    async with Rooms(settings, folder, url=url, local_token=token, listener=(address, port)) as rooms:
        readers = ReadersProcess(_orders(rooms), handlers={"collect": _collect(rooms)}, clock=rooms.clock)
        lifespan = Lifespan(rooms.app)
        await lifespan.startup()
        async with asyncio.TaskGroup() as tasks:
            background = [tasks.create_task(rooms.relay.run()), tasks.create_task(rooms.retention.run())]
            rooms.log.on_append(lambda _newest: rooms.tail.wake())
            if READER_ROLES & set(settings.roles):
                background.append(tasks.create_task(readers.run()))
                _tell_readers(rooms, readers)
            front = _front(rooms, host, lifespan.state)
            server = _server(front, address, port)
            serving = tasks.create_task(server.serve())
            try:
                await _until_listening(address, port, serving, clock=rooms.clock)
                _collect_garbage_rarely()
                folder.publish_server(ServerInfo(url=url, token=token, pid=os.getpid()))
                _announce(rooms)
                await _until_told_to_stop(serving)
            finally:
                folder.withdraw_server()
                rooms.tail.close()
                front.close_streams()
                await _stop(server, serving)
                await readers.stop()
                await lifespan.shutdown()
                for task in background:
                    task.cancel()
    return 0


def _collect_garbage_rarely() -> None:
    """What is there when the server is up stays: never look through it again, and through new things less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def _tell_readers(rooms: Rooms, readers: ReadersProcess) -> None:
    rooms.log.on_append(lambda _newest: readers.link.nudge("appended"))
    rooms.on_configured.append(lambda: readers.link.tell("configured"))
    rooms.cursors = lambda: readers.link.ask("cursors")


def _orders(rooms: Rooms) -> Orders:
    return Orders(
        data=str(rooms.folder.path),
        private_addresses=rooms.settings.private_addresses,
        own_listeners=sorted(rooms.own_listeners),
        tracking_aliases=rooms.settings.tracking_aliases,
        logger_level=rooms.settings.logger_level,
        roles=rooms.settings.roles,
    )


def _collect(rooms: Rooms) -> Any:
    async def collect(payload: Any) -> Any:
        reply = await rooms.collector.accept(msgspec.convert(payload, Call, builtin_types=(bytes,)))
        return msgspec.to_builtins(reply, builtin_types=(bytes,))

    return collect


def _front(rooms: Rooms, host: str, app_state: dict[str, Any]) -> Front:
    settings = rooms.settings
    names = {host.lower(), *(name.lower() for name in settings.allowed_hosts)}
    if settings.public_url:
        names.add(urlsplit(settings.public_url).hostname or "")
    return Front(
        track=rooms.collector.accept,
        is_tracking=is_tracking if "collect" in settings.roles else _never,
        oversize=rooms.collector.oversize,
        too_slow=rooms.collector.too_slow,
        cut_short=rooms.collector.cut_short,
        overloaded=rooms.collector.overloaded,
        app=rooms.app,
        host_rule=HostRule(names=frozenset(names)),
        trusted_proxies=clients.proxies(settings.trusted_proxies),
        app_state=app_state,
    )


def _never(_path: str, _method: str) -> bool:
    return False


def _server(front: Front, address: str, port: int) -> Server:
    return Server(
        front,
        address=address,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,  # with it a silent connection is closed after the header time-out
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MS, max_buffer_size=HEAD_BYTES),
        websockets=False,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        log_enabled=False,
    )


async def _until_listening(host: str, port: int, serving: asyncio.Task[None], *, clock: Clock) -> None:
    """Return once connections are taken: the HTTP server has no sign of its own for that."""
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await clock.sleep(LISTENING_POLL_SECONDS)
        else:
            writer.close()
            return


async def _stop(server: Server, serving: asyncio.Task[None]) -> None:
    """Let requests under way end, but not for ever: whoever still sends half a request has had the time."""
    server.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            await asyncio.wait([serving])
    serving.cancel()


async def _until_told_to_stop(serving: asyncio.Task[None]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([told, serving], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()


def _announce(rooms: Rooms) -> None:
    installation = rooms.installation
    lines = [
        f"Headwater {headwater.__version__} is ready at {rooms.url}",
        f"  data folder  {rooms.folder.path}",
        f"  workspace    {installation.workspace.name} ({installation.workspace.id})",
        f"  project      {installation.project.slug} ({installation.project.id})",
    ]
    if installation.admin_key:
        lines.append(
            f"  admin key    {installation.admin_key}  (shown only now; `headwater create key --role admin` makes more)"
        )
    if not rooms.settings.listen.is_loopback and not (rooms.settings.public_url or rooms.settings.allowed_hosts):
        lines.append(
            "  names        events are taken under any name; pages and operator routes only under addresses."
            " --public-url or --allowed-host adds yours"
        )
    lines.append("  stop         Ctrl-C")
    print("\n".join(lines), flush=True, file=sys.stdout)  # noqa: T201  this is what the person started us for
