"""Whether anything may be sent of an event's person at all: asked when it is decided, and once more when it is sent.

Between the two may lie hours, while a destination is down.
"""

from collections.abc import Sequence

from headwater.core.errors import HeadwaterError
from headwater.core.event import Record
from headwater.core.outcomes import Filtered, RetryLater
from headwater.workspace.suppressed import Suppressed

USER_SUPPRESSED = "USER_SUPPRESSED"

Verdict = Filtered | RetryLater | None


async def verdicts(records: Sequence[Record], *, suppressed: Suppressed) -> list[Verdict]:
    """Return for each record why nothing of it is sent, None where it may be. Never raises.

    While the list can't be read nobody's is: each is tried again later.
    """
    if suppressed.is_nobody:
        return [None] * len(records)
    try:
        found = await suppressed.among(record.user_id for record in records)
    except HeadwaterError as error:
        return [RetryLater(f"whether the userId is suppressed can't be told: {error.message}")] * len(records)
    return [Filtered(USER_SUPPRESSED) if record.user_id in found else None for record in records]
