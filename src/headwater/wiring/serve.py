"""`headwater serve`: from a data folder to a running server, and back down without losing anything."""

import asyncio
import os
import resource
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec

import headwater
from headwater.collect.calls import is_tracking
from headwater.core.errors import SettingsError
from headwater.settings import READER_ROLES, Listen, Settings
from headwater.store.folder import DataFolder, ServerInfo
from headwater.web import admin_gate, clients, loopback
from headwater.web.call import Call
from headwater.web.clients import HostRule
from headwater.web.front import Front
from headwater.web.lifespan import Lifespan
from headwater.web.listener import CONNECTIONS, Listener, Place, free_port, free_socket
from headwater.wiring import diagnostics, garbage, letter_changes, replaying
from headwater.wiring.readers import DELIVER, Orders
from headwater.wiring.readers_process import ReadersProcess
from headwater.wiring.rooms import Rooms
from headwater.wiring.surroundings import Surroundings

ADMIN_FLAG = "--admin-listen"
OPEN_FILES = 2 * CONNECTIONS


StartReaders = Callable[[Rooms, Orders], ReadersProcess]


def in_a_process(rooms: Rooms, orders: Orders) -> ReadersProcess:
    """Return the readers in a process of their own."""
    return ReadersProcess(orders, handlers={"collect": collecting(rooms)}, clock=rooms.clock)


async def _nothing_to_prepare(_rooms: Rooms) -> None:
    """A server begins with what is there."""


async def announced(rooms: Rooms, admin: Place | None) -> None:
    """Tell whoever started the server, on stdout, where it is."""
    _announce(rooms, admin)


def _say_it_is_kept() -> None:
    print("Stopped; what was acknowledged is kept.", flush=True)  # noqa: T201  to the person who stopped us


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """What an emulator does otherwise than a server.

    `prepare` is awaited before the doors open, `opened` after it; `ended` is called when everything is closed.
    """

    surroundings: Surroundings = field(default_factory=Surroundings)
    readers: StartReaders = in_a_process
    prepare: Callable[[Rooms], Awaitable[None]] = _nothing_to_prepare
    opened: Callable[[Rooms, Place | None], Awaitable[None]] = announced
    ended: Callable[[], None] = _say_it_is_kept


def run(settings: Settings, staging: Staging | None = None) -> NoReturn:
    """Serve until SIGTERM or SIGINT, then end the process. Raises what keeps it from starting."""
    staging = staging or Staging()
    diagnostics.configure(settings.logger_level)
    _allow_many_connections()
    folder = DataFolder(settings.data)
    folder.lock()
    try:
        public, admin = _places(settings)
        code = asyncio.run(_serve(settings, folder, public, admin, staging=staging))
    finally:
        folder.unlock()
    staging.ended()
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


def resolve(host: str, *, flag: str) -> str:
    """Return the address a name stands for; the HTTP server takes addresses only. Raises SettingsError."""
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise SettingsError(f"{flag} names {host!r}, which is no address of this machine: {error.strerror}.") from error


def _places(settings: Settings) -> tuple[Place, Place | None]:
    """Return where the public door is, and the keyless admin one. Raises SettingsError, PortTakenError."""
    address = resolve(settings.listen.host, flag="--listen")
    public = Place(address=address, port=free_port(address, settings.listen.port, flag="--listen"))
    wanted = settings.admin_listen
    if wanted is None:
        return public, None
    if isinstance(wanted, Path):
        return public, Place(socket_path=free_socket(wanted, flag=ADMIN_FLAG))
    return public, _admin_place(wanted, public)


def _admin_place(wanted: Listen, public: Place) -> Place:
    address = resolve(wanted.host, flag=ADMIN_FLAG)
    if not loopback.is_loopback(address):
        raise SettingsError(f"{ADMIN_FLAG} names {wanted.host!r}, which is {address} here, and not this machine alone.")
    port = free_port(address, wanted.port, flag=ADMIN_FLAG)
    while wanted.port == 0 and port == public.port:
        port = free_port(address, 0, flag=ADMIN_FLAG)
    if port == public.port:
        # The HTTP server shares ports: half of the public's calls would be answered without a key.
        raise SettingsError(f"{ADMIN_FLAG} and --listen both name port {port}; the admin API needs one of its own.")
    return Place(address=address, port=port)


async def _serve(
    settings: Settings, folder: DataFolder, public: Place, admin: Place | None, *, staging: Staging
) -> int:
    host = settings.listen.host
    url, token = Place(address=host, port=public.port).url, secrets.token_urlsafe()
    rooms = Rooms(
        settings,
        folder,
        url=url,
        local_token=token,
        listener=(public.address, public.port),
        surroundings=staging.surroundings,
    )
    if admin is not None and admin.socket_path is None:
        # No Action may call the keyless API: an operator who may write hooks could do everything to everybody.
        rooms.own_listeners |= {(admin.address, admin.port)}
    async with rooms:
        await staging.prepare(rooms)
        readers = staging.readers(rooms, _orders(rooms))
        lifespan = Lifespan(rooms.app)
        await lifespan.startup()
        async with asyncio.TaskGroup() as tasks:
            background = _background(rooms, readers, tasks)
            doors = _doors(rooms, public, admin, app_state=lifespan.state)
            try:
                # Before the doors open: whoever sees the server ready finds its key beside the data.
                folder.publish_server(ServerInfo(url=url, token=token, pid=os.getpid()))
                serving = [await door.open(tasks) for door in doors]
                garbage.collect_rarely()
                await staging.opened(rooms, admin)
                await _until_told_to_stop(serving)
            finally:
                folder.withdraw_server()
                rooms.tail.close()
                rooms.queries.end_all()
                await asyncio.gather(*(door.close() for door in doors))
                await readers.stop()
                await lifespan.shutdown()
                for task in background:
                    task.cancel()
    return 0


def _background(rooms: Rooms, readers: ReadersProcess, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
    """Start what runs beside the requests."""
    running = [rooms.relay.run(), rooms.retention.run()]
    if rooms.projects is not None:
        running.append(rooms.projects.run())
    rooms.log.on_append(lambda _newest: rooms.tail.wake())
    if READER_ROLES & set(rooms.settings.roles):
        running.append(readers.run())
        _tell_readers(rooms, readers)
    return [tasks.create_task(one) for one in running]


def _doors(rooms: Rooms, public: Place, admin: Place | None, *, app_state: dict[str, Any]) -> list[Listener]:
    front = _front(rooms, rooms.settings.listen.host, app_state)
    doors = [Listener(front, public, clock=rooms.clock)]
    if admin is not None:
        keyless = admin_gate.front(rooms.app, app_state=app_state, is_socket=admin.socket_path is not None)
        doors.append(Listener(keyless, admin, clock=rooms.clock))
    return doors


def _tell_readers(rooms: Rooms, readers: ReadersProcess) -> None:
    rooms.log.on_append(lambda _newest: readers.link.nudge("appended"))
    rooms.on_configured.append(lambda: readers.link.tell("configured"))
    rooms.cursors = lambda: readers.link.ask("cursors")
    rooms.cursors_to_trim = lambda: readers.link.ask("cursors", {"catch_up": True})
    rooms.ask_lake = readers.link.ask
    rooms.lanes = lambda: readers.link.ask("status")
    rooms.readers_pid = lambda: readers.pid
    rooms.follow = readers.follow
    if DELIVER in rooms.settings.roles:
        rooms.count = replaying.counted_by(readers.link)
    rooms.change_letters = letter_changes.asked_of(readers.link)


def _orders(rooms: Rooms) -> Orders:
    return Orders(
        data=str(rooms.folder.path),
        private_addresses=rooms.settings.private_addresses,
        own_listeners=sorted(rooms.own_listeners),
        tracking_aliases=rooms.settings.tracking_aliases,
        logger_level=rooms.settings.logger_level,
        secret_env=rooms.settings.secret_env,
        secret_files=None if rooms.settings.secret_files is None else str(rooms.settings.secret_files),
        roles=rooms.settings.roles,
        lake_url=rooms.settings.lake_url,
        lake_cache=rooms.settings.lake_cache,
    )


def collecting(rooms: Rooms) -> Any:
    """Return what collects a call for the readers: only this process may append."""

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
        app=rooms.door,
        host_rule=HostRule(names=frozenset(names)),
        trusted_proxies=clients.proxies(settings.trusted_proxies),
        app_state=app_state,
    )


def _never(_path: str, _method: str) -> bool:
    return False


async def _until_told_to_stop(serving: list[asyncio.Task[None]]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([told, *serving], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()


def _announce(rooms: Rooms, admin: Place | None) -> None:
    installation = rooms.installation
    lines = [
        f"Headwater {headwater.__version__} is ready at {rooms.url}",
        f"  data folder  {rooms.folder.path}",
        f"  workspace    {installation.workspace.name} ({installation.workspace.id})",
        f"  project      {installation.project.slug} ({installation.project.id})",
    ]
    if "api" in rooms.settings.roles:
        lines.append(f"  console      {rooms.settings.public_url or rooms.url}/console  (sign in with an admin key)")
    if installation.admin_key:
        lines.append(
            f"  admin key    {installation.admin_key}  (shown only now; `headwater create key --role admin` makes more)"
        )
    if admin is not None:
        lines.append(f"  admin API    {admin.url}  (without a key: whoever reaches it may do everything)")
    if not rooms.settings.listen.is_loopback and not (rooms.settings.public_url or rooms.settings.allowed_hosts):
        lines.append(
            "  names        events are taken under any name; pages and operator routes only under addresses."
            " --public-url or --allowed-host adds yours"
        )
    lines.append("  stop         Ctrl-C")
    print("\n".join(lines), flush=True, file=sys.stdout)  # noqa: T201  this is what the person started us for
