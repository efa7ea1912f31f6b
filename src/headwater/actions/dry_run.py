"""An Action tried out: what it would send, what an answer would mean. It stores nothing and owes nobody anything.

Rendering, sending and reading are those of real firings: what works here works there.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from headwater.actions import firing as firings
from headwater.actions import requests, sending
from headwater.actions.chain import Hook, Trigger
from headwater.actions.errors import ActionFailedError, ActionInterruptedError, UnusableHookError
from headwater.actions.journal import withholding
from headwater.actions.reading import Reading
from headwater.actions.reply import NO_EDIT, Edit
from headwater.actions.sending import Answer, Parcel, Post
from headwater.actions.templates import Templates
from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError
from headwater.core.outcomes import Delivered, RetryLater
from headwater.deliver import exchange
from headwater.deliver.exchange import WITHHELD
from headwater.mapping.evaluation import Evaluator, MappingError
from headwater.net import hop
from headwater.net.classify import classify_error, classify_status
from headwater.net.outbound import Request, Response, Sender, SendError

TEST_HEADER = "Headwater-Test"
# Somebody waits at a terminal, whose patience ends at 30 s: one attempt, and not the longest.
TIMEOUT_SECONDS = 20.0

RENDERED = "rendered"
GOES_ON, STOPPED, FAILED, QUEUED = "goes_on", "stopped", "failed", "queued"


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried: a hook, and the ctx that it sees."""

    hook: Hook
    trigger: Trigger
    context: dict[str, Any]


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """What the hook makes of its ctx. `state` is rendered, cancelled or not_rendered, then with a `reason`."""

    state: str
    reason: str | None = None
    request: Request | None = None


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer leads to. `messages` are shown in the form, `error` where there is none.

    `reason` is for operators, `edit` is what would be changed of the identity.
    """

    state: str
    reason: str | None = None
    messages: tuple[dict[str, Any], ...] = ()
    error: dict[str, Any] | None = None
    edit: Edit = NO_EDIT


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What was really sent, and what came of it."""

    trigger_id: str
    request: Request
    answer: Answer


class DryRuns:
    """Tries Actions out."""

    def __init__(
        self, *, evaluator: Evaluator, templates: Templates, sender: Sender, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._evaluator = evaluator
        self._templates = templates
        self._clock = clock
        self._new_id = new_id
        self._post = Post(sender=sender, clock=clock, new_id=new_id)
        self._reading = Reading(evaluator=evaluator, templates=templates)

    async def render(self, trial: Trial) -> Rendered:
        """Return the request, or why there is none. Sends nothing (a template on the network is fetched)."""
        try:
            request = await requests.build_or_none(
                trial.hook, trial.context, evaluator=self._evaluator, templates=self._templates
            )
        except UnusableHookError as error:
            return Rendered(state=firings.NOT_RENDERED, reason=f"The hook {error.message}")
        except MappingError as error:
            return Rendered(state=firings.NOT_RENDERED, reason=error.message)
        if request is None:
            return Rendered(state=firings.CANCELLED, reason="Its Jsonnet cancelled it: nothing would be sent.")
        return Rendered(state=RENDERED, request=request)

    async def send(self, trial: Trial, request: Request) -> Exchange:
        """Send it, once, marked as a test: to whoever receives the real ones, by the same way out."""
        headers = tuple(pair for pair in request.headers if pair[0].lower() != TEST_HEADER.lower())
        marked = msgspec.structs.replace(
            request, headers=(*headers, (TEST_HEADER, "true")), timeout_seconds=TIMEOUT_SECONDS
        )
        trigger_id = self._new_id()
        is_stamped = trial.hook.config.get("emit_analytics_event") is not False
        parcel = Parcel(request=marked, trigger_id=trigger_id, is_stamped=is_stamped)
        sent = await sending.send(parcel, post=self._post, pauses_seconds=sending.ONE_ATTEMPT)
        return Exchange(trigger_id=trigger_id, request=marked, answer=sent.answer)

    async def meaning(self, trial: Trial, answer: Answer) -> Meaning:
        """Return what the answer would lead to, were this a person's flow."""
        if trial.hook.is_queued:
            return self._of_queued(answer)
        try:
            edit = await self._reading.read(trial.hook, trial.context, answer)
        except ActionInterruptedError as error:
            shown = tuple({"node": said.node, **_plain(message)} for said in error.said for message in said.messages)
            return Meaning(state=STOPPED, messages=shown, error=_error(error))
        except ActionFailedError as error:
            reason = error.__cause__.message if isinstance(error.__cause__, HeadwaterError) else error.message
            if trial.hook.queues_on_error:
                return Meaning(state=QUEUED, reason=f"{reason.rstrip('.')}. People go on; it is sent again later.")
            return Meaning(state=FAILED, reason=reason, error=_error(error))
        return Meaning(state=GOES_ON, edit=edit)

    def _of_queued(self, answer: Answer) -> Meaning:
        if isinstance(answer, SendError):
            outcome = classify_error(answer)
        else:
            outcome = classify_status(answer.status, retry_after=answer.header("retry-after"), now=self._clock.now())
        if isinstance(outcome, Delivered):
            return Meaning(state=GOES_ON, reason="Nobody waits for it: people went on long before.")
        what = "it is tried again, for days" if isinstance(outcome, RetryLater) else "it becomes a dead letter"
        return Meaning(state=QUEUED, reason=f"{outcome.reason}: {what}. Nobody waits for it: people went on.")


def shown(trial: Trial, request: Request, answer: Answer | None) -> dict[str, Any]:
    """Return request and answer as an operator may see them: what is secret in them is withheld."""
    secrets = withholding.secrets_of(request, trial.context)
    sent = secrets.out_of_all(exchange.sent(request))
    headers = {
        name: WITHHELD if name.lower() in request.secret_headers or hop.is_credential(name) else value
        for name, value in request.headers
    }
    response = secrets.out_of_all(exchange.answered(answer)) if isinstance(answer, Response) else None
    is_signed = bool(request.signing_secrets)
    return {"request": {**sent, "url": request.url, "headers": headers, "is_signed": is_signed}, "response": response}


def _plain(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(message)
    return found


def _error(error: HeadwaterError) -> dict[str, Any]:
    return {"id": error.code, "code": error.status, "message": error.message}
