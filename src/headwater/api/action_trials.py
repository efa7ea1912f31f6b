"""POST /projects/{id}/actions/test: an Action tried out, on a sample, on a ctx that is given, or on recorded ones.

Nothing is stored and nobody is owed anything. Only with `send` does anything leave, marked as a test.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from headwater.actions import client_rules, dry_run, finding, web_hook_shape
from headwater.actions import occasion as occasions
from headwater.actions.advice import STORES_EDITS
from headwater.actions.chain import AFTER, Hook, Trigger
from headwater.actions.dry_run import DryRuns, Meaning, Trial
from headwater.actions.errors import ActionFailedError
from headwater.actions.journal.deliveries import ActionDeliveries
from headwater.actions.journal.view import Wanted
from headwater.actions.known_hooks import WEB_HOOK
from headwater.actions.problems import problem
from headwater.actions.sending import Answer
from headwater.actions.shape import check_object
from headwater.actions.templates import BASE64
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, NotFoundError
from headwater.identity.config import tree
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import preview
from headwater.identity.flows.samples import SampleOccasions
from headwater.identity.flows.visits import Refusal
from headwater.net.outbound import Response, SendError
from headwater.workspace.projects import Project

MOST_FIRINGS = 20
NO_CONTEXT = "no_ctx"
GONE = "Its ctx is gone: the delivery log keeps what hooks were told for 7 days, and nothing beyond 256 KiB."
GIVEN = "/hook"


class Respond(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer that the receiver might give. A `body` that is a text is taken as it is, anything else as JSON."""

    status: int = 200
    headers: dict[str, str] = {}
    body: Any = ""


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be tried. One of `action` and `hook`; `ctx`, `last`, or a sample of flow, moment and method.

    `shows_ctx`: each result has the ctx, too, that it was tried on.
    """

    action: str | None = None
    hook: dict[str, Any] | None = None
    ctx: dict[str, Any] | None = None
    last: int | None = None
    flow: str | None = None
    moment: str | None = None
    method: str | None = None
    send: bool = False
    respond: Respond | None = None
    shows_ctx: bool = False

    @property
    def reaches_out(self) -> bool:
        """It makes the server call somebody whom nobody has configured, or sends what somebody will receive."""
        config = (self.hook or {}).get("config")
        response = config.get("response") if isinstance(config, dict) else None
        jsonnet = [config.get("body")] if isinstance(config, dict) else []
        jsonnet += [response.get("mapping")] if isinstance(response, dict) else []
        return self.send or any(isinstance(one, str) and one and not one.startswith(BASE64) for one in jsonnet)


# Give the identity-config of a project, or one hook of its, with the secrets that it names.
Reveal = Callable[[Project], Awaitable[dict[str, Any]]]
RevealHook = Callable[[Project, dict[str, Any]], Awaitable[dict[str, Any]]]


class Trials:
    """Tries Actions for operators."""

    def __init__(
        self,
        *,
        dry_runs: DryRuns,
        deliveries: ActionDeliveries,
        reveal: Reveal,
        reveal_hook: RevealHook,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._dry_runs = dry_runs
        self._deliveries = deliveries
        self._reveal = reveal
        self._reveal_hook = reveal_hook
        self._clock = clock
        self._public_url = public_url

    async def run(self, project: Project, wish: Wish) -> dict[str, Any]:
        """Try it. Raises BadRequestError, NotFoundError, ConfigProblem for what can't be tried."""
        _require_sense(wish)
        document = await self._reveal(project)
        config = tree.parse(document, project_id=project.id, public_url=self._public_url)
        hook, trigger, notes = await self._meant(project, document, wish)
        results: list[dict[str, Any]] = []
        for origin, context in await self._contexts(project, wish, hook, trigger, config):
            if context is None:
                results.append({"ctx": origin, "state": NO_CONTEXT, "reason": GONE})
            else:
                trial = Trial(hook=hook, trigger=trigger, context=context)
                told: dict[str, Any] = {"context": context} if wish.shows_ctx else {}
                results.append({"ctx": origin, **told, **await self._tried(trial, wish, config)})
        return {
            "action": hook.id,
            "path": None if hook.path == GIVEN else hook.path,
            "trigger": msgspec.to_builtins(trigger),
            "notes": notes,
            "results": results,
        }

    async def _meant(self, project: Project, document: dict[str, Any], wish: Wish) -> tuple[Hook, Trigger, list[str]]:
        if wish.hook is not None:
            hook = await self._given(project, document, wish)
            return hook, finding.trigger_for(wish.flow, wish.method, wish.moment), []
        hook = finding.find(document, wish.action or "")
        trigger = finding.trigger_of(document, hook, method=wish.method)
        flow, moment = trigger.flow, trigger.moment
        if wish.flow not in (None, flow) or wish.moment not in (None, moment):
            raise BadRequestError(f"{hook.path} stands {moment} {flow}; leave --flow and --moment out.")
        by = f" by {trigger.method}" if trigger.method else ""
        dead = f"{hook.path} never runs {moment} {flow}{by}: `headwater explain actions --flow {flow}` says why."
        return hook, trigger, [] if finding.runs_at(document, hook, trigger) else [dead]

    async def _given(self, project: Project, document: dict[str, Any], wish: Wish) -> Hook:
        """Return a hook that stands in no configuration. Its secrets are opened for its receiver only, on sending."""
        item = check_object(wish.hook, path=GIVEN, types={"hook": str, "config": dict}, required=("hook", "config"))
        if item["hook"] != WEB_HOOK:
            raise problem(f"{GIVEN}/hook", f"must be {WEB_HOOK}; nothing else sends anything")
        web_hook_shape.check(item["config"], path=f"{GIVEN}/config")
        if wish.send:
            item = await self._reveal_hook(project, item)
        config = item["config"]
        kept = config if wish.send else {key: value for key, value in config.items() if key != "signing"}
        return Hook(path=GIVEN, name=WEB_HOOK, config=kept, rules=client_rules.of(document))

    async def _contexts(
        self, project: Project, wish: Wish, hook: Hook, trigger: Trigger, config: IdentityConfig
    ) -> list[tuple[str, dict[str, Any] | None]]:
        if wish.ctx is not None:
            return [("as given", wish.ctx)]
        if wish.last is not None:
            return await self._recorded(project, hook, wish.last)
        now_ms = epoch_ms(self._clock.now())
        sample = SampleOccasions(config, public_url=self._public_url, now_ms=now_ms)(trigger)[0]
        by = f" by {trigger.method}" if trigger.method else ""
        origin = f"a sample: {trigger.moment} {trigger.flow}{by}, schema {sample.schema_id}"
        return [(origin, occasions.shown_to(hook, sample.full))]

    async def _recorded(self, project: Project, hook: Hook, last: int) -> list[tuple[str, dict[str, Any] | None]]:
        if hook.id == GIVEN:
            raise BadRequestError("A hook without an id has no recorded firings; give it the id of the configured one.")
        wanted = Wanted(project_id=project.id, action=hook.id)
        found = (await self._deliveries.find(wanted, limit=last)).deliveries
        if not found:
            raise NotFoundError(f"{hook.id} hasn't fired yet, as far as the delivery log knows; try it on a sample.")
        parts = [await self._deliveries.parts(one.trigger_id) for one in found]
        return [
            (f"firing {one.trigger_id} of {one.at}", part["context"]) for one, part in zip(found, parts, strict=True)
        ]

    async def _tried(self, trial: Trial, wish: Wish, config: IdentityConfig) -> dict[str, Any]:
        rendered = await self._dry_runs.render(trial)
        if rendered.request is None:
            return {"state": rendered.state, "reason": rendered.reason}
        request, answer, found = rendered.request, _answer_or_none(wish), {"state": rendered.state}
        if wish.send:
            exchange = await self._dry_runs.send(trial, request)
            request, answer = exchange.request, exchange.answer
            found["trigger_id"] = exchange.trigger_id
        shown = dry_run.shown(trial, request, answer)
        if answer is None:
            return {**found, **shown}
        meaning = await self._dry_runs.meaning(trial, answer)
        failure = {"failure": answer.message} if isinstance(answer, SendError) else {}
        return {**found, **shown, **failure, "outcome": self._outcome(trial, meaning, config)}

    def _outcome(self, trial: Trial, meaning: Meaning, config: IdentityConfig) -> dict[str, Any]:
        said = {
            "state": meaning.state,
            "reason": meaning.reason,
            "messages": list(meaning.messages),
            "error": meaning.error,
            "changes": [],
        }
        if not meaning.edit:
            return said
        trigger, identity = trial.trigger, trial.context.get("identity")
        if trigger.flow not in STORES_EDITS or trigger.moment != AFTER or not isinstance(identity, dict):
            what = "what its receiver changes in the identity is not stored here"
            return {**said, "reason": f"People go on; {what}: only after registration and settings."}
        return {**said, **self._changes(identity, meaning, config)}

    def _changes(self, identity: dict[str, Any], meaning: Meaning, config: IdentityConfig) -> dict[str, Any]:
        now_ms = epoch_ms(self._clock.now())
        try:
            found = preview.changes(identity, meaning.edit, config=config, public_url=self._public_url, now_ms=now_ms)
        except Refusal as refusal:
            messages = [{"node": item.node, **msgspec.to_builtins(item.message)} for item in refusal.complaints]
            reason = "What its receiver makes of the identity doesn't fit the schema: the form says so."
            return {"state": dry_run.STOPPED, "reason": reason, "messages": messages}
        except ActionFailedError as error:
            reason = getattr(error.__cause__, "message", error.message)
            shown = {"id": error.code, "code": error.status, "message": error.message}
            return {"state": dry_run.FAILED, "reason": reason, "error": shown}
        return {"changes": found}


def _require_sense(wish: Wish) -> None:
    if (wish.action is None) == (wish.hook is None):
        raise BadRequestError("Give either `action`, a configured one's path or id, or `hook`, one to try as it is.")
    if wish.ctx is not None and wish.last is not None:
        raise BadRequestError("Give either a ctx or a number of recorded firings, not both.")
    if wish.last is not None and not 1 <= wish.last <= MOST_FIRINGS:
        raise BadRequestError(f"Between 1 and {MOST_FIRINGS} recorded firings can be tried at once.")
    if wish.send and wish.respond is not None:
        raise BadRequestError("Either it is sent, or an answer is made up; not both.")


def _answer_or_none(wish: Wish) -> Answer | None:
    if wish.respond is None:
        return None
    body = wish.respond.body
    raw = body.encode(errors="replace") if isinstance(body, str) else msgspec.json.encode(body)
    headers = tuple((name.lower(), value) for name, value in wish.respond.headers.items())
    return Response(status=wish.respond.status, headers=headers, body=raw)
