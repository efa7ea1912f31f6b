"""Real firings of Actions, rendered again: by the identity-config that is live, and by the one that is planned.

What their receivers would then be told differently is the answer. Nothing is sent to any of them.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from headwater.actions import chain as chains
from headwater.actions import dry_run
from headwater.actions.chain import BEFORE, Hook, Trigger
from headwater.actions.dry_run import DryRuns, Rendered, Trial
from headwater.actions.journal.deliveries import ActionDeliveries, ActionDelivery
from headwater.actions.journal.view import Wanted
from headwater.blueprint.changes import ANOTHER_VALUE, differences
from headwater.blueprint.of_projects import ProjectStep
from headwater.core.errors import BadRequestError
from headwater.net.outbound import Request

MOST_FIRINGS = 100
UNCHANGED, CHANGED, NO_LONGER_SENT, NEWLY_SENT, UNKNOWN = (
    "unchanged",
    "changed",
    "no longer sent",
    "newly sent",
    "not known",
)
CTX_GONE = "its ctx is gone: the delivery log keeps what hooks were told for 7 days, and nothing beyond 256 KiB"
HOOK_GONE = "the hook that fired is no longer configured, or runs elsewhere now"
NOT_NOTED = "only the log knows of it, and not at which moment it fired"
LENT_CTX = "rendered with the ctx of another hook on that occasion, from which cookies may be missing"
SECRET_PARTS = ("url", "headers", "body")

# Gives an identity-config of a project as it would run, its secrets in clear.
Open = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One firing, and what the plan makes of it. `changes` are {path, before, after} of the request."""

    project: str
    trigger_id: str
    at: str
    action: str
    state: str
    changes: list[dict[str, Any]] = []
    reason: str | None = None


class _Said(msgspec.Struct, frozen=True):
    """What a hook makes of a ctx: as it may be shown, and as it is."""

    shown: dict[str, Any]
    request: Request | None


class Rehearsal:
    """Renders the last firings again. `open_config` reveals secrets, which the answers withhold."""

    def __init__(self, *, dry_runs: DryRuns, deliveries: ActionDeliveries, open_config: Open) -> None:
        self._dry_runs = dry_runs
        self._deliveries = deliveries
        self._open = open_config

    async def run(self, steps: list[ProjectStep], *, last: int) -> list[Rehearsed]:
        """Return what becomes of the last firings of each project that changes, newest first."""
        if not 1 <= last <= MOST_FIRINGS:
            raise BadRequestError(f"Between 1 and {MOST_FIRINGS} recorded firings can be tried at once, not {last}.")
        return [one for step in steps for one in await self._of_project(step, last)]

    async def _of_project(self, step: ProjectStep, last: int) -> list[Rehearsed]:
        project = step.project
        if project is None or project.identity_config == step.identity_config:
            return []
        old = await self._open(project.id, project.identity_config)
        new = await self._open(project.id, step.identity_config)
        fired = (await self._deliveries.find(Wanted(project_id=project.id), limit=last)).deliveries
        found: list[Rehearsed] = []
        occasions: set[tuple[str, str]] = set()
        for one in fired:
            found += await self._of_firing(one, old, new, name=project.slug, occasions=occasions)
        return found

    async def _of_firing(
        self,
        fired: ActionDelivery,
        old: dict[str, Any],
        new: dict[str, Any],
        *,
        name: str,
        occasions: set[tuple[str, str]],
    ) -> list[Rehearsed]:
        """Return what becomes of this one, and of hooks that are new on its occasion."""

        def said(action: str, state: str, **more: Any) -> Rehearsed:
            return Rehearsed(project=name, trigger_id=fired.trigger_id, at=fired.at, action=action, state=state, **more)

        context = (await self._deliveries.parts(fired.trigger_id))["context"]
        if fired.moment is None or context is None:
            return [said(fired.action_id, UNKNOWN, reason=NOT_NOTED if fired.moment is None else CTX_GONE)]
        trigger = Trigger(flow=fired.flow, method=fired.method, moment=fired.moment)
        pairs = _pairs(_at(old, trigger), _at(new, trigger))
        results = []
        mine = next((pair for pair in pairs if pair[0] is not None and _is_it(pair[0], fired)), None)
        if mine is None:
            results.append(said(fired.action_id, UNKNOWN, reason=HOOK_GONE))
        else:
            state, changes = await self._compared(mine, trigger, context)
            results.append(said(fired.action_id, state, changes=changes))
        for before, after in pairs:
            occasion = (fired.flow_id or fired.trigger_id, after.path if after is not None else "")
            if before is None and after is not None and occasion not in occasions:
                occasions.add(occasion)
                _, changes = await self._compared((None, after), trigger, context)
                results.append(said(after.id, NEWLY_SENT, changes=changes, reason=LENT_CTX))
        return results

    async def _compared(
        self, pair: tuple[Hook | None, Hook | None], trigger: Trigger, context: dict[str, Any]
    ) -> tuple[str, list[dict[str, Any]]]:
        old, new = [
            None if hook is None else await self._rendered(Trial(hook=hook, trigger=trigger, context=context))
            for hook in pair
        ]
        if new is None:
            return NO_LONGER_SENT, []
        changes = _changes(old, new)
        return CHANGED if changes else UNCHANGED, changes

    async def _rendered(self, trial: Trial) -> _Said:
        rendered = await self._dry_runs.render(trial)
        return _Said(shown=_shown(trial, rendered), request=rendered.request)


def _at(document: dict[str, Any], trigger: Trigger) -> list[Hook]:
    chain = chains.before(document, trigger.flow) if trigger.moment == BEFORE else chains.after(document, trigger)
    return list(chain.web_hooks)


def _is_it(hook: Hook, fired: ActionDelivery) -> bool:
    return fired.action_id in (hook.id, hook.path)


def _pairs(old: list[Hook], new: list[Hook]) -> list[tuple[Hook | None, Hook | None]]:
    """Return which hook becomes which: by id, by all that it says, else by its place."""
    rest = list(new)
    pairs: list[tuple[Hook | None, Hook | None]] = []
    for alike in (_has_id, _says_the_same, _stands_there):
        for hook in [one for one in old if all(one is not before for before, _ in pairs)]:
            found = next((one for one in rest if alike(hook, one)), None)
            if found is not None:
                pairs.append((hook, found))
                rest.remove(found)
    gone = [one for one in old if all(one is not before for before, _ in pairs)]
    return [*pairs, *((hook, None) for hook in gone), *((None, hook) for hook in rest)]


def _has_id(old: Hook, new: Hook) -> bool:
    return "id" in old.config and old.config["id"] == new.config.get("id")


def _says_the_same(old: Hook, new: Hook) -> bool:
    return old.config == new.config


def _stands_there(old: Hook, new: Hook) -> bool:
    return old.path == new.path and "id" not in old.config and "id" not in new.config


def _shown(trial: Trial, rendered: Rendered) -> dict[str, Any]:
    if rendered.request is None:
        return {"state": rendered.state, "reason": rendered.reason}
    request = dry_run.shown(trial, rendered.request, None)["request"]
    return {"state": rendered.state, **request, "body": _json_or_text(request["body"])}


def _json_or_text(body: str) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body


def _changes(old: _Said | None, new: _Said) -> list[dict[str, Any]]:
    found = differences({} if old is None else old.shown, new.shown)
    if old is None or old.request is None or new.request is None:
        return found
    told = {one["path"].split("/")[1] for one in found}
    hidden = [
        part for part in SECRET_PARTS if part not in told and getattr(old.request, part) != getattr(new.request, part)
    ]
    return found + [{"path": f"/{part}", "before": "***", "after": ANOTHER_VALUE} for part in hidden]
