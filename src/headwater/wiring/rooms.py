"""The writing side, built: everything between a request and the log, and the app that operators talk to.

The running server and the CLI without one (`offline.py`) build the same rooms.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
import structlog
from litestar import Router
from sqlalchemy import Connection

import headwater
from headwater.actions.journal import catching_up
from headwater.actions.journal.deliveries import ActionDeliveries
from headwater.actions.journal.keeper import JournalKeeper
from headwater.actions.journal.view import JournalView
from headwater.actions.runner import ActionRunner
from headwater.actions.templates import Templates
from headwater.api import (
    action_deliveries,
    actions,
    app,
    audit,
    backup,
    blueprints,
    config_schema,
    console,
    dead_letters,
    delivery_volume,
    destination_metrics,
    destination_trials,
    destinations,
    event_volume,
    events,
    keys,
    lake,
    lake_erasures,
    lake_queries,
    log,
    metrics,
    operators,
    replays,
    saved_queries,
    schema,
    sources,
    status,
    suppressions,
    sync_standing,
    trace,
    warehouses,
    workspace,
)
from headwater.api.action_trials import Trials
from headwater.api.dead_letter_desk import DeadLetterDesk
from headwater.api.destination_desk import Desk as DestinationDesk
from headwater.api.destination_metrics import Metrics
from headwater.api.destination_trials import Trials as DestinationTrials
from headwater.api.event_streams import Streams
from headwater.api.letter_trials import LetterTrials
from headwater.api.project_desk import ProjectDesk
from headwater.api.replay_desk import Count, ReplayDesk
from headwater.api.warehouse_desk import WarehouseDesk
from headwater.backup.backups import Backups
from headwater.blueprint.blueprints import Blueprints
from headwater.blueprint.rerouting import Rerouting
from headwater.collect.bundle import BrowserBundle
from headwater.collect.collector import Collector
from headwater.collect.tally import Tally
from headwater.core import ids
from headwater.core.secrets import Sealer, is_same
from headwater.deliver.dry_runs import DryRuns
from headwater.deliver.letters.letters import Letters
from headwater.deliver.letters.wanted import Change, Order, Step
from headwater.deliver.report import DeliveryReport
from headwater.identity.config.live import Current
from headwater.identity.courier.queue import TOPIC as MAIL
from headwater.identity.flows.flow_counts import FlowCounts
from headwater.identity.ground import Ground
from headwater.identity.passwords.hasher import Hasher
from headwater.lake.erasure_desk import ErasureDesk
from headwater.lake.lake_desk import Ask, LakeDesk
from headwater.lake.warehouses.sync_history import SyncHistory
from headwater.live.schema_view import SchemaView
from headwater.live.tail import Tail
from headwater.log import outbox
from headwater.log.log_limits import RetentionLimits
from headwater.log.relay import Relay
from headwater.log.retention import Retention
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.starts import Starts
from headwater.mapping.rations import Ration
from headwater.mapping.sandbox import Sandbox
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.settings import Settings
from headwater.store import disk
from headwater.store.database import sqlite_url
from headwater.store.folder import DataFolder
from headwater.store.migrate import migrate
from headwater.web import project_hosts
from headwater.web.access import Principal
from headwater.web.audit.auditor import Auditor
from headwater.web.lifespan import ASGIApp
from headwater.wiring import consoling, first_start, log_status, querying, replaying, trials, way_out
from headwater.wiring.aliases import Aliases
from headwater.wiring.config_check import ConfigCheck
from headwater.wiring.consent_by_source import ConsentBySource
from headwater.wiring.console_accounts import ConsoleAccounts
from headwater.wiring.exposition.page import Page
from headwater.wiring.host_switch import HostSwitch
from headwater.wiring.link import LinkDownError
from headwater.wiring.live_config import LiveProject
from headwater.wiring.project_apps import ProjectApps
from headwater.wiring.project_builder import ProjectBuilder
from headwater.wiring.sources_by_key import SourcesByKey
from headwater.wiring.surroundings import Surroundings
from headwater.wiring.way_out import LazyPostgres
from headwater.workspace import keys as workspace_keys
from headwater.workspace import rejection_volume, rejections, workspaces
from headwater.workspace.audit.audit_book import AuditBook
from headwater.workspace.audit.entries import Bounds
from headwater.workspace.projects import Project
from headwater.workspace.references import References
from headwater.workspace.sources import TOPIC as CONFIGURATION
from headwater.workspace.suppressed import SuppressedUsers

logger = structlog.get_logger(__name__)

LOCAL_KEY_ID = "local"
LOCAL_KEY_NAME = "somebody at the data folder"

MAIL_LINGER_SECONDS = 0.03


class Rooms:
    """Open it with `async with`; closing it finishes what is under way.

    `listener` is the address that the server takes connections on; None for the CLI's own app, which takes none.
    """

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
        self.cursors: Callable[[], Awaitable[Mapping[str, int]]] = _nobody_knows
        self.cursors_to_trim: Callable[[], Awaitable[Mapping[str, int]]] = _nobody_knows
        self.ask_lake: Ask = _nobody_writes_the_lake
        self.change_letters: Change = _nobody_delivers
        self.lanes: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]] = _nobody_tells
        self.readers_pid: Callable[[], int | None] = lambda: None
        self.follow: Callable[[], Awaitable[None]] = _nobody_follows
        self.count: Count | None = None  # None: nobody delivers, so it is counted here
        self.own_listeners = frozenset({listener} if listener else ())
        self.projects: ProjectApps | None = None
        self.flow_counts = FlowCounts()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
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
        await self._open_doors()
        self.database.on_commit(self._heard)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _open_log(self) -> None:
        settings = self.settings
        kept = RetentionLimits(
            age_ms=_milliseconds(settings.log_retention_age) if settings.log_retention_age else None,
            events=settings.log_retention_events,
            size_bytes=settings.log_retention_size,
        )
        limits = kept.log_limits(dedupe_window_ms=_milliseconds(settings.dedupe_window))
        self.log = self.surroundings.log(self.folder.log, clock=self.clock, limits=limits)
        self._stack.push_async_callback(self.log.close)
        self.log_reader = SqliteLogReader(self.folder.log)
        self._stack.callback(self.log_reader.close)
        self.relay = Relay(self.database, self.log, clock=self.clock)
        self.retention = Retention(self.log, limits=kept, clock=self.clock, cursors=self._read_to_trim)
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

    async def _open_doors(self) -> None:
        """Build the default project's application, with all that is the workspace's, and the way to the others."""
        home, shared = self.settings.public_url or self.url, self._shared_routers()
        self.auditor = self._auditor()
        if "identity" not in self.settings.roles:
            self.app = app.build(
                shared,
                authenticate=self._authenticate,
                expose_admin=self.settings.expose_admin,
                audit=self.auditor,
            )
            self.door: ASGIApp = self.app
            return
        builder = self._project_builder(home)
        default = builder.build(self.installation.project.id, home, shared)
        self.app = default.inner
        self.projects = ProjectApps(
            self.database,
            default=default,
            home=home,
            build=lambda project_id, url: builder.build(project_id, url, status.health_routes()),
        )
        await self.projects.configured()
        self.door = HostSwitch(default.app, self.projects, home=home)

    def _shared_routers(self) -> list[Router]:
        """Return the routes that are no project's own."""
        database, clock, sealer = self.database, self.clock, self.sealer
        report = DeliveryReport(self.folder.deliver_database, sealer)
        self._stack.callback(report.close)
        letters = Letters(self.folder.deliver_database, sealer)
        self._stack.callback(letters.close)
        view = SchemaView(self.folder.live_database)
        self._stack.callback(view.close)
        fired = self._fired(report)
        self.metrics = Metrics(database=database, sealer=sealer, report=report, lanes=self._lanes_now)
        routers = [
            *status.routes(status=self.status),
            metrics.routes(exposition=self._page().render),
            *self.surroundings.routers,
        ]
        if "api" in self.settings.roles:
            desk = self._destination_desk()
            routers += [
                *self._console(),
                consoling.router(
                    database=database,
                    clock=clock,
                    authenticate=self._authenticate,
                    app=lambda: self.door,
                    home=self.settings.public_url or self.url,
                    accounts=self._accounts(),
                ),
                keys.routes(database=database, clock=clock),
                operators.routes(database=database, clock=clock, project_id=self.installation.project.id),
                audit.routes(database=database, sealer=sealer, clock=clock),
                sources.routes(database=database, clock=clock),
                destinations.routes(database=database, desk=desk, follow=self._followed),
                destination_trials.routes(database=database, desk=desk, trials=self._destination_trials(desk, letters)),
                suppressions.routes(database=database, clock=clock, follow=self._followed),
                workspace.routes(database=database, home=lambda: self.installation.project.id),
                blueprints.routes(blueprints=self._blueprints(fired)),
                trace.routes(
                    database=database,
                    reader=self.log_reader,
                    report=report,
                    actions=fired,
                    sealer=sealer,
                    oldest_at=lambda: log_status.forgotten_before(self.log),
                ),
                actions.routes(database=database, trials=self._trials(fired)),
                action_deliveries.routes(deliveries=fired, not_kept=lambda: self.journal.not_kept),
                destination_metrics.routes(metrics=self.metrics),
                dead_letters.routes(desk=self._dead_letter_desk(report, letters)),
                replays.routes(desk=self._replay_desk(report)),
                events.routes(database=database, reader=self.log_reader, tail=self.tail, clock=self.clock),
                schema.routes(database=database, reader=self.log_reader, view=view),
                event_volume.routes(database=database, reader=self.log_reader, view=view, clock=clock),
                delivery_volume.routes(database=database, sealer=sealer, report=report, clock=clock),
                config_schema.routes(),
                lake.routes(
                    desk=LakeDesk(self.folder.lake, ask=self._asked_of_lake, place=self.settings.lake_place),
                    database=database,
                ),
                lake_erasures.routes(desk=self._erasure_desk()),
                lake_queries.routes(queries=self.queries, database=database),
                saved_queries.routes(database=database, clock=clock),
                warehouses.routes(desk=self._warehouse_desk(), follow=self._followed),
                log.routes(retention=self.retention),
                backup.routes(backups=self.backups),
            ]
        return routers

    @asynccontextmanager
    async def _still(self) -> AsyncIterator[None]:
        """Let core.db and the log be at one, and the log keep what it has, for the moment of a backup."""
        async with self.retention.held(), self.relay.held():
            yield

    def _destination_desk(self) -> DestinationDesk:
        return DestinationDesk(
            clock=self.clock,
            sealer=self.sealer,
            newest_offset=lambda: self.log.newest_offset,
            read=self.references.read,
            evaluator=self.tryouts,
            starts=self._starts(),
        )

    def _starts(self) -> Starts:
        return Starts(
            reader=self.log_reader,
            clock=self.clock,
            oldest=lambda: log_status.oldest(self.log),
            newest_offset=lambda: self.log.newest_offset,
        )

    def _erasure_desk(self) -> ErasureDesk:
        return ErasureDesk(
            self.folder.lake,
            database=self.database,
            clock=self.clock,
            newest_offset=lambda: self.log.newest_offset,
            follow=self._followed,
        )

    def _warehouse_desk(self) -> WarehouseDesk:
        history = SyncHistory(self.folder.syncs_database)
        return WarehouseDesk(database=self.database, history=history, clock=self.clock, sealer=self.sealer)

    def _dead_letter_desk(self, report: DeliveryReport, letters: Letters) -> DeadLetterDesk:
        return DeadLetterDesk(
            database=self.database,
            letters=letters,
            report=report,
            reader=self.log_reader,
            sealer=self.sealer,
            clock=self.clock,
            change=self._letters_changed,
        )

    def _destination_trials(self, desk: DestinationDesk, letters: Letters) -> DestinationTrials:
        dry_runs, reader, clock = self._dry_runs(), self.log_reader, self.clock
        return DestinationTrials(
            dry_runs=dry_runs,
            desk=desk,
            reader=reader,
            clock=clock,
            letter_trials=LetterTrials(
                letters=letters, reader=reader, dry_runs=dry_runs, database=self.database, clock=clock
            ),
        )

    def _dry_runs(self) -> DryRuns:
        """Return what tries destinations out: what the engine runs on, but for the ledger."""
        both = way_out.with_postgres(self.outbound, self.postgres)
        sender = self.surroundings.way_out(both, is_own=self.aliases.answers)
        return DryRuns(
            evaluator=self.tryouts,
            sender=sender,
            clock=self.clock,
            read_secret=self.references.read,
            suppressed=self.suppressed,
        )

    def _replay_desk(self, report: DeliveryReport) -> ReplayDesk:
        return replaying.desk(
            database=self.database,
            reader=replaying.archive_reader(
                self.log_reader,
                self.folder.lake,
                database=self.database,
                place=self.settings.lake_place,
                clock=self.clock,
            ),
            report=report,
            clock=self.clock,
            sealer=self.sealer,
            elsewhere=lambda: self.count,
            follow=self._followed,
            oldest_at=lambda: log_status.forgotten_before(self.log),
        )

    def _blueprints(self, fired: ActionDeliveries) -> Blueprints:
        return Blueprints(
            database=self.database,
            clock=self.clock,
            sealer=self.sealer,
            check=self._config_check(),
            newest_offset=lambda: self.log.newest_offset,
            starts=self._starts(),
            follow=self._followed,
            read=self.references.read,
            evaluator=self.tryouts,
            rerouting=Rerouting(dry_runs=self._dry_runs(), reader=self.log_reader),
            rehearsal=trials.rehearsal(
                database=self.database,
                sealer=self.sealer,
                references=self.references,
                evaluator=self.tryouts,
                sources=self.sources,
                sender=self.sender,
                deliveries=fired,
                clock=self.clock,
            ),
        )

    def _config_check(self) -> ConfigCheck:
        return ConfigCheck(
            self.tryouts,
            references=self.references,
            sources=self.sources,
            clock=self.clock,
            public_url=self.settings.public_url or self.url,
        )

    def _console(self) -> list[Router]:
        desk = self._desk()
        streams = Streams(
            desk=desk, sealer=self.sealer, newest_offset=lambda: self.log.newest_offset, follow=self._followed
        )
        return console.routes(desk=desk, streams=streams, mail_folder=self.folder.mail)

    def _accounts(self) -> ConsoleAccounts | None:
        """Return who may come into the console by their account; None where no project's login is at hand."""
        if "identity" not in self.settings.roles:
            return None
        return ConsoleAccounts(
            database=self.database,
            clock=self.clock,
            project_id=self.installation.project.id,
            current=self._current,
            home=(self.settings.public_url or self.url).rstrip("/"),
        )

    def _current(self) -> Current:
        assert self.projects is not None  # noqa: S101  the doors are open, else nobody asks
        return self.projects.default.room.current

    def _desk(self) -> ProjectDesk:
        return ProjectDesk(
            database=self.database,
            clock=self.clock,
            sealer=self.sealer,
            check=self._config_check(),
            hosts_of=self._hosts_of,
        )

    def _hosts_of(self, project: Project) -> list[str]:
        """Return where a project is: the default one at the plain address, and every one by its own name."""
        home = self.settings.public_url or self.url
        named = project_hosts.host_of(project.slug, home=home)
        return [urlsplit(home).netloc, named] if project.id == self.installation.project.id else [named]

    def _trials(self, fired: ActionDeliveries) -> Trials:
        return trials.build(
            database=self.database,
            sealer=self.sealer,
            references=self.references,
            evaluator=self.tryouts,
            sources=self.sources,
            sender=self.sender,
            deliveries=fired,
            clock=self.clock,
            public_url=self.settings.public_url or self.url,
        )

    def _fired(self, report: DeliveryReport) -> ActionDeliveries:
        journal = JournalView(self.folder.actions_database, self.sealer)
        self._stack.callback(journal.close)
        return ActionDeliveries(view=journal, reader=self.log_reader, report=report, sealer=self.sealer)

    async def _letters_changed(self, order: Order) -> Step:
        return await self.change_letters(order)

    async def _lanes_now(self) -> Sequence[Mapping[str, Any]]:
        return await self.lanes()

    def _page(self) -> Page:
        return Page(
            database=self.database,
            metrics=self.metrics,
            counters=self.collector.counters,
            flows=self.flow_counts,
            described=self._log_described,
            cursors=self._read_so_far,
            readers_pid=self._readers_pid_now,
            standings=self._warehouse_desk().standings,
        )

    def _readers_pid_now(self) -> int | None:
        return self.readers_pid()

    async def _asked_of_lake(self, topic: str, payload: Any) -> Any:
        return await self.ask_lake(topic, payload)

    async def _followed(self) -> None:
        await self.follow()

    async def _read_so_far(self) -> Mapping[str, int]:
        return await self.cursors()

    async def _read_to_trim(self) -> Mapping[str, int]:
        return await self.cursors_to_trim()

    def _project_builder(self, home: str) -> ProjectBuilder:
        hasher = Hasher()
        self._stack.callback(hasher.close)
        ground = Ground(
            database=self.database,
            live=self._live(self.installation.project.id),
            runner=self.runner,
            evaluator=self.sandbox,
            sources=self.sources,
            sender=self.sender,
            policy=self.policy,
            sealer=self.sealer,
            key=self.folder.sealing_key(),
            clock=self.clock,
            hasher=hasher,
            public_url=home,
            mail_folder=self.folder.mail,
            flow_counts=self.flow_counts,
            shows_mail=self.surroundings.shows_mail,
        )
        return ProjectBuilder(
            ground=ground,
            live=self._live,
            settings=self.settings,
            authenticate=self._authenticate,
            audit=self.auditor,
        )

    def _auditor(self) -> Auditor:
        age, most = self.settings.audit_retention_age, self.settings.audit_retention_entries
        bounds = Bounds(age_ms=_milliseconds(age) if age else None, entries=most)
        return Auditor(AuditBook(self.database, sealer=self.sealer, clock=self.clock, bounds=bounds))

    def _live(self, project_id: str) -> LiveProject:
        return LiveProject(
            self.database,
            project_id=project_id,
            sealer=self.sealer,
            references=self.references,
            adapted=self.surroundings.adapted,
        )

    async def status(self) -> dict[str, Any]:
        """Return what `headwater get status` prints."""
        installation = self.installation
        return {
            "version": headwater.__version__,
            "running": self.is_running,
            "url": self.url if self.is_running else None,
            "data": str(self.folder.path),
            "workspace": {
                "id": installation.workspace.id,
                "name": installation.workspace.name,
                "tracking_aliases": self.aliases.is_on,
            },
            "project": {"id": installation.project.id, "slug": installation.project.slug},
            "roles": list(self.settings.roles) if self.is_running else [],
            "collect": {
                **msgspec.to_builtins(self.collector.counters),
                "strict": self.settings.strict,
                "rate_limit": self.settings.rate_limit,
            },
            "log": self._log_described(),
            "disk": disk.described(self.folder.path),
            "deliver": await self.metrics.every(),
            "warehouses": [sync_standing.shown(one) for one in await self._warehouse_desk().standings()],
        }

    def _log_described(self) -> dict[str, Any]:
        return log_status.describe(self.log, settings=self.settings, last_trim=self.retention.last)

    async def _heard(self, topic: str) -> None:
        if topic.startswith(MAIL) and self.projects is not None:
            # Whoever caused it is answered first, and the mails of a crowd go together.
            project_id = topic.removeprefix(MAIL)
            asyncio.get_running_loop().call_later(MAIL_LINGER_SECONDS, self.projects.wake_courier, project_id)
        if topic == outbox.TOPIC:
            self.relay.wake_later()
        if topic != CONFIGURATION:
            return
        if self.projects is not None:
            await self.projects.configured()
        await self.sources_by_key.reload()
        await self.consent_by_source.reload()
        await self.suppressed.reload()
        self._set_aliases(await self.database.read(workspaces.current_or_none))
        for listener in self.on_configured:
            listener()

    def _set_aliases(self, workspace: workspaces.Workspace | None) -> None:
        wanted = self.settings.tracking_aliases
        self.aliases.is_on = wanted if wanted is not None else bool(workspace and workspace.tracking_aliases)

    async def _authenticate(self, token: str) -> Principal | None:
        if is_same(token, self.local_token):
            return Principal(key_id=LOCAL_KEY_ID, role="admin", name=LOCAL_KEY_NAME)
        key = await self.database.read(lambda connection: workspace_keys.by_token(connection, token, clock=self.clock))
        if key is None:
            return None
        return Principal(key_id=key.id, role=key.role, project_id=key.project_id, name=key.name)


async def _nobody_knows() -> Mapping[str, int]:
    raise LinkDownError("No server runs here that reads the log, so nobody knows how far its readers are.")


async def _nobody_writes_the_lake(_topic: str, _payload: Any) -> Any:
    raise LinkDownError("No server runs here that writes the lake. Start one with `headwater serve`, and try again.")


async def _nobody_tells() -> Sequence[Mapping[str, Any]]:
    raise LinkDownError("No server runs here that delivers, so nobody knows how its lanes are doing.")


async def _nobody_follows() -> None:
    """Nobody delivers here: whoever does so later begins with what is configured then."""


async def _ended(task: asyncio.Task[None]) -> None:
    """Stop a task that need not finish; an error that it ended with is told now."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _nobody_delivers(_order: Order) -> Step:
    raise LinkDownError("No server runs here that delivers. Start one with `headwater serve`, and try again.")


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
