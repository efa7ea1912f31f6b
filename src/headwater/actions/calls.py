"""A rendered call and the record in which it travels: outbox, log, the queued Actions' lane."""

import msgspec

from headwater.actions.chain import Hook
from headwater.actions.occasion import Occasion
from headwater.core.event import ACTION, ACTIONS_SOURCE, Record
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.deliver.queued import QueuedAction, QueuedRequest
from headwater.net.outbound import Request


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What `hook` sends on one occasion. The trigger id is the receiver's key to tell a repetition."""

    hook: Hook
    trigger_id: str
    request: Request


def record(call: Call, occasion: Occasion, *, sealer: Sealer, now_ms: int) -> Record:
    """Return `call` as the log carries it: self-contained, and sealed because it holds credentials."""
    action = QueuedAction(
        trigger_id=call.trigger_id,
        action_id=call.hook.id,
        flow=occasion.trigger.flow,
        project_id=occasion.project_id,
        identity_id=occasion.identity_id,
        request=QueuedRequest(
            method=call.request.method,
            url=call.request.url,
            headers=call.request.headers,
            secret_headers=call.request.secret_headers,
            signing_secrets=tuple(secret.reveal() for secret in call.request.signing_secrets),
            rules=call.request.rules,
            body=call.request.body,
        ),
        timeout_seconds=call.request.timeout_seconds,
    )
    return Record(
        source=ACTIONS_SOURCE,
        message_id=call.trigger_id,
        type=ACTION,
        body=queued.seal(action, sealer),
        received_at_ms=now_ms,
        user_id=occasion.identity_id,
    )
