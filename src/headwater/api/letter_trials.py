"""A destination tried out on its own dead letters: which of them would be mapped now, and how that differs.

Of a thousand it is told how many come to what; some are shown with what was sent then, and what would be now.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.api import dead_letter_wishes
from headwater.api.dead_letter_wishes import Sought
from headwater.api.slugs import Slugs
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError, NotFoundError
from headwater.core.event import Record
from headwater.deliver.dry_runs import DryRuns
from headwater.deliver.letters import bodies
from headwater.deliver.letters.letters import Letters, OpenedLetter
from headwater.deliver.letters.wanted import Wanted
from headwater.log.event_log import Reader
from headwater.store.database import Database
from headwater.workspace.configuration import Destination

MOST_TRIED = 1_000
TRIED_AT_ONCE = 100
MOST_REASONS = 20

_Found = tuple[OpenedLetter, Record]


class LetterTrials:
    """Tries dead letters along a routing that may not be stored yet. The letters stay as they are."""

    def __init__(
        self, *, letters: Letters, reader: Reader, dry_runs: DryRuns, database: Database, clock: Clock
    ) -> None:
        self._letters = letters
        self._reader = reader
        self._dry_runs = dry_runs
        self._database = database
        self._clock = clock

    async def run(
        self, destination: Destination, sought: Sought, *, shown: int, is_sent: bool = False
    ) -> dict[str, Any]:
        """Return what would become of the newest of them; `shown` of them whole, and these are sent with `is_sent`.

        Raises BadRequestError for another destination's, NotFoundError where there are none that can be tried.
        """
        wanted = await self._wanted(destination, sought)
        letters = await self._letters.opened(wanted, limit=MOST_TRIED)
        found = [(one, record) for one in letters if (record := await self._record(one)) is not None]
        if not found:
            raise NotFoundError("There is no such dead letter, or none that has its event still.")
        return {
            "matching": await self._letters.count(wanted),
            "tried": len(found),
            "expired": len(letters) - len(found),
            "states": await self._states(destination, found),
            "results": [await self._result(destination, *one, is_sent=is_sent) for one in found[:shown]],
        }

    async def _wanted(self, destination: Destination, sought: Sought) -> Wanted:
        if sought.destination not in (None, destination.id):
            raise BadRequestError("A destination is tried on dead letters of its own.")
        wanted = await dead_letter_wishes.wanted(sought, slugs=Slugs(self._database), clock=self._clock)
        return msgspec.structs.replace(wanted, destination=destination.id)

    async def _record(self, one: OpenedLetter) -> Record | None:
        if one.record is not None:
            return one.record
        letter = one.letter
        return await bodies.in_log(self._reader, letter.offset, message_id=letter.message_id, source=letter.source)

    async def _states(self, destination: Destination, found: Sequence[_Found]) -> list[dict[str, Any]]:
        """Return how many would come to what, and why, the most first."""
        counts: Counter[tuple[str, str | None]] = Counter()
        for start in range(0, len(found), TRIED_AT_ONCE):
            records = [record for _, record in found[start : start + TRIED_AT_ONCE]]
            made = await self._dry_runs.outgoing(destination, records)
            counts.update((one.state, one.reason) for one in made)
        common = counts.most_common(MOST_REASONS)
        return [{"state": state, "reason": reason, "count": count} for (state, reason), count in common]

    async def _result(
        self, destination: Destination, one: OpenedLetter, record: Record, *, is_sent: bool
    ) -> dict[str, Any]:
        tried = await self._dry_runs.run(destination, record, is_sent=is_sent)
        letter = one.letter
        return {
            "origin": f"dead letter {letter.id} of {letter.at}",
            **msgspec.to_builtins(tried),
            "letter": {"id": letter.id, "reason": letter.reason, "request": one.request},
        }
