"""From a firing to what is written of it, and back: secrets out, texts bounded, bodies sealed. No SQL."""

from typing import Any

import msgspec

from headwater.actions import firing as firings
from headwater.actions.firing import Attempt, Firing
from headwater.actions.journal import withholding
from headwater.core.secrets import Sealer, UnsealError

MAX_TEXT = 1_000
MAX_ATTEMPTS = 50
MAX_CONTEXT_BYTES = 256 * 1024
REASON = "reason"
# What receivers and Jsonnet say may be about the person, so it is sealed; this is said in the clear.
IN_SHORT = {
    firings.INTERRUPTED: "its receiver stopped the flow",
    firings.NOT_RENDERED: "its configuration or Jsonnet made no request",
}

Parts = dict[str, Any]
Encoded = dict[str, msgspec.Raw]  # parts, each as its JSON


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A firing as it is kept. `parts` are its ctx, request, response and what others say of it, not sealed yet.

    What it doesn't have is left out, and what was too large to keep. That they are encoded is the proof that they
    can be: found out while a batch is written, it would cost the others.
    """

    trigger_id: str
    action_id: str
    path: str
    project_id: str
    identity_id: str | None
    flow: str
    moment: str
    method: str | None
    flow_id: str | None
    at_ms: int
    mode: str
    state: str
    reason: str | None
    attempts: tuple[Attempt, ...]
    parts: Encoded


_attempts = msgspec.json.Decoder(tuple[Attempt, ...])
_parts = msgspec.json.Decoder(Parts)
_encoded = msgspec.json.Decoder(Encoded)


def entry(firing: Firing) -> Entry:
    """Return `firing` without its secrets. Raises whatever it may where it can't be written down."""
    secrets = withholding.quoted(firing)

    def clean(text: str | None) -> str | None:
        return None if text is None else _bounded(secrets.out_of(text))

    attempts = firing.attempts[-MAX_ATTEMPTS:]
    reason, in_short = clean(firing.reason), IN_SHORT.get(firing.state)
    parts = {"context": _context(firing.context), **withholding.exchange_of(firing)}
    if in_short is not None:
        parts[REASON] = reason
    return Entry(
        trigger_id=_bounded(firing.trigger_id),
        action_id=_bounded(firing.action_id),
        path=_bounded(firing.path),
        project_id=firing.project_id,
        identity_id=firing.identity_id,
        flow=firing.flow,
        moment=firing.moment,
        method=firing.method,
        flow_id=firing.flow_id,
        at_ms=firing.at_ms,
        mode=firing.mode,
        state=firing.state,
        reason=in_short or reason,
        attempts=tuple(msgspec.structs.replace(one, reason=clean(one.reason)) for one in attempts),
        parts={name: msgspec.Raw(msgspec.json.encode(value)) for name, value in parts.items() if value is not None},
    )


def together(before: tuple[Attempt, ...], after: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """Return the attempts of a trigger id that fired again; one that was noted twice counts once."""
    return (*before, *(one for one in after if one not in before))[-MAX_ATTEMPTS:]


def merged(before: Encoded, after: Encoded) -> Encoded:
    """Return the parts of a trigger id that fired again: what the second note has no word of stays, but its reason."""
    return {name: value for name, value in before.items() if name != REASON} | after


def encode_attempts(attempts: tuple[Attempt, ...]) -> bytes:
    return msgspec.json.encode(attempts)


def decode_attempts(encoded: bytes) -> tuple[Attempt, ...]:
    return _attempts.decode(encoded)


def seal(parts: Encoded, trigger_id: str, sealer: Sealer) -> bytes:
    return sealer.seal(msgspec.json.encode(parts), context=_sealed_as(trigger_id))


def unseal_or_none(sealed: bytes | None, trigger_id: str, sealer: Sealer) -> Parts | None:
    """Return what was sealed; None once it has expired, or where the installation's key is another one now."""
    plain = _unsealed_or_none(sealed, trigger_id, sealer)
    return None if plain is None else _parts.decode(plain)


def unseal_encoded(sealed: bytes | None, trigger_id: str, sealer: Sealer) -> Encoded:
    """Return what was sealed, each part as its JSON; nothing where `unseal_or_none` has nothing."""
    plain = _unsealed_or_none(sealed, trigger_id, sealer)
    return {} if plain is None else _encoded.decode(plain)


def _unsealed_or_none(sealed: bytes | None, trigger_id: str, sealer: Sealer) -> bytes | None:
    try:
        return None if sealed is None else sealer.unseal(sealed, context=_sealed_as(trigger_id))
    except UnsealError:
        return None


def _sealed_as(trigger_id: str) -> str:
    return f"actions.firing {trigger_id}"


def _context(context: dict[str, Any] | None) -> Any:
    try:
        shown = withholding.context(context)
        is_too_large = len(msgspec.json.encode(shown)) > MAX_CONTEXT_BYTES
    except (RecursionError, TypeError, UnicodeEncodeError):
        return None
    return None if is_too_large else shown


def _bounded(text: str) -> str:
    # A lone surrogate, as JSON may hold one, can't be written.
    return text[:MAX_TEXT].encode(errors="replace").decode()
