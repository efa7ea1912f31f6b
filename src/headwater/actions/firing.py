"""What became of one hook on one occasion, as the delivery log keeps it: what was sent, what came back, and why.

Data, and the seam to whoever keeps it. Secrets are taken out by the keeper, before anything is written.
"""

from typing import Any, Protocol

import msgspec

from headwater.net.outbound import Request, Response

# How it was sent.
INLINE = "inline"
QUEUED = "queued"

# What became of it. A queued one's state after that is the delivery's, found by its trigger id.
DELIVERED = "delivered"
FAILED = "failed"  # all attempts; the flow failed with it, or it was queued, as `response.on_error` says
INTERRUPTED = "interrupted"  # its receiver said no, and the person was told
CANCELLED = "cancelled"  # by its own Jsonnet
NOT_RENDERED = "not_rendered"  # its configuration or Jsonnet made no request
PENDING = "pending"  # in the outbox, or on its way from there


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try. `status` is None where there was no answer; `reason` says what was wrong, None if nothing was."""

    at_ms: int
    duration_ms: int
    status: int | None = None
    reason: str | None = None
    request_id: str | None = None


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """One hook on one occasion. `action_id` is the configured `id`, or the hook's path.

    `context` is the ctx that its Jsonnet saw. `request` and `response` are the last attempt's, with secrets.
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
    reason: str | None = None
    attempts: tuple[Attempt, ...] = ()
    context: dict[str, Any] | None = None
    request: Request | None = None
    response: Response | None = None


class Journal(Protocol):
    """Who keeps firings. A second one of the same trigger id takes the first one's place."""

    def note(self, firing: Firing) -> None:
        """Keep it, soon: never waits, never raises. A kill may lose what was noted in the last 100 ms."""


class NoJournal:
    """Keeps nothing: where nobody will look (a dry run, a test)."""

    def note(self, firing: Firing) -> None:
        """Forget it."""
