"""Plans and applies blueprints: the checks that take a while first, then one transaction, which does all or nothing."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.blueprint import plan as plans
from headwater.blueprint.changes import Change, Hands, Thing
from headwater.blueprint.of_destinations import DestinationStep
from headwater.blueprint.of_projects import ProjectStep
from headwater.blueprint.plan import Plan
from headwater.blueprint.rehearsal import Rehearsal, Rehearsed
from headwater.blueprint.rerouting import Rerouted, Rerouting
from headwater.blueprint.shape import refuse
from headwater.core.clock import Clock
from headwater.core.errors import ConflictError, HeadwaterError
from headwater.core.secrets import Sealer
from headwater.deliver import routing_check
from headwater.deliver.kept_settings import Read
from headwater.deliver.routing_shape import BadRoutingError
from headwater.log.starts import BadStartError, Starts
from headwater.mapping.evaluation import Evaluator
from headwater.store.database import Database
from headwater.workspace.revisions import Author

Check = Callable[[dict[str, Any]], Awaitable[list[dict[str, Any]]]]
Follow = Callable[[], Awaitable[None]]


class ConfigurationMovedError(ConflictError):
    """The configuration was changed by someone else meanwhile, and nothing was applied. Run `headwater plan` again."""

    code = "configuration_moved"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a document. `expect` is the fingerprint of the plan that they have seen.

    `last`: how many recorded firings of Actions are rendered, and how many events mapped, anew; None for none.
    """

    document: Any
    prune: bool = False
    expect: str | None = None
    last: int | None = None


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it is shown. `rehearsed` (firings) and `rerouted` (events) are None where nobody asked for them."""

    changes: list[Change]
    kept: list[Thing]
    warnings: list[dict[str, Any]]
    notes: list[str]
    fingerprint: str
    rehearsed: list[Rehearsed] | None = None
    rerouted: list[Rerouted] | None = None


class Blueprints:
    """`check` refuses a bad identity-config; `follow` returns once whoever delivers has heard of a change.

    `evaluator` looks at mappings before they are stored.

    `read` gives the secrets that destinations' settings only name.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        check: Check,
        newest_offset: Callable[[], int],
        starts: Starts,
        follow: Follow,
        rehearsal: Rehearsal,
        rerouting: Rerouting,
        evaluator: Evaluator,
        read: Read,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._check = check
        self._newest_offset = newest_offset
        self._starts = starts
        self._follow = follow
        self._rehearsal = rehearsal
        self._rerouting = rerouting
        self._evaluator = evaluator
        self._read = read

    async def written(self) -> dict[str, Any]:
        """Return the document for what is live."""
        return await self._database.read(lambda connection: plans.written(connection, sealer=self._sealer))

    async def plan(self, wish: Wish) -> tuple[Plan, Planned]:
        """Return what applying it would do, as it is and as it is shown. Raises BlueprintError."""
        made = await self._database.read(lambda connection: self._made(connection, wish))
        warnings = [warning for step in made.projects for warning in await self._checked(step)]
        for one in made.destinations:
            await self._check_routing(one)
        await self._found_starts(made.destinations)
        rehearsed = None if wish.last is None else await self._rehearsal.run(made.projects, last=wish.last)
        rerouted = None if wish.last is None else await self._rerouting.run(made.destinations, last=wish.last)
        return made, Planned(
            changes=[step.change for step in made.steps],
            kept=made.kept,
            warnings=warnings,
            notes=made.notes,
            fingerprint=made.fingerprint,
            rehearsed=rehearsed,
            rerouted=rerouted,
        )

    async def apply(self, wish: Wish, *, author: Callable[[Connection], Author]) -> Planned:
        """Do it, whole or not at all, and return what was done.

        Raises BlueprintError, ConfigurationMovedError when something else was changed since it was planned.
        """
        plan, planned = await self.plan(wish)
        if wish.expect not in (None, plan.fingerprint):
            raise ConfigurationMovedError
        if plan.steps:
            starts = await self._found_starts(plan.destinations)
            await self._database.write(lambda connection: self._perform(connection, wish, plan, author, starts))
            await self._follow()
        return planned

    def _made(self, connection: Connection, wish: Wish) -> Plan:
        return plans.make(connection, wish.document, prune=wish.prune, sealer=self._sealer, read=self._read)

    def _perform(
        self,
        connection: Connection,
        wish: Wish,
        plan: Plan,
        author: Callable[[Connection], Author],
        starts: dict[str, int],
    ) -> None:
        now = self._made(connection, wish)
        if now.fingerprint != plan.fingerprint:
            raise ConfigurationMovedError
        hands = Hands(
            connection=connection,
            clock=self._clock,
            sealer=self._sealer,
            newest_offset=self._newest_offset(),
            author=author(connection),
            starts=starts,
        )
        for step in now.steps:
            step.perform(hands)

    async def _checked(self, step: ProjectStep) -> list[dict[str, Any]]:
        try:
            found = await self._check(step.identity_config)
        except HeadwaterError as error:
            raise refuse(f"{step.path}/identity_config", error.message) from None
        return [{**warning, "project": step.step.change.name} for warning in found]

    async def _check_routing(self, step: DestinationStep) -> None:
        try:
            await routing_check.check(step.routing, kind=step.kind, evaluator=self._evaluator)
        except BadRoutingError as error:
            raise refuse(f"{step.path}{error.path}", error.reason) from None

    async def _found_starts(self, steps: Sequence[DestinationStep]) -> dict[str, int]:
        """Return where those new destinations begin that don't begin now. Raises BlueprintError, as the log is now."""
        found: dict[str, int] = {}
        for step in steps:
            try:
                offset = await self._starts.offset_before(step.start)
            except BadStartError as error:
                raise refuse(f"{step.path}/start", error.message) from None
            found |= {} if offset is None else {step.path: offset}
        return found
