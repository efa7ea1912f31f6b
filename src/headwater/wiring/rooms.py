"""The writing side, built: everything between a request and the log, and the app that operators talk to.

The running server and the CLI without one (`offline.py`) build the same rooms.
"""

import asyncio
from typing import Any, Self

import msgspec
from litestar import Router

import headwater
from headwater.actions.journal.deliveries import ActionDeliveries
from headwater.actions.journal.view import JournalView
from headwater.api import (
    app,
    metrics,
    status,
    sync_standing,
)
from headwater.api.destination_metrics import Metrics
from headwater.core.secrets import is_same
from headwater.deliver.letters.letters import Letters
from headwater.deliver.report import DeliveryReport
from headwater.identity.config.live import Current
from headwater.identity.courier.queue import TOPIC as MAIL
from headwater.identity.flows.flow_counts import FlowCounts
from headwater.identity.ground import Ground
from headwater.identity.passwords.hasher import Hasher
from headwater.live.schema_view import SchemaView
from headwater.log import outbox
from headwater.settings import Settings
from headwater.store import disk
from headwater.store.folder import DataFolder
from headwater.web.access import Principal
from headwater.web.audit.auditor import Auditor
from headwater.web.lifespan import ASGIApp
from headwater.wiring import operator_routes
from headwater.wiring.console_accounts import ConsoleAccounts
from headwater.wiring.desks import Desks
from headwater.wiring.exposition.page import Page
from headwater.wiring.ground_floor import GroundFloor, milliseconds
from headwater.wiring.host_switch import HostSwitch
from headwater.wiring.live_config import LiveProject
from headwater.wiring.operator_routes import Kept
from headwater.wiring.project_apps import ProjectApps
from headwater.wiring.project_builder import ProjectBuilder
from headwater.wiring.surroundings import Surroundings
from headwater.workspace import keys as workspace_keys
from headwater.workspace import workspaces
from headwater.workspace.audit.audit_book import AuditBook
from headwater.workspace.audit.entries import Bounds
from headwater.workspace.sources import TOPIC as CONFIGURATION

LOCAL_KEY_ID = "local"
LOCAL_KEY_NAME = "somebody at the data folder"

MAIL_LINGER_SECONDS = 0.03


class Rooms(GroundFloor):
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
        super().__init__(
            settings, folder, url=url, local_token=local_token, listener=listener, surroundings=surroundings
        )
        self.projects: ProjectApps | None = None
        self.flow_counts = FlowCounts()

    async def __aenter__(self) -> Self:
        await self._open()
        await self._open_doors()
        self.database.on_commit(self._heard)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _open_doors(self) -> None:
        """Build the default project's application, with all that is the workspace's, and the way to the others."""
        home, shared = self.home, self._shared_routers()
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
        kept = self._kept()
        self.metrics = kept.metrics
        routers = [
            *status.routes(status=self.status),
            metrics.routes(exposition=self._page().render),
            *self.surroundings.routers,
        ]
        if "api" in self.settings.roles:
            routers += operator_routes.routers(
                self, kept, authenticate=self._authenticate, door=lambda: self.door, accounts=self._accounts()
            )
        return routers

    def _kept(self) -> Kept:
        report = DeliveryReport(self.folder.deliver_database, self.sealer)
        self._stack.callback(report.close)
        letters = Letters(self.folder.deliver_database, self.sealer)
        self._stack.callback(letters.close)
        view = SchemaView(self.folder.live_database)
        self._stack.callback(view.close)
        journal = JournalView(self.folder.actions_database, self.sealer)
        self._stack.callback(journal.close)
        return Kept(
            report=report,
            letters=letters,
            fired=ActionDeliveries(view=journal, reader=self.log_reader, report=report, sealer=self.sealer),
            view=view,
            metrics=Metrics(database=self.database, sealer=self.sealer, report=report, lanes=self.lanes_now),
        )

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

    def _live(self, project_id: str) -> LiveProject:
        return LiveProject(
            self.database,
            project_id=project_id,
            sealer=self.sealer,
            references=self.references,
            adapted=self.surroundings.adapted,
        )

    def _auditor(self) -> Auditor:
        age, most = self.settings.audit_retention_age, self.settings.audit_retention_entries
        bounds = Bounds(age_ms=milliseconds(age) if age else None, entries=most)
        return Auditor(AuditBook(self.database, sealer=self.sealer, clock=self.clock, bounds=bounds))

    def _accounts(self) -> ConsoleAccounts | None:
        """Return who may come into the console by their account; None where no project's login is at hand."""
        if "identity" not in self.settings.roles:
            return None
        return ConsoleAccounts(
            database=self.database,
            clock=self.clock,
            project_id=self.installation.project.id,
            current=self._current,
            home=self.home.rstrip("/"),
        )

    def _current(self) -> Current:
        assert self.projects is not None  # noqa: S101  the doors are open, else nobody asks
        return self.projects.default.room.current

    def _page(self) -> Page:
        return Page(
            database=self.database,
            metrics=self.metrics,
            counters=self.collector.counters,
            flows=self.flow_counts,
            described=self.log_described,
            cursors=self.read_so_far,
            readers_pid=self.readers_pid_now,
            standings=Desks(self).warehouses().standings,
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
            "log": self.log_described(),
            "disk": disk.described(self.folder.path),
            "deliver": await self.metrics.every(),
            "warehouses": [sync_standing.shown(one) for one in await Desks(self).warehouses().standings()],
        }

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

    async def _authenticate(self, token: str) -> Principal | None:
        if is_same(token, self.local_token):
            return Principal(key_id=LOCAL_KEY_ID, role="admin", name=LOCAL_KEY_NAME)
        key = await self.database.read(lambda connection: workspace_keys.by_token(connection, token, clock=self.clock))
        if key is None:
            return None
        return Principal(key_id=key.id, role=key.role, project_id=key.project_id, name=key.name)
