"""An emulator: the real server, whose time obeys, from which nothing leaves, and which can be put back to its start.

One process: the readers run beside the server, so that there is one clock and one list of what wanted to leave.
`emulator/` says what it can do; here it is tied to the rooms.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from sqlalchemy import Connection

import headwater
from headwater.core.clock import epoch_ms, iso_ms
from headwater.core.errors import UnavailableError
from headwater.core.event import ACTIONS_SOURCE
from headwater.emulator import baseline, routes, seen_events
from headwater.emulator.allowed import Allowed
from headwater.emulator.answers import Answers
from headwater.emulator.bad_events import BadEvent, BadEvents
from headwater.emulator.baseline import Baseline
from headwater.emulator.clock import EmulatedClock
from headwater.emulator.desk import Wanted
from headwater.emulator.gate import Gate
from headwater.emulator.recorder import Recorder
from headwater.emulator.refusals import Refusals, RefusingDatabase, RefusingLog
from headwater.emulator.under_way import UnderWay
from headwater.emulator.way_out import EmulatedWayOut, said_of
from headwater.net.outbound import Sender
from headwater.store import room_file
from headwater.store.database import Database
from headwater.wiring import inside, serve, work_left
from headwater.wiring.brought import NOTHING, Brought, SetUpError, adapted
from headwater.wiring.emulated_names import EmulatedNames
from headwater.wiring.readers import LAKE, Orders
from headwater.wiring.readers_beside import ReadersBeside
from headwater.wiring.readers_process import ReadersProcess
from headwater.wiring.rooms import Rooms
from headwater.wiring.surroundings import Surroundings
from headwater.workspace import keys, sources

SOURCE_NAME, SOURCE_KIND = "app", "http-api"
KEY_NAME = "emulator"
FOLDER = "emulator"
BAD_REQUEST = 400
RESTART = "restart"
LOOK_SECONDS = 0.002
READ_AT_ONCE = 1_000
# What counts within windows (failed logins, rate limits, breakers) has forgotten everything after so long.
FORGIVEN_AFTER = timedelta(hours=2)
UNDER_WAY_SECONDS = 2.0
BETWEEN_TWO_TRIES = timedelta(minutes=1)


class Emulation:
    """One emulator. It is its own `Desk`. `folder` is the data folder, `can_restart` tells whether a parent waits."""

    def __init__(
        self, folder: Path, *, allowed: Sequence[str] = (), brought: Brought = NOTHING, can_restart: bool = False
    ) -> None:
        self._brought = brought
        self._folder = folder / FOLDER
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._can_restart = can_restart
        self._clock = EmulatedClock(self._folder / "clock.json")
        self._bad_events = BadEvents(clock=self._clock)
        self._baseline = Baseline(self._folder / "baseline")
        self._start = Baseline(self._folder / "start")
        self._turn = asyncio.Lock()
        self._under_way = UnderWay()
        self._names = EmulatedNames(own=SOURCE_NAME)
        self._info: dict[str, Any] = {}
        self.answers = Answers(self._folder / "answers.json")
        self.refusals = Refusals()
        self.recorder = Recorder(self._folder / "requests.ndjson", clock=self._clock)
        self.gate = Gate(
            recorder=self.recorder,
            answers=self.answers,
            clock=self._clock,
            allowed=Allowed(allowed, file=self._folder / "allowed.json"),
        )

    @property
    def allowed(self) -> Allowed:
        return self.gate.allowed

    def surroundings(self) -> Surroundings:
        """Return what the server runs in."""
        return Surroundings(
            clock=self._clock,
            way_out=self._way_out,
            database=self._database,
            log=self._log,
            routers=(routes.router(self),),
            adapted=adapted,
            shows_mail=True,
        )

    def readers(self, rooms: Rooms, orders: Orders) -> ReadersProcess:
        """Return the readers, to run in this process. No lake: what there is stays in the log, until the next reset."""
        orders = msgspec.structs.replace(orders, roles=tuple(role for role in orders.roles if role != LAKE))
        handlers = {"collect": serve.collecting(rooms)}
        self._beside = ReadersBeside(orders, handlers=handlers, clock=self._clock, through=self._way_out)
        return self._beside

    async def prepare(self, rooms: Rooms) -> None:
        """Make what a test needs to begin with, unless a killed server left it, and remember that state."""
        self._rooms = rooms
        rooms.tally.on_count(self._note_bad_event)
        rooms.on_configured.append(self._rename_soon)
        rooms.door = self._under_way.around(rooms.door)
        token = self._folder / "admin.key"
        if not self._baseline.is_taken:
            key = await rooms.database.write(self._made)
            token.write_text(key)
            await self._set_up()
            await rooms.database.write(self._baseline.take)
            self._start.copy(self._baseline)
        self._admin_key = token.read_text()
        await self._rename()

    # -- the desk -------------------------------------------------------------------------------------------

    def info(self) -> dict[str, Any]:
        """Return where everything is."""
        rooms = self._rooms
        return {
            "url": rooms.url,
            "ory_url": rooms.url,
            "write_key": self._names.write_key,
            "admin_key": self._admin_key,
            "source": self._names.source_slug,
            "project": rooms.installation.project.id,
            "workspace": rooms.installation.workspace.id,
            "pid": os.getpid(),
            "version": headwater.__version__,
        }

    async def reset(self, *, keep_configuration: bool) -> None:
        async with self._turn:
            self.refusals.clear()
            self.answers.clear()
            try:
                await self._end_what_is_under_way()
                await self._forget(baseline.keep_configuration if keep_configuration else self._baseline.restore)
            finally:
                self.gate.open()
            await self._beside.readers.start_over()
            await self._rename()

    async def take_baseline(self) -> None:
        async with self._turn:
            await self._rooms.database.write(self._baseline.take)

    async def forget_baseline(self) -> None:
        async with self._turn:
            self._baseline.copy(self._start)

    async def settle(self, *, timeout_seconds: float, outwaits_hanging: bool = True) -> list[str]:
        rooms, loop = self._rooms, asyncio.get_running_loop()
        ends_at = loop.time() + timeout_seconds
        while True:
            rooms.relay.wake()
            at_work = await work_left.of(rooms, self._beside.readers, now_ms=epoch_ms(self._clock.now()))
            is_over = loop.time() >= ends_at or (self.gate.hanging and not outwaits_hanging)
            if not at_work or is_over:
                await rooms.journal.write_now()
                return at_work + (said_of(self.gate.hanging) if at_work else [])
            await asyncio.sleep(LOOK_SECONDS)

    async def events(self, wanted: Wanted) -> list[dict[str, Any]]:
        found, after = list[dict[str, Any]](), 0
        while stored := await self._rooms.log_reader.read(after=after, limit=READ_AT_ONCE):
            after = stored[-1].offset
            for one in stored:
                if one.record.source != ACTIONS_SOURCE:
                    slug = self._names.of_source(one.record.source) or one.record.source
                    event = seen_events.shown(one, slug)
                    if seen_events.fits(wanted, event, slug):
                        found.append(event)
        return found

    def bad_events(self) -> Sequence[BadEvent]:
        return self._bad_events.all

    async def inside(self, path: str) -> tuple[int, bytes]:
        return await self._ask("GET", path)

    async def listed(self, path: str, *, project: str | None) -> tuple[int, bytes]:
        rooms = self._rooms
        if project is None:
            return await inside.every(rooms.app, path, host=urlsplit(rooms.url).netloc)
        status, answer = await self._ask("GET", f"/projects/{quote(project, safe='')}")
        if status >= BAD_REQUEST:
            return status, answer
        return await inside.every(rooms.door, path, host=msgspec.json.decode(answer)["hosts"][0])

    def freeze(self, at: datetime | None) -> None:
        self._clock.freeze(at)

    def advance(self, by: timedelta) -> None:
        self._clock.advance(by)

    def resume(self) -> None:
        self._clock.resume()

    def clock(self) -> dict[str, Any]:
        return {"now": iso_ms(self._clock.now()), "is_frozen": self._clock.is_frozen}

    def restart(self, *, kill: bool) -> None:
        if not self._can_restart:
            raise UnavailableError("This emulator has no parent to start it again; `headwater emulate` has one.")
        (self._folder / RESTART).touch()
        number = signal.SIGKILL if kill else signal.SIGTERM
        # Behind the answer: whoever asked is to hear that it was heard.
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), number)

    async def _set_up(self) -> None:
        """Make live what a team brought along. Raises SetUpError with the reason of the part that refuses it."""
        for part, method, path, body in self._brought.requests(self._rooms.installation.project):
            status, answer = await self._ask(method, path, body)
            if status >= BAD_REQUEST:
                raise SetUpError(f"{part} can't be used. {msgspec.json.decode(answer)['error']['reason']}")

    async def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        return await inside.ask(self._rooms.app, method, path, host=urlsplit(self._rooms.url).netloc, body=body)

    # -- beneath it -----------------------------------------------------------------------------------------

    async def _end_what_is_under_way(self) -> None:
        """Let a sign-up whose Action hangs, say, come to its end: nothing of it is to be there afterwards."""
        self.gate.shut()
        await self._under_way.ended(
            within_seconds=UNDER_WAY_SECONDS, hurry=lambda: self._clock.advance(BETWEEN_TWO_TRIES)
        )

    async def _forget(self, transaction: Callable[[Connection], None]) -> None:
        """Forget all that is not in the core database, and there what `transaction` does."""
        rooms = self._rooms
        await self._beside.readers.pause()
        await rooms.tally.flush()
        await rooms.journal.write_now()
        files = asyncio.create_task(asyncio.to_thread(self._remove_files))
        await rooms.database.write(transaction)
        await rooms.relay.move_batch()  # one that is under way ends first
        await rooms.log.start_over()
        await files
        self.gate.allowed.clear()
        self._bad_events.clear()
        self.recorder.clear()
        self._clock.advance(FORGIVEN_AFTER)
        self._clock.reset()

    def _remove_files(self) -> None:
        """Remove what the rooms that rest have on disk."""
        folder = self._rooms.folder
        for file in (folder.actions_database, folder.deliver_database, folder.live_database):
            room_file.empty(file)
        _remove_mail(folder.mail)

    def _way_out(self, sender: Sender, *, is_own: Callable[[str], bool]) -> Sender:
        return EmulatedWayOut(sender, gate=self.gate, is_own=is_own, name_of=self._name_of)

    def _name_of(self, destination_id: str) -> str | None:
        """Return what a destination is called, even if it was made a moment ago."""
        return self._beside.readers.name_of(destination_id) or self._names.of_destination(destination_id)

    def _database(self, url: str) -> Database:
        database = RefusingDatabase(url)
        database.refusals = self.refusals
        return database

    def _log(self, *arguments: Any, **named: Any) -> RefusingLog:
        log = RefusingLog(*arguments, **named)
        log.refusals = self.refusals
        return log

    def _made(self, connection: Connection) -> str:
        """Make a source and an administrator's key, in this transaction; return the key."""
        sources.create(connection, SOURCE_NAME, kind=SOURCE_KIND, clock=self._clock)
        _, token = keys.create(connection, name=KEY_NAME, role="admin", project_id=None, clock=self._clock)
        return token

    def _note_bad_event(self, source_id: str, code: str, sample: str, times: int) -> None:
        self._bad_events.note(self._names.of_source(source_id), code, sample, times)

    def _rename_soon(self) -> None:
        self._renaming = asyncio.get_running_loop().create_task(self._rename())

    async def _rename(self) -> None:
        await self._names.learn(self._rooms.database, sealer=self._rooms.sealer)


def _remove_mail(folder: Path) -> None:
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink(missing_ok=True)
