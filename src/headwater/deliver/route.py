"""The two ways out of the log: to a destination, and for queued Actions. One engine drives both."""

from collections.abc import Callable
from typing import Any, Protocol

import structlog

from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError
from headwater.core.event import ACTION, ACTIONS_SOURCE, Record, Stored
from headwater.core.outcomes import Filtered, Outcome, Rejected
from headwater.core.secrets import Sealer
from headwater.deliver import catalogue, decide, kept_settings, queued
from headwater.deliver.destination import check_settings, read_by_general_rule
from headwater.deliver.kept_settings import Read
from headwater.deliver.schedule import ACTION_PATIENCE, DESTINATION_PATIENCE, Patience
from headwater.net.outbound import Request, Response
from headwater.workspace.configuration import Destination

INVALID_SETTINGS = "INVALID_SETTINGS"

logger = structlog.get_logger(__name__)


class Route(Protocol):
    """What a lane needs to know about where it delivers."""

    name: str
    start_offset: int
    patience: Patience
    has_breaker: bool
    notes_first: bool
    sources: frozenset[str]

    def is_ours(self, stored: Stored) -> bool:
        """Tell whether this record, of one of the lane's sources, is its business at all."""

    def plan(self, record: Record) -> Request | Filtered | Rejected:
        """Return the request for a record, or why there is none. Never raises."""

    def read(self, response: Response) -> Outcome:
        """Return what an answer means. Never raises."""


class DestinationRoute:
    """To one configured tool. Raises UnknownKindError or BadDestinationSettingsError when built.

    `read` gives the secrets that its settings only name; they are read now, and not again.
    """

    patience = DESTINATION_PATIENCE
    has_breaker = True
    notes_first = False  # an attempt that a kill cut off is made again under the same id, and noted then

    def __init__(self, destination: Destination, *, read: Read) -> None:
        self.name = destination.id
        self.start_offset = destination.start_offset
        self.sources = frozenset(destination.feeds)
        self._destination = destination
        self._kind = catalogue.kind(destination.kind)
        self._settings = kept_settings.opened(self._kind, check_settings(self._kind, destination.settings), read=read)

    def is_ours(self, stored: Stored) -> bool:
        return decide.is_ours(stored, destination=self._destination)

    def plan(self, record: Record) -> Request | Filtered | Rejected:
        decision = decide.decide(record, destination=self._destination, kind=self._kind)
        if not isinstance(decision, decide.Send):
            return decision
        built = _guarded(lambda: self._kind.build(decision.event, self._settings), kind=self._kind.name)
        return built if isinstance(built, Request | Rejected) else Rejected(decide.INTERNAL)

    def read(self, response: Response) -> Outcome:
        outcome: Outcome = _guarded(lambda: self._kind.read(response), kind=self._kind.name)
        return outcome


class ActionsRoute:
    """For queued Actions, each to a receiver of its own: so no breaker, every failure waits for itself."""

    name = queued.CURSOR_NAME
    start_offset = 0
    patience = ACTION_PATIENCE
    has_breaker = False
    notes_first = True  # whoever asks how often a receiver was called gets every call, also one that a kill cut off
    sources = frozenset({ACTIONS_SOURCE})

    def __init__(self, *, sealer: Sealer, new_id: Callable[[], str], clock: Clock) -> None:
        self._sealer = sealer
        self._new_id = new_id
        self._clock = clock

    def is_ours(self, stored: Stored) -> bool:
        return stored.record.source == ACTIONS_SOURCE and stored.record.type == ACTION

    def plan(self, record: Record) -> Request | Filtered | Rejected:
        request: Request | Rejected = _guarded(lambda: self._attempt(record), kind=self.name)
        return request

    def _attempt(self, record: Record) -> Request:
        action = queued.unseal(record.body, self._sealer)
        return queued.to_request(action, request_id=self._new_id(), now=self._clock.now())

    def read(self, response: Response) -> Outcome:
        return read_by_general_rule(response)


def _guarded(work: Callable[[], Any], *, kind: str) -> Any:
    """Run a kind's own code. Its mistake costs the event at hand (a dead letter), never the lane."""
    try:
        return work()
    except HeadwaterError as error:
        return Rejected(f"{decide.INTERNAL}: {error.message}")
    # Every Exception: kinds are written by many, and one event that trips one must not stop all behind it.
    except Exception as error:
        logger.exception("kind_failed", kind=kind)
        return Rejected(f"{decide.INTERNAL}: {kind} raised {type(error).__name__}.")
