"""After a start: queued Actions that a dead process has put into the log, and had no time to note, are noted now.

The log is where they are for sure; the delivery log follows it from the last one that it knows the place of.
"""

import sqlite3

import structlog

from headwater.actions.journal.keeper import JournalKeeper
from headwater.core.errors import HeadwaterError
from headwater.core.event import ACTION, ACTIONS_SOURCE
from headwater.log.event_log import Reader

PAGE = 512
SOURCES = frozenset({ACTIONS_SOURCE})

logger = structlog.get_logger(__name__)


async def run(keeper: JournalKeeper, *, reader: Reader) -> None:
    """Note what is missing, page by page. Ends at what is the log's head by then, or where the log can't be read."""
    try:
        await _follow(keeper, reader)
    except (sqlite3.Error, HeadwaterError) as error:  # these may be missing from lists; by their id they are found
        logger.warning("action_deliveries_not_followed", reason=str(error))


async def _follow(keeper: JournalKeeper, reader: Reader) -> None:
    after = await keeper.last_offset()
    is_end = False
    while not is_end:
        seen = await reader.scan(after=after, limit=PAGE, sources=SOURCES)
        await keeper.keep_found([stored for stored in seen.records if stored.record.type == ACTION])
        after, is_end = seen.up_to, seen.is_end
