"""The second process: reads the log, delivers, keeps schema view and lake. Started by the server, told on its socket.

It ignores the terminal's signals: when the server goes, the socket closes, and so does this.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from headwater.core.clock import Clock, SystemClock
from headwater.core.errors import UnavailableError
from headwater.core.secrets import Sealer
from headwater.deliver.engine import Engine
from headwater.deliver.ledger import Ledger
from headwater.deliver.letters.wanted import Order
from headwater.lake import erasure_desk
from headwater.lake.depot import place
from headwater.lake.depot.place import Place
from headwater.lake.lake_reader import LakeReader
from headwater.lake.warehouses.sync_keeper import SyncKeeper
from headwater.live.schema_reader import SchemaReader
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.mapping.limits import SandboxLimits
from headwater.mapping.sandbox import Sandbox
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.settings import READER_ROLES
from headwater.store.database import Database, sqlite_url
from headwater.store.folder import DataFolder
from headwater.web.call import Call, Reply
from headwater.wiring import diagnostics, garbage, replaying, warehousing, way_out
from headwater.wiring.aliases import Aliases
from headwater.wiring.link import Link
from headwater.wiring.way_out import LazyPostgres, WayOut, straight_out
from headwater.workspace import destinations, references, replays, workspaces
from headwater.workspace.configuration import Destination, Replay
from headwater.workspace.references import References
from headwater.workspace.suppressed import SuppressedUsers

DELIVER, LIVE, LAKE = "deliver", "live", "lake"
SCHEMA_VIEW, LAKE_CURSOR = "@schema", "@lake"
SANDBOX_IDLE_SECONDS = 600.0
SYNC_CATCH_UP_SECONDS = 60.0
CATCH_UP_SECONDS = 10.0  # less than the link waits for an answer
# For how long a busy loop may keep the ledger's thread waiting, which asks for the interpreter after each statement:
# Python's 5 ms, many times a save, let the lanes run into what isn't saved yet.
SWITCH_SECONDS = 0.000_5


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What the readers are told when they start. No secrets: it stands on a command line."""

    data: str
    private_addresses: bool
    own_listeners: list[tuple[str, int]]
    tracking_aliases: bool | None
    logger_level: str
    secret_env: tuple[str, ...] = ()
    secret_files: str | None = None
    roles: tuple[str, ...] = tuple(READER_ROLES)
    lake_url: str | None = None
    lake_cache: int = 0


class Readers:
    """Everything the second process runs. What it sends goes `through` what stands before the real senders."""

    def __init__(
        self, orders: Orders, *, environ: Mapping[str, str], clock: Clock, through: WayOut = straight_out
    ) -> None:
        self._folder = folder = DataFolder(Path(orders.data))
        self._orders = orders
        self._place = _place(orders, environ)
        self._clock, self._through = clock, through
        self._sealer = Sealer(folder.sealing_key())
        self._database = Database(sqlite_url(folder.core_database))
        self._reader = SqliteLogReader(folder.log)
        self._schema_log = SqliteLogReader(folder.log)  # its own: no lane waits behind its long reads
        self._schema, self._lake = self._new_schema(), self._new_lake()
        self._ledger = Ledger(folder.deliver_database, sealer=self._sealer)
        self._link = Link(
            {
                "appended": self._appended,
                "configured": self._configured,
                "status": self._status,
                "cursors": self._cursors,
                "change_letters": self._change_letters,
                "count": self._count,
                "lake": self._lake_state,
                "hurry_lake": self._hurry_lake,
                "rebuild_lake": self._rebuild_lake,
            }
        )
        self._aliases = Aliases(self._collect)
        policy = AddressPolicy(allow_private=orders.private_addresses, own_listeners=frozenset(orders.own_listeners))
        self._outbound = Outbound(policy, alias=self._aliases)
        self._postgres = LazyPostgres(policy, clock=clock)
        # No worker until somebody's mapping needs one; from then on there is one, as long as events come.
        self._sandbox = Sandbox(clock=clock, limits=SandboxLimits(warm_workers=0, idle_seconds=SANDBOX_IDLE_SECONDS))
        self._read_secret = _references(orders, folder, environ).read
        self._suppressed = SuppressedUsers(self._database)
        self._syncs = self._new_syncs()
        self._engine = self._new_engine()

    async def run(self, end: socket.socket) -> None:
        """Deliver until the server closes the socket, then finish what is under way."""
        await self._read_workspace()
        await self._sandbox.start()
        if DELIVER in self._orders.roles:
            await self._engine.start()
        if LIVE in self._orders.roles:
            self._schema.start()
        if LAKE in self._orders.roles:
            self._lake.start()
            await self._syncs.reconfigure()
        try:
            await self._link.run(end)
        finally:
            await self._engine.close()
            await self._sandbox.close()
            await self._schema.close()
            await self._syncs.close()
            await self._lake.close()
            self._schema_log.close()
            await self._outbound.close()
            await self._postgres.close()
            self._reader.close()
            await self._ledger.close()
            self._database.close()

    def name_of(self, destination_id: str) -> str | None:
        """Return what a destination is called that events are delivered to now."""
        return self._engine.name_of(destination_id)

    async def at_work(self) -> list[str]:
        """Return the lanes that have still something to do about what is in the log, and let them hurry."""
        names = await self._engine.at_work()
        if names:
            self._engine.hurry()
        return names

    async def pause(self) -> None:
        """Stop in the midst of it, for the emulator: what is on its way is given up."""
        await self._engine.close(at_once=True)
        await self._schema.close()

    async def start_over(self) -> None:
        """Begin with what is configured now. Their files are empty by now."""
        self._schema, self._engine = self._new_schema(), self._new_engine()
        await self._read_workspace()
        await self._engine.start()
        self._schema.start()

    def _new_schema(self) -> SchemaReader:
        return SchemaReader(self._folder.live_database, reader=self._schema_log, clock=self._clock)

    def _new_lake(self) -> LakeReader:
        clock = self._clock
        return LakeReader(
            self._folder.lake,
            log=self._folder.log,
            reader=self._schema_log,
            clock=clock,
            erasures=lambda: erasure_desk.unsettled(self._database, self._folder.lake),
            place=self._place,
        )

    def _new_syncs(self) -> SyncKeeper:
        return warehousing.keeper(
            self._folder,
            database=self._database,
            sealer=self._sealer,
            clock=self._clock,
            read_secret=self._read_secret,
            catch_up=lambda: self._lake.catch_up(seconds=SYNC_CATCH_UP_SECONDS),
            private_addresses=self._orders.private_addresses,
            place=self._place,
            own_listeners=self._orders.own_listeners,
        )

    def _new_engine(self) -> Engine:
        both = way_out.with_postgres(self._outbound, self._postgres)
        return Engine(
            reader=self._reader,
            replay_reader=replaying.archive_reader(
                self._reader,
                self._folder.lake,
                database=self._database,
                place=self._place,
                clock=self._clock,
            ),
            ledger=self._ledger,
            sender=self._through(both, is_own=self._aliases.answers),
            clock=self._clock,
            sealer=self._sealer,
            configuration=self._destinations,
            replays=self._replays,
            evaluator=self._sandbox,
            read_secret=self._read_secret,
            suppressed=self._suppressed,
        )

    async def _appended(self, _payload: Any) -> None:
        self._engine.wake()
        self._schema.wake()
        self._lake.wake()

    async def _configured(self, _payload: Any) -> None:
        await self._read_workspace()
        if DELIVER in self._orders.roles:
            await self._engine.reconfigure()
        if LAKE in self._orders.roles:
            self._lake.erase()
            await self._syncs.reconfigure()

    async def _status(self, _payload: Any) -> Any:
        """Say how each lane is doing. Raises UnavailableError where nothing is delivered."""
        if DELIVER not in self._orders.roles:
            raise UnavailableError(f"This server does not run {DELIVER}; ask the one that does.")
        return msgspec.to_builtins(await self._engine.status())

    async def _cursors(self, payload: Any) -> dict[str, int]:
        """Say how far each reader is; with `catch_up` the lake, which takes its time, is brought up first.

        Raises UnavailableError while not all of them run here: retention then waits.
        """
        if missing := [role for role in sorted(READER_ROLES) if role not in self._orders.roles]:
            raise UnavailableError(f"This server does not run {' and '.join(missing)}, so nobody knows how far it is.")
        if payload and payload["catch_up"]:
            await self._lake.catch_up(seconds=CATCH_UP_SECONDS)
        views = {SCHEMA_VIEW: await self._schema.cursor(), LAKE_CURSOR: await self._lake.cursor()}
        return {**await self._engine.cursors(), **views}

    async def _lake_state(self, _payload: Any) -> Any:
        """Say how the lake is doing. Raises UnavailableError where nobody writes it."""
        return msgspec.to_builtins(await self._lake_here().state())

    async def _hurry_lake(self, _payload: Any) -> None:
        """Have the log brought into the lake now. Raises UnavailableError where nobody writes it."""
        self._lake_here().hurry()

    async def _rebuild_lake(self, payload: Any) -> int:
        """Have tables made anew; return the rebuild's number. Raises UnavailableError where nobody writes the lake."""
        return self._lake_here().rebuild(payload["source"])

    def _lake_here(self) -> LakeReader:
        if LAKE not in self._orders.roles:
            raise UnavailableError(f"This server does not run {LAKE}; ask the one that does.")
        return self._lake

    async def _change_letters(self, payload: Any) -> Any:
        """Take one step of what is to become of dead letters. Raises UnavailableError where nothing is delivered."""
        if DELIVER not in self._orders.roles:
            raise UnavailableError(f"This server does not run {DELIVER}; ask the one that does.")
        return msgspec.to_builtins(await self._engine.change_letters(msgspec.convert(payload, Order)))

    async def _count(self, payload: Any) -> Any:
        """Count on what a replay would be about. Raises UnavailableError where nothing is delivered, NotFoundError."""
        if DELIVER not in self._orders.roles:
            raise UnavailableError(f"This server does not run {DELIVER}; ask the one that does.")
        replay = msgspec.convert(payload["replay"], Replay)
        return msgspec.to_builtins(await self._engine.count(replay, after=payload["after"]))

    async def _replays(self) -> Sequence[Replay]:
        return await self._database.read(replays.every)

    async def _destinations(self) -> Sequence[Destination]:
        return await self._database.read(lambda connection: destinations.every(connection, sealer=self._sealer))

    async def _read_workspace(self) -> None:
        await self._suppressed.reload()
        workspace = await self._database.read(workspaces.current_or_none)
        wanted = self._orders.tracking_aliases
        self._aliases.is_on = wanted if wanted is not None else bool(workspace and workspace.tracking_aliases)

    async def _collect(self, call: Call) -> Reply:
        """A queued Action calls Segment's host: only the server may append, so ask it."""
        answer = await self._link.ask("collect", msgspec.to_builtins(call, builtin_types=(bytes,)))
        return msgspec.convert(answer, Reply, builtin_types=(bytes,))


def main(arguments: Sequence[str]) -> int:
    """Run as a process: the socket's file descriptor and the orders are on the command line."""
    descriptor, text = arguments
    orders = msgspec.json.decode(text, type=Orders)
    diagnostics.configure(orders.logger_level)
    sys.setswitchinterval(SWITCH_SECONDS)
    garbage.collect_rarely()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(orders, socket.socket(fileno=int(descriptor))))
    return 0


async def _run(orders: Orders, end: socket.socket) -> None:
    await Readers(orders, environ=os.environ, clock=SystemClock()).run(end)


def _place(orders: Orders, environ: Mapping[str, str]) -> Place | None:
    """Return where the lake is at home, if that isn't the data folder: what lets one in is in the environment."""
    if orders.lake_url is None:
        return None
    return place.place(orders.lake_url, environ=environ, cache_bytes=orders.lake_cache)


def _references(orders: Orders, folder: DataFolder, environ: Mapping[str, str]) -> References:
    """Return who reads what destinations' settings name: as much as the server itself may."""
    return References(
        variables=references.readable_variables(environ, orders.secret_env),
        names=orders.secret_env,
        folder=None if orders.secret_files is None else Path(orders.secret_files),
        data=folder.path,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
