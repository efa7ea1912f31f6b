"""The routes of operators: the API, and the console, which asks it."""

from collections.abc import Callable
from dataclasses import dataclass

from litestar import Router

from headwater.actions.journal.deliveries import ActionDeliveries
from headwater.api import (
    action_deliveries,
    actions,
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
    operators,
    replays,
    saved_queries,
    schema,
    sources,
    suppressions,
    trace,
    warehouses,
    workspace,
)
from headwater.api.destination_metrics import Metrics
from headwater.api.event_streams import Streams
from headwater.deliver.letters.letters import Letters
from headwater.deliver.report import DeliveryReport
from headwater.lake.lake_desk import LakeDesk
from headwater.live.schema_view import SchemaView
from headwater.web.access import Authenticate
from headwater.web.lifespan import ASGIApp
from headwater.wiring import consoling, log_status
from headwater.wiring.console_accounts import ConsoleAccounts
from headwater.wiring.desks import Desks
from headwater.wiring.ground_floor import GroundFloor


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of deliveries, Actions and events, as the routes read it."""

    report: DeliveryReport
    letters: Letters
    fired: ActionDeliveries
    view: SchemaView
    metrics: Metrics


def routers(
    floor: GroundFloor,
    kept: Kept,
    *,
    authenticate: Authenticate,
    door: Callable[[], ASGIApp],
    accounts: ConsoleAccounts | None,
) -> list[Router]:
    """Return them. `door` returns the application that has them; `accounts`: who may come in without a key."""
    database, clock, sealer = floor.database, floor.clock, floor.sealer
    report, letters, fired, view, metrics = kept.report, kept.letters, kept.fired, kept.view, kept.metrics
    desks = Desks(floor)
    desk, project_desk = desks.destinations(), desks.projects()
    streams = Streams(
        desk=project_desk, sealer=sealer, newest_offset=lambda: floor.log.newest_offset, follow=floor.followed
    )
    return [
        *console.routes(desk=project_desk, streams=streams, mail_folder=floor.folder.mail),
        consoling.router(
            database=database,
            clock=clock,
            authenticate=authenticate,
            app=door,
            home=floor.home,
            accounts=accounts,
        ),
        keys.routes(database=database, clock=clock),
        operators.routes(database=database, clock=clock, project_id=floor.installation.project.id),
        audit.routes(database=database, sealer=sealer, clock=clock),
        sources.routes(database=database, clock=clock),
        destinations.routes(database=database, desk=desk, follow=floor.followed),
        destination_trials.routes(database=database, desk=desk, trials=desks.destination_trials(desk, letters)),
        suppressions.routes(database=database, clock=clock, follow=floor.followed),
        workspace.routes(database=database, home=lambda: floor.installation.project.id),
        blueprints.routes(blueprints=desks.blueprints(fired)),
        trace.routes(
            database=database,
            reader=floor.log_reader,
            report=report,
            actions=fired,
            sealer=sealer,
            oldest_at=lambda: log_status.forgotten_before(floor.log),
        ),
        actions.routes(database=database, trials=desks.trials(fired)),
        action_deliveries.routes(deliveries=fired, not_kept=lambda: floor.journal.not_kept, clock=clock),
        destination_metrics.routes(metrics=metrics),
        dead_letters.routes(desk=desks.dead_letters(report, letters)),
        replays.routes(desk=desks.replays(report)),
        events.routes(database=database, reader=floor.log_reader, tail=floor.tail, clock=floor.clock),
        schema.routes(database=database, reader=floor.log_reader, view=view),
        event_volume.routes(database=database, reader=floor.log_reader, view=view, clock=clock),
        delivery_volume.routes(database=database, sealer=sealer, report=report, clock=clock),
        config_schema.routes(),
        lake.routes(
            desk=LakeDesk(floor.folder.lake, ask=floor.asked_of_lake, clock=clock, place=floor.settings.lake_place),
            database=database,
        ),
        lake_erasures.routes(desk=desks.erasures()),
        lake_queries.routes(queries=floor.queries, database=database),
        saved_queries.routes(database=database, clock=clock),
        warehouses.routes(desk=desks.warehouses(), follow=floor.followed),
        log.routes(retention=floor.retention),
        backup.routes(backups=floor.backups),
    ]
