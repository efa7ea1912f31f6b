"""Trying Actions out, put together: what real firings run on, but for the outbox and the journal."""

from typing import Any

from headwater.actions.dry_run import DryRuns
from headwater.actions.journal.deliveries import ActionDeliveries
from headwater.actions.templates import Templates
from headwater.api.action_trials import Trials
from headwater.blueprint.rehearsal import Rehearsal
from headwater.core import ids
from headwater.core.clock import Clock
from headwater.core.secrets import Sealer
from headwater.mapping.evaluation import Evaluator
from headwater.mapping.sources import Sources
from headwater.net.outbound import Sender
from headwater.store.database import Database
from headwater.wiring.live_config import LiveProject
from headwater.workspace.projects import Project
from headwater.workspace.references import References


def rehearsal(
    *,
    database: Database,
    sealer: Sealer,
    references: References,
    evaluator: Evaluator,
    sources: Sources,
    sender: Sender,
    deliveries: ActionDeliveries,
    clock: Clock,
) -> Rehearsal:
    """Return what `plan --last` asks."""

    async def open_config(project_id: str, identity_config: dict[str, Any]) -> dict[str, Any]:
        live = LiveProject(database, project_id=project_id, sealer=sealer, references=references)
        return await live.opened(identity_config)

    dry_runs = DryRuns(
        evaluator=evaluator, templates=Templates(sources), sender=sender, clock=clock, new_id=ids.new_uuid
    )
    return Rehearsal(dry_runs=dry_runs, deliveries=deliveries, open_config=open_config)


def build(
    *,
    database: Database,
    sealer: Sealer,
    references: References,
    evaluator: Evaluator,
    sources: Sources,
    sender: Sender,
    deliveries: ActionDeliveries,
    clock: Clock,
    public_url: str,
) -> Trials:
    """Return what `/projects/{id}/actions/test` asks."""

    def live(project: Project) -> LiveProject:
        return LiveProject(database, project_id=project.id, sealer=sealer, references=references)

    async def reveal(project: Project) -> dict[str, Any]:
        return (await live(project)()).identity

    async def reveal_hook(project: Project, item: dict[str, Any]) -> dict[str, Any]:
        return await live(project).hook(item)

    dry_runs = DryRuns(
        evaluator=evaluator, templates=Templates(sources), sender=sender, clock=clock, new_id=ids.new_uuid
    )
    return Trials(
        dry_runs=dry_runs,
        deliveries=deliveries,
        reveal=reveal,
        reveal_hook=reveal_hook,
        clock=clock,
        public_url=public_url,
    )
