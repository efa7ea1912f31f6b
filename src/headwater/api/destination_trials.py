"""POST /api/destinations/{id}/test: a destination tried out, on events that are given or on its last ones.

Nothing is stored, neither in the log nor in the ledger. Only with `send` does anything leave, marked as a test.
"""

from typing import Any

import msgspec
from litestar import Request, Router, post
from litestar.params import FromPath, JSONBody

from headwater.api import shapes
from headwater.api.dead_letter_wishes import Sought
from headwater.api.destination_desk import Desk
from headwater.api.destination_wishes import RoutingKeys
from headwater.api.letter_trials import LetterTrials
from headwater.collect import reasons, rules
from headwater.collect.normalise import Envelope, record_of
from headwater.collect.sender import Sender
from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms, iso_ms
from headwater.core.errors import BadRequestError, ForbiddenError, NotFoundError
from headwater.core.event import Record
from headwater.deliver import decide
from headwater.deliver.destination_route import SHADOW
from headwater.deliver.dry_runs import DryRuns
from headwater.live.newest import Searcher, newest
from headwater.store.database import Database
from headwater.web import access
from headwater.web.access import may, needs
from headwater.web.audit.audited import Audited
from headwater.workspace import sources
from headwater.workspace.configuration import Destination

MOST_EVENTS = 20
GIVEN = "as given"
NOBODY = Sender(ip="", user_agent=None, is_person=False)
SENDS_ANYWAY = "It is a shadow, to which the engine sends nothing. This test was sent all the same."
IS_OFF = "It is switched off: the engine sends it nothing."
NOT_STORED = "Tried with the routing that came with the request; what is stored is as it was."

SENT = Audited(counted="results")  # what was sent of whom, and answered, is none of the audit log's business
Incoming = Request[Any, Any, Any]


class TriedDestination(RoutingKeys, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it is tried on: `events`, its `last` so many, or its `dead_letters`, of which the `last` so many are shown.

    Keys of a routing take the place of what is stored.

    `source`: whose event a given one is, by slug or id; without it, the first that the destination has.
    `show_events`: each result has the event that it is about.
    """

    events: list[dict[str, Any]] | None = None
    last: int | None = None
    dead_letters: Sought | None = None
    source: str | None = None
    send: bool = False
    show_events: bool = False


class Trials:
    """Tries destinations out."""

    def __init__(
        self, *, dry_runs: DryRuns, desk: Desk, reader: Searcher, clock: Clock, letter_trials: LetterTrials
    ) -> None:
        self._dry_runs = dry_runs
        self._desk = desk
        self._reader = reader
        self._clock = clock
        self._letter_trials = letter_trials

    async def run(self, stored: Destination, wish: TriedDestination, *, slugs: dict[str, str]) -> dict[str, Any]:
        """Return what becomes of each event. Raises a HeadwaterError for a wish, or a routing, that makes no sense."""
        routing = await self._desk.check_routing(wish, before=stored.routing, kind=stored.kind)
        destination = msgspec.structs.replace(stored, routing=routing)
        if wish.dead_letters is not None:
            shown = MOST_EVENTS if wish.last is None else wish.last
            found = await self._letter_trials.run(destination, wish.dead_letters, shown=shown, is_sent=wish.send)
        else:
            found = {"results": await self._results(destination, wish, slugs)}
        return {
            "destination": stored.id,
            "name": stored.name,
            "kind": stored.kind,
            "mode": routing.mode,
            "notes": list(_notes(destination, wish)),
            **found,
        }

    async def _results(
        self, destination: Destination, wish: TriedDestination, slugs: dict[str, str]
    ) -> list[dict[str, Any]]:
        results = []
        for origin, record in await self._records(destination, wish, slugs):
            tried = await self._dry_runs.run(destination, record, is_sent=wish.send)
            told = {"event": shapes.event_body(record.body)} if wish.show_events else {}
            results.append({"origin": origin, **msgspec.to_builtins(tried), **told})
        return results

    async def _records(
        self, destination: Destination, wish: TriedDestination, slugs: dict[str, str]
    ) -> list[tuple[str, Record]]:
        if wish.events is not None:
            source_id = _source_of(destination, wish.source, slugs)
            return [(GIVEN, self._record(event, number, source_id)) for number, event in enumerate(wish.events)]
        found = await newest(
            self._reader,
            limit=wish.last or 0,
            is_wanted=lambda record: decide.is_for(record, destination=destination),
        )
        if not found.events:
            raise NotFoundError("Its sources have sent no event yet, as far as the log knows; try it on one of yours.")
        return [(f"event {one.offset} of {shapes.at(one.record.received_at_ms)}", one.record) for one in found.events]

    def _record(self, event: dict[str, Any], number: int, source_id: str) -> Record:
        """Return an event as it would stand in the log, had it been sent now."""
        code = rules.reject_code(event)
        if code is not None:
            meaning = reasons.of_bad_request(event, wire_bytes=0) if code == rules.BAD_REQUEST else None
            raise BadRequestError(f"/events/{number}: {meaning or reasons.meaning(code)}", path=f"/events/{number}")
        now = self._clock.now()
        envelope = Envelope(
            source_id=source_id,
            received_at=now,
            received_iso=iso_ms(now),
            received_at_ms=epoch_ms(now),
            sent_at=None,
            context={},
            integrations={},
            sender=NOBODY,
            trigger_id=None,
            via=None,
        )
        return record_of(event, envelope, number=number, new_id=ids.new_uuid)


def routes(*, database: Database, desk: Desk, trials: Trials) -> Router:
    @post("/destinations/{destination_id:str}/test", guards=[needs("destinations.read")], status_code=200)
    async def tried(
        request: Incoming, destination_id: FromPath[str], data: JSONBody[TriedDestination]
    ) -> dict[str, Any]:
        """Try a destination out. To send, one has to be able to change it."""
        if data.send and not may(request, "destinations.write"):
            raise ForbiddenError("To send a test needs the key of an administrator.")
        _require_sense(data)
        if data.send:
            await access.write_down(request, "destinations.write", audited=SENT)
        destination = await database.read(lambda connection: desk.found(connection, destination_id))
        return await trials.run(destination, data, slugs=await database.read(sources.slugs))

    return Router("/api", route_handlers=[tried])


def _require_sense(wish: TriedDestination) -> None:
    if wish.dead_letters is not None:
        _require_sense_of_letters(wish)
    elif (wish.events is None) == (wish.last is None):
        raise BadRequestError("Give either `events` to try it on, or `last`, for so many of its last ones.")
    count = wish.last if wish.events is None else len(wish.events)
    if count is None and wish.dead_letters is not None:
        return
    if count is None or not 1 <= count <= MOST_EVENTS:
        raise BadRequestError(f"Between 1 and {MOST_EVENTS} events can be tried at once, not {count}.")
    if wish.source is not None and wish.events is None:
        raise BadRequestError("`source` says whose event a given one is; its last ones have theirs.")


def _require_sense_of_letters(wish: TriedDestination) -> None:
    if wish.events is not None or wish.source is not None:
        raise BadRequestError("Give either `events` or `dead_letters`; a source of letters is named among them.")
    if wish.send and wish.last is None:
        raise BadRequestError("Say with `last` how many of the dead letters to send: each leaves for real.")


def _source_of(destination: Destination, wanted: str | None, slugs: dict[str, str]) -> str:
    """Return whose event it is. One of a source that isn't connected shows just that."""
    if wanted is None:
        return destination.feeds[0] if destination.feeds else ""
    for source_id, slug in slugs.items():
        if wanted in (source_id, slug):
            return source_id
    raise NotFoundError(f"There is no source {wanted!r}. `headwater list sources` shows which there are.")


def _notes(destination: Destination, wish: TriedDestination) -> list[str]:
    notes = [
        (NOT_STORED, bool(wish.routing)),
        (IS_OFF, not destination.enabled),
        (SENDS_ANYWAY, wish.send and destination.routing.mode == SHADOW),
    ]
    return [note for note, is_due in notes if is_due]
