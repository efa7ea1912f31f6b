"""Queued Actions: a call rendered when it was enqueued, sealed, on its way through outbox and log (DESIGN decision 7).

The room above makes them and puts them in the outbox as `Record(source=ACTIONS_SOURCE, type=ACTION,
message_id=trigger_id, body=seal(...))`; this room opens and sends them.
"""

from datetime import datetime

import msgspec

from headwater.core.secrets import Sealer, Secret
from headwater.net import signing
from headwater.net.address_rules import NO_RULES, AddressRules
from headwater.net.outbound import Request

CURSOR_NAME = "@actions"
TRIGGER_ID_HEADER = "Ory-Webhook-Trigger-ID"
REQUEST_ID_HEADER = "Ory-Webhook-Request-ID"
CONTEXT = "queued-action"
DEFAULT_TIMEOUT_SECONDS = 30.0


class QueuedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The rendered call, with the fields of a `Request`. Nobody's cookies are ever in it."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    secret_headers: frozenset[str] = frozenset()
    signing_secrets: tuple[str, ...] = ()
    rules: AddressRules = NO_RULES
    body: bytes = b""


class QueuedAction(msgspec.Struct, frozen=True, kw_only=True):
    """One call that an Action owes its receiver, and where it comes from."""

    trigger_id: str
    action_id: str
    flow: str
    project_id: str
    identity_id: str | None = None
    request: QueuedRequest
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(QueuedAction)


def seal(action: QueuedAction, sealer: Sealer) -> bytes:
    """Return `action` as a record's body: it may hold credentials, so it is encrypted even in the log."""
    return sealer.seal(_encoder.encode(action), context=CONTEXT)


def unseal(sealed: bytes, sealer: Sealer) -> QueuedAction:
    """Open what `seal` made. Raises UnsealError."""
    return _decoder.decode(sealer.unseal(sealed, context=CONTEXT))


def to_request(action: QueuedAction, *, request_id: str, now: datetime) -> Request:
    """Return one attempt, signed if its hook says so: the trigger id is the same in each, the request id never."""
    ours = {TRIGGER_ID_HEADER.lower(), REQUEST_ID_HEADER.lower()}
    kept = tuple(pair for pair in action.request.headers if pair[0].lower() not in ours)
    request = Request(
        method=action.request.method,
        url=action.request.url,
        headers=(*kept, (TRIGGER_ID_HEADER, action.trigger_id), (REQUEST_ID_HEADER, request_id)),
        secret_headers=action.request.secret_headers,
        signing_secrets=tuple(Secret(text) for text in action.request.signing_secrets),
        rules=action.request.rules,
        body=action.request.body,
        timeout_seconds=action.timeout_seconds,
    )
    return signing.signed(request, message_id=action.trigger_id, now=now)
