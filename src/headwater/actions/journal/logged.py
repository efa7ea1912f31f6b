"""A queued Action as only the log knows it: what can be said of its firing where nobody had time to note it. Pure."""

import structlog

from headwater.actions import firing as firings
from headwater.actions.chain import AFTER
from headwater.actions.firing import Firing
from headwater.core.event import Stored
from headwater.core.secrets import Sealer, UnsealError
from headwater.deliver import queued

logger = structlog.get_logger(__name__)


def firing_or_none(stored: Stored, sealer: Sealer) -> Firing | None:
    """Return its firing; None, and a line in the logger, for one that was sealed with another key."""
    record = stored.record
    try:
        action = queued.unseal(record.body, sealer)
    except UnsealError:
        logger.warning("queued_action_unreadable", trigger_id=record.message_id)
        return None
    return Firing(
        trigger_id=action.trigger_id,
        action_id=action.action_id,
        path=action.action_id if action.action_id.startswith("/") else "",
        project_id=action.project_id,
        identity_id=action.identity_id,
        flow=action.flow,
        moment=AFTER,
        method=None,
        flow_id=None,
        at_ms=record.received_at_ms,
        mode=firings.QUEUED,
        state=firings.PENDING,
    )
