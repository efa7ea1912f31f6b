"""What every room stands on: the database, the log, the collector, and what Actions run on and leave by.

What only whoever reads the log knows is asked for by attributes that are set once such a one is there.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from headwater.actions.journal import catching_up
from headwater.actions.journal.keeper import JournalKeeper
from headwater.actions.runner import ActionRunner
from headwater.actions.templates import Templates
from headwater.api.replay_desk import Count
from headwater.backup.backups import Backups
from headwater.collect.bundle import BrowserBundle
from headwater.collect.collector import Collector
from headwater.collect.tally import Tally
from headwater.core import ids
from headwater.core.secrets import Sealer
from headwater.deliver.letters.wanted import Change, Order, Step
from headwater.lake.lake_desk import Ask
from headwater.live.tail import Tail
from headwater.log.log_limits import RetentionLimits
from headwater.log.relay import Relay
from headwater.log.retention import Retention
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.mapping.rations import Ration
from headwater.mapping.sandbox import Sandbox
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.settings import Settings
from headwater.store.database import sqlite_url
from headwater.store.folder import DataFolder
from headwater.store.migrate import migrate
from headwater.wiring import absent, first_start, log_status, querying
from headwater.wiring.aliases import Aliases
from headwater.wiring.consent_by_source import ConsentBySource
from headwater.wiring.sources_by_key import SourcesByKey
from headwater.wiring.surroundings import Surroundings
from headwater.wiring.way_out import LazyPostgres
from headwater.workspace import rejection_volume, rejections, workspaces
from headwater.workspace.references import References
from headwater.workspace.suppressed import SuppressedUsers


class GroundFloor:
    """Opened and closed by `Rooms`, in that order and back."""

    def __init__(
        self,
        settings: Settings,
        folder: DataFolder,
        *,
        url: str,
        local_token: str,
        listener: tuple[str, int] | None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.surroundings = surroundings or Surroundings()
        self.settings = settings
        self.folder = folder
        self.url = url
        self.local_token = local_token
        self.clock = self.surroundings.clock
        self.is_running = listener is not None
        self.on_configured: list[Callable[[], None]] = []
        self.cursors: Callable[[], Awaitable[Mapping[str, int]]] = absent.nobody_knows
        self.cursors_to_trim: Callable[[], Awaitable[Mapping[str, int]]] = absent.nobody_knows
        self.ask_lake: Ask = absent.nobody_writes_the_lake
        self.change_letters: Change = absent.nobody_delivers
        self.lanes: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]] = absent.nobody_tells
        self.readers_pid: Callable[[], int | None] = lambda: None
        self.follow: Callable[[], Awaitable[None]] = absent.nobody_follows
        self.count: Count | None = None  # None: nobody delivers, so it is counted here
        self.own_listeners = frozenset({listener} if listener else ())
        self._stack = AsyncExitStack()

    async def _open(self) -> None:
        self.sealer = Sealer(self.folder.sealing_key())
        self.database = self.surroundings.database(sqlite_url(self.folder.core_database))
        self._stack.callback(self.database.close)
        migrate(self.database.engine)
        self.installation = await self.database.write(
            lambda connection: first_start.ensure(connection, clock=self.clock)
        )
        self._open_log()
        await self._open_collect()
        await self._open_actions()

    def _open_log(self) -> None:
        settings = self.settings
        kept = RetentionLimits(
            age_ms=milliseconds(settings.log_retention_age) if settings.log_retention_age else None,
            events=settings.log_retention_events,
            size_bytes=settings.log_retention_size,
        )
        limits = kept.log_limits(dedupe_window_ms=milliseconds(settings.dedupe_window))
        self.log = self.surroundings.log(self.folder.log, clock=self.clock, limits=limits)
        self._stack.push_async_callback(self.log.close)
        self.log_reader = SqliteLogReader(self.folder.log)
        self._stack.callback(self.log_reader.close)
        self.relay = Relay(self.database, self.log, clock=self.clock)
        self.retention = Retention(self.log, limits=kept, clock=self.clock, cursors=self.read_to_trim)
        self.tail = Tail(reader=self.log_reader, clock=self.clock)
        self.backups = Backups(data=self.folder.path, still=self._still, clock=self.clock)
        self._stack.push_async_callback(self.backups.close)
        self.queries = querying.queries(self.folder, settings, database=self.database, clock=self.clock)

    async def _open_collect(self) -> None:
        self.sources_by_key = SourcesByKey(self.database)
        await self.sources_by_key.reload()
        self.consent_by_source = ConsentBySource(self.database, sealer=self.sealer)
        await self.consent_by_source.reload()
        self.suppressed = SuppressedUsers(self.database)
        await self.suppressed.reload()

        async def save(counted: Any) -> None:
            def add(connection: Connection) -> None:
                rejections.add(connection, counted)
                rejection_volume.add(connection, counted)

            await self.database.write(add)

        self.tally = Tally(save, clock=self.clock)
        self._stack.push_async_callback(self.tally.flush)
        self.collector = Collector(
            appender=self.log,
            source_of=self.sources_by_key,
            tally=self.tally,
            clock=self.clock,
            new_id=ids.new_uuid,
            origins=self.settings.tracking_origins,
            public_url=self.settings.public_url,
            strict=self.settings.strict,
            rate_limit=self.settings.rate_limit,
            bundle=BrowserBundle(),
            needs_of=self.consent_by_source,
            suppressed=self.suppressed,
        )

    async def _open_actions(self) -> None:
        self.journal = JournalKeeper(self.folder.actions_database, sealer=self.sealer, clock=self.clock)
        self.journal.start()
        self._stack.push_async_callback(self.journal.close)
        self.relay.on_move(self.journal.moved)
        followed = asyncio.create_task(catching_up.run(self.journal, reader=self.log_reader))
        self._stack.push_async_callback(_ended, followed)
        self.sandbox = Sandbox(clock=self.clock)
        await self.sandbox.start()
        self._stack.push_async_callback(self.sandbox.close)
        self.tryouts = Ration(self.sandbox)
        self.aliases = Aliases(self.collector.accept)
        self._set_aliases(self.installation.workspace)
        self.policy = AddressPolicy(allow_private=self.settings.private_addresses, own_listeners=self.own_listeners)
        self.outbound = Outbound(self.policy, alias=self.aliases)
        self._stack.push_async_callback(self.outbound.close)
        self.sender = self.surroundings.way_out(self.outbound, is_own=self.aliases.answers)
        self.postgres = LazyPostgres(self.policy, clock=self.clock)
        self._stack.push_async_callback(self.postgres.close)
        self.sources = Sources(sender=self.sender, clock=self.clock, files=TemplateFiles(self.settings.template_files))
        self.runner = ActionRunner(
            templates=Templates(self.sources),
            evaluator=self.sandbox,
            sender=self.sender,
            database=self.database,
            sealer=self.sealer,
            clock=self.clock,
            journal=self.journal,
        )
        self.references = References(
            variables=self.settings.secret_variables,
            names=self.settings.secret_env,
            folder=self.settings.secret_files,
            data=self.folder.path,
        )

    @asynccontextmanager
    async def _still(self) -> AsyncIterator[None]:
        """Let core.db and the log be at one, and the log keep what it has, for the moment of a backup."""
        async with self.retention.held(), self.relay.held():
            yield

    @property
    def home(self) -> str:
        """Where browsers reach us."""
        return self.settings.public_url or self.url

    def log_described(self) -> dict[str, Any]:
        """Return how full the log is and what bounds it."""
        return log_status.describe(self.log, settings=self.settings, last_trim=self.retention.last)

    def _set_aliases(self, workspace: workspaces.Workspace | None) -> None:
        wanted = self.settings.tracking_aliases
        self.aliases.is_on = wanted if wanted is not None else bool(workspace and workspace.tracking_aliases)

    async def letters_changed(self, order: Order) -> Step:
        """Have dead letters changed by whoever delivers."""
        return await self.change_letters(order)

    async def lanes_now(self) -> Sequence[Mapping[str, Any]]:
        """Return how the lanes are doing."""
        return await self.lanes()

    def readers_pid_now(self) -> int | None:
        """Return which process reads the log, None for none."""
        return self.readers_pid()

    async def asked_of_lake(self, topic: str, payload: Any) -> Any:
        """Ask whoever writes the lake."""
        return await self.ask_lake(topic, payload)

    async def followed(self) -> None:
        """Return once whoever delivers has heard of a change."""
        await self.follow()

    async def read_so_far(self) -> Mapping[str, int]:
        """Return how far each reader is."""
        return await self.cursors()

    async def read_to_trim(self) -> Mapping[str, int]:
        """Return how far those are whom the log waits for."""
        return await self.cursors_to_trim()


async def _ended(task: asyncio.Task[None]) -> None:
    """Stop a task that need not finish; an error that it ended with is told now."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def milliseconds(span: timedelta) -> int:
    """Return a span in whole milliseconds."""
    return span // timedelta(milliseconds=1)
