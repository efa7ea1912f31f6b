"""Finds dead letters, shows what each holds, and has them sent again, kept or thrown away by whoever owns them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.api import dead_letter_wishes, shapes
from headwater.api.dead_letter_wishes import ACTIONS, MAX_LIMIT, Counts, Meant, Page, Sought
from headwater.api.slugs import Slugs
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.deliver.letters import bodies
from headwater.deliver.letters.letters import Letter, Letters, OpenedLetter, event_of
from headwater.deliver.letters.search import COUNT_BY
from headwater.deliver.letters.wanted import LARGEST_ID, Change, Done, Order, Verb, Wanted, whole
from headwater.deliver.report import AttemptReport, DeliveryReport
from headwater.log.event_log import Reader
from headwater.store.database import Database
from headwater.workspace import destinations

MOST_GROUPS_SHOWN = 50
WHICH = "Say which dead letters: a destination, ids, or what they have in common; `all` for every one."


class DeadLetterDesk:
    """`change` asks whoever owns deliver.db; it raises UnavailableError when nobody runs who does."""

    def __init__(
        self,
        *,
        database: Database,
        letters: Letters,
        report: DeliveryReport,
        reader: Reader,
        sealer: Sealer,
        clock: Clock,
        change: Change,
    ) -> None:
        self._database = database
        self._letters = letters
        self._report = report
        self._reader = reader
        self._sealer = sealer
        self._clock = clock
        self._change = change

    async def page(self, sought: Page) -> dict[str, Any]:
        """Return the newest, without their bodies, and before which id the next page begins."""
        limit, slugs = min(sought.limit, MAX_LIMIT), Slugs(self._database)
        found = await self._letters.newest(await self._wanted(sought), limit=limit, below=sought.before)
        return {
            "dead_letters": [await _shown(one, slugs) for one in found],
            "next": found[-1].id if len(found) == limit else None,
        }

    async def counts(self, sought: Counts) -> dict[str, Any]:
        """Return how many there are, and how many have what in common, the most first."""
        wanted, slugs = await self._wanted(sought), Slugs(self._database)
        above = 0
        if sought.newest is not None and wanted.destination is not None:
            above = await self._letters.floor(wanted.destination, newest=sought.newest)
        total = await self._letters.count(wanted, above=above)
        found = (await self._letters.groups(wanted, by=COUNT_BY[sought.count_by], above=above))[:MOST_GROUPS_SHOWN]
        counts = [
            {
                "count": one.count,
                **one.same,
                **({"source": await slugs.of(one.same["source"])} if "source" in one.same else {}),
                "oldest": shapes.at(one.oldest_ms),
                "newest": shapes.at(one.newest_ms),
                "example": one.example,
            }
            for one in found
        ]
        return {
            "total": total,
            "counts": counts,
            "others": total - sum(one.count for one in found),
            "is_cut": above > 0,
        }

    async def one(self, letter_id: int) -> dict[str, Any]:
        """Return everything that is known of one. Raises NotFoundError."""
        is_id = 0 <= letter_id < LARGEST_ID
        found = await self._letters.opened(Wanted(ids=(letter_id,)), limit=1) if is_id else []
        if not found:
            raise NotFoundError(_not_there([letter_id]))
        [opened] = found
        record = opened.record or await self._in_log(opened.letter)
        return {
            **await _shown(opened.letter, Slugs(self._database)),
            "event": None if record is None else event_of(record),
            "event_from": _origin(opened, is_in_log=record is not None),
            "request": opened.request,
            "response": opened.response,
            "history": msgspec.to_builtins(await self._history(opened.letter)),
        }

    async def redrive(self, meant: Meant) -> dict[str, Any]:
        """Have them sent again, each once its lane has room. Raises NotFoundError, ConflictError for ids that can't."""
        wanted = await self._meant(meant)
        await self._require_bodies(wanted)
        done = await self._all(Verb.REDRIVE, wanted)
        return {"destination": meant.destination, "redriven": done.count, "expired": done.expired}

    async def keep(self, meant: Meant) -> dict[str, Any]:
        """Have those that were to be sent again, and haven't been yet, stay what they are."""
        done = await self._all(Verb.KEEP, await self._meant(meant))
        return {"destination": meant.destination, "kept": done.count}

    async def discard(self, meant: Meant) -> dict[str, Any]:
        """Throw them away. What happened to each stays in its event's trace."""
        done = await self._all(Verb.DISCARD, await self._meant(meant))
        return {"destination": meant.destination, "discarded": done.count}

    async def waiting(self) -> dict[str, Any]:
        """Return how many are still to be sent again, by destination."""
        found = await self._letters.waiting()
        each = [{"destination": _named(name), **msgspec.to_builtins(one)} for name, one in found.items()]
        return {"waiting": each}

    async def _wanted(self, sought: Sought) -> Wanted:
        return await dead_letter_wishes.wanted(sought, slugs=Slugs(self._database), clock=self._clock)

    async def _meant(self, meant: Meant) -> Wanted:
        """Return which are meant. Raises BadRequestError for nobody knows which, NotFoundError for what isn't there."""
        if not dead_letter_wishes.means_something(meant):
            raise BadRequestError(WHICH)
        wanted = await self._wanted(meant)
        if wanted.destination not in (None, queued.CURSOR_NAME):
            known = wanted.destination or ""
            await self._database.read(lambda connection: destinations.get(connection, known, sealer=self._sealer))
        if wanted.ids:
            there = {one.id for one in await self._letters.newest(wanted, limit=len(wanted.ids))}
            if missing := [id_ for id_ in wanted.ids if id_ not in there]:
                raise NotFoundError(_not_there(missing))
        return wanted

    async def _require_bodies(self, wanted: Wanted) -> None:
        """Raise ConflictError for those that are named and can never be sent again."""
        for one in await self._letters.newest(wanted, limit=len(wanted.ids)) if wanted.ids else ():
            if not one.has_body and await self._in_log(one) is None:
                raise ConflictError(f"The dead letter {one.id} can't be sent again: {bodies.GONE}.")

    async def _all(self, verb: Verb, wanted: Wanted) -> Done:
        names = [wanted.destination] if wanted.destination else await self._letters.destinations()
        each = [
            await whole(self._change, Order(verb=verb, wanted=msgspec.structs.replace(wanted, destination=name)))
            for name in names
        ]
        return Done(count=sum(one.count for one in each), expired=sum(one.expired for one in each))

    async def _in_log(self, letter: Letter) -> Any:
        return await bodies.in_log(self._reader, letter.offset, message_id=letter.message_id, source=letter.source)

    async def _history(self, letter: Letter) -> Sequence[AttemptReport]:
        if letter.destination == queued.CURSOR_NAME:
            return (await self._report.action_deliveries([letter.offset]))[0].attempts
        ever = await self._database.read(lambda connection: destinations.ever(connection, sealer=self._sealer))
        mine = [one for one in ever if one.id == letter.destination]
        found = await self._report.deliveries(letter.offset, mine)
        return found[0].attempts if found else []


async def _shown(letter: Letter, slugs: Slugs) -> dict[str, Any]:
    source = await slugs.of(letter.source)
    return {**msgspec.to_builtins(letter), "destination": _named(letter.destination), "source": source}


def _named(lane: str) -> str:
    return ACTIONS if lane == queued.CURSOR_NAME else lane


def _origin(opened: OpenedLetter, *, is_in_log: bool) -> str | None:
    if opened.record is not None:
        return "letter"
    return "log" if is_in_log else None


def _not_there(ids: Sequence[int]) -> str:
    named = ", ".join(str(id_) for id_ in ids[:10])
    return f"There is no dead letter {named} (there). `headwater list dead-letters` shows which there are."
