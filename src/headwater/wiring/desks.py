"""The desks that operators' routes work at, each made of what it needs of the ground floor."""

from urllib.parse import urlsplit

from headwater.actions.journal.deliveries import ActionDeliveries
from headwater.api.action_trials import Trials
from headwater.api.dead_letter_desk import DeadLetterDesk
from headwater.api.destination_desk import Desk as DestinationDesk
from headwater.api.destination_trials import Trials as DestinationTrials
from headwater.api.letter_trials import LetterTrials
from headwater.api.project_desk import ProjectDesk
from headwater.api.replay_desk import ReplayDesk
from headwater.api.warehouse_desk import WarehouseDesk
from headwater.blueprint.blueprints import Blueprints
from headwater.blueprint.rerouting import Rerouting
from headwater.deliver.dry_runs import DryRuns
from headwater.deliver.letters.letters import Letters
from headwater.deliver.report import DeliveryReport
from headwater.lake.erasure_desk import ErasureDesk
from headwater.lake.warehouses.sync_history import SyncHistory
from headwater.log.starts import Starts
from headwater.web import project_hosts
from headwater.wiring import log_status, replaying, trials, way_out
from headwater.wiring.config_check import ConfigCheck
from headwater.wiring.ground_floor import GroundFloor
from headwater.workspace.projects import Project


class Desks:
    """Makes them: each call another one. They hold no state of their own."""

    def __init__(self, floor: GroundFloor) -> None:
        self._floor = floor

    def destinations(self) -> DestinationDesk:
        return DestinationDesk(
            clock=self._floor.clock,
            sealer=self._floor.sealer,
            newest_offset=lambda: self._floor.log.newest_offset,
            read=self._floor.references.read,
            evaluator=self._floor.tryouts,
            starts=self.starts(),
        )

    def destination_trials(self, desk: DestinationDesk, letters: Letters) -> DestinationTrials:
        dry_runs, reader, clock = self._dry_runs(), self._floor.log_reader, self._floor.clock
        return DestinationTrials(
            dry_runs=dry_runs,
            desk=desk,
            reader=reader,
            clock=clock,
            letter_trials=LetterTrials(
                letters=letters, reader=reader, dry_runs=dry_runs, database=self._floor.database, clock=clock
            ),
        )

    def erasures(self) -> ErasureDesk:
        return ErasureDesk(
            self._floor.folder.lake,
            database=self._floor.database,
            clock=self._floor.clock,
            newest_offset=lambda: self._floor.log.newest_offset,
            follow=self._floor.followed,
        )

    def warehouses(self) -> WarehouseDesk:
        history = SyncHistory(self._floor.folder.syncs_database)
        return WarehouseDesk(
            database=self._floor.database, history=history, clock=self._floor.clock, sealer=self._floor.sealer
        )

    def dead_letters(self, report: DeliveryReport, letters: Letters) -> DeadLetterDesk:
        return DeadLetterDesk(
            database=self._floor.database,
            letters=letters,
            report=report,
            reader=self._floor.log_reader,
            sealer=self._floor.sealer,
            clock=self._floor.clock,
            change=self._floor.letters_changed,
        )

    def replays(self, report: DeliveryReport) -> ReplayDesk:
        return replaying.desk(
            database=self._floor.database,
            reader=replaying.archive_reader(
                self._floor.log_reader,
                self._floor.folder.lake,
                database=self._floor.database,
                place=self._floor.settings.lake_place,
                clock=self._floor.clock,
            ),
            report=report,
            clock=self._floor.clock,
            sealer=self._floor.sealer,
            elsewhere=lambda: self._floor.count,
            follow=self._floor.followed,
            oldest_at=lambda: log_status.forgotten_before(self._floor.log),
        )

    def blueprints(self, fired: ActionDeliveries) -> Blueprints:
        return Blueprints(
            database=self._floor.database,
            clock=self._floor.clock,
            sealer=self._floor.sealer,
            check=self._config_check(),
            newest_offset=lambda: self._floor.log.newest_offset,
            starts=self.starts(),
            follow=self._floor.followed,
            read=self._floor.references.read,
            evaluator=self._floor.tryouts,
            rerouting=Rerouting(dry_runs=self._dry_runs(), reader=self._floor.log_reader),
            rehearsal=trials.rehearsal(
                database=self._floor.database,
                sealer=self._floor.sealer,
                references=self._floor.references,
                evaluator=self._floor.tryouts,
                sources=self._floor.sources,
                sender=self._floor.sender,
                deliveries=fired,
                clock=self._floor.clock,
            ),
        )

    def projects(self) -> ProjectDesk:
        return ProjectDesk(
            database=self._floor.database,
            clock=self._floor.clock,
            sealer=self._floor.sealer,
            check=self._config_check(),
            hosts_of=self._hosts_of,
        )

    def trials(self, fired: ActionDeliveries) -> Trials:
        return trials.build(
            database=self._floor.database,
            sealer=self._floor.sealer,
            references=self._floor.references,
            evaluator=self._floor.tryouts,
            sources=self._floor.sources,
            sender=self._floor.sender,
            deliveries=fired,
            clock=self._floor.clock,
            public_url=self._floor.home,
        )

    def starts(self) -> Starts:
        return Starts(
            reader=self._floor.log_reader,
            clock=self._floor.clock,
            oldest=lambda: log_status.oldest(self._floor.log),
            newest_offset=lambda: self._floor.log.newest_offset,
        )

    def _dry_runs(self) -> DryRuns:
        """Return what tries destinations out: what the engine runs on, but for the ledger."""
        both = way_out.with_postgres(self._floor.outbound, self._floor.postgres)
        sender = self._floor.surroundings.way_out(both, is_own=self._floor.aliases.answers)
        return DryRuns(
            evaluator=self._floor.tryouts,
            sender=sender,
            clock=self._floor.clock,
            read_secret=self._floor.references.read,
            suppressed=self._floor.suppressed,
        )

    def _config_check(self) -> ConfigCheck:
        return ConfigCheck(
            self._floor.tryouts,
            references=self._floor.references,
            sources=self._floor.sources,
            clock=self._floor.clock,
            public_url=self._floor.home,
        )

    def _hosts_of(self, project: Project) -> list[str]:
        """Return where a project is: the default one at the plain address, and every one by its own name."""
        home = self._floor.home
        named = project_hosts.host_of(project.slug, home=home)
        return [urlsplit(home).netloc, named] if project.id == self._floor.installation.project.id else [named]
