"""After a start: queued Actions that a dead process has put into the log, and had no time to note, are noted now.

The log is where they are for sure; the delivery log follows it from the last one that it knows the place of.
"""

import structlog

from headwater.actions import firing as firings
from headwater.actions.chain import AFTER
from headwater.actions.firing import Firing
from headwater.actions.journal.journal_file import Found
from headwater.actions.journal.keeper import JournalKeeper
from headwater.core.event import ACTION, ACTIONS_SOURCE, Stored
from headwater.core.secrets import Sealer, UnsealError
from headwater.deliver import queued
from headwater.log.event_log import Reader

PAGE = 512
SOURCES = frozenset({ACTIONS_SOURCE})

logger = structlog.get_logger(__name__)


async def run(keeper: JournalKeeper, *, reader: Reader, sealer: Sealer) -> None:
    """Note what is missing, page by page. Ends at what is the log's head by then."""
    after = await keeper.last_offset()
    is_end = False
    while not is_end:
        seen = await reader.scan(after=after, limit=PAGE, sources=SOURCES)
        found = [_found(stored, sealer) for stored in seen.records if stored.record.type == ACTION]
        await keeper.keep_found([one for one in found if one is not None])
        after, is_end = seen.up_to, seen.is_end


def _found(stored: Stored, sealer: Sealer) -> Found | None:
    record = stored.record
    try:
        action = queued.unseal(record.body, sealer)
    except UnsealError:
        logger.warning("queued_action_unreadable", trigger_id=record.message_id)
        return None
    firing = Firing(
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
    return Found(firing, stored.offset)
