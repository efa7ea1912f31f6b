"""The two ways out of the log: to a destination, and for queued Actions. One engine drives both."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from headwater.core.clock import Clock
from headwater.core.event import ACTION, ACTIONS_SOURCE, Record, Stored
from headwater.core.outcomes import Outcome, Rejected
from headwater.core.secrets import Sealer
from headwater.deliver import guarding, queued
from headwater.deliver.destination import ALONE, Action, Batch, Item, SmallerBatch, read_by_general_rule
from headwater.deliver.patience import ACTION_PATIENCE, Patience
from headwater.deliver.plan import Group, Load, Plan, Sendable
from headwater.net.outbound import Request, Response


class Route(Protocol):
    """What a lane needs to know about where it delivers.

    With an `end_offset` there is an end to it: the log up to there. `requests_per_second` is the destination's, whoever
    sends to it; `own_requests_per_second` is kept besides, by this route alone.
    """

    name: str
    start_offset: int
    end_offset: int | None
    is_replay: bool
    patience: Patience
    has_breaker: bool
    notes_first: bool
    is_shadow: bool
    is_ordered: bool
    concurrency: int | None
    requests_per_second: float | None
    own_requests_per_second: float | None
    sources: frozenset[str]
    secrets: frozenset[str]

    def is_ours(self, stored: Stored) -> bool:
        """Tell whether this record, of one of the lane's sources, is its business at all."""

    async def plan(self, records: Sequence[Record]) -> list[Plan]:
        """Return what is to be sent for each record, or why there is nothing. Never raises."""

    def batch_of(self, group: Group) -> Batch:
        """Return how much of a group one request takes."""

    def request(self, action: Action, items: Sequence[Item]) -> Request | Rejected:
        """Return the request for items of one group, made now. Never raises."""

    def read(self, response: Response, action: Action, items: Sequence[Item]) -> list[Outcome | SmallerBatch]:
        """Return what an answer means for each item. Never raises."""


class ActionsRoute:
    """For queued Actions, each to a receiver of its own: so no breaker, every failure waits for itself."""

    name = queued.CURSOR_NAME
    start_offset = 0
    end_offset: int | None = None
    is_replay = False
    patience = ACTION_PATIENCE
    has_breaker = False
    notes_first = True  # whoever asks how often a receiver was called gets every call, also one that a kill cut off
    is_shadow = False
    is_ordered = False
    concurrency: int | None = None
    requests_per_second: float | None = None
    own_requests_per_second: float | None = None
    sources = frozenset({ACTIONS_SOURCE})
    secrets: frozenset[str] = frozenset()  # what they send is sealed, and nobody is shown it

    def __init__(self, *, sealer: Sealer, new_id: Callable[[], str], clock: Clock) -> None:
        self._sealer = sealer
        self._new_id = new_id
        self._clock = clock
        self._action = Action(name="send", title="Send", request=self._attempt)

    def is_ours(self, stored: Stored) -> bool:
        return stored.record.source == ACTIONS_SOURCE and stored.record.type == ACTION

    async def plan(self, records: Sequence[Record]) -> list[Plan]:
        return [Sendable((Load(self._action, None, (_item(record),)),)) for record in records]

    def batch_of(self, _group: Group) -> Batch:
        return ALONE

    def request(self, action: Action, items: Sequence[Item]) -> Request | Rejected:
        return guarding.request(lambda: action.request(items, {}), whose=self.name)

    def read(self, response: Response, _action: Action, _items: Sequence[Item]) -> list[Outcome | SmallerBatch]:
        return [read_by_general_rule(response)]

    def _attempt(self, items: Sequence[Item], _settings: Any) -> Request:
        """Render one attempt: its request id and its signature are its own."""
        action = queued.unseal(items[0].payload["sealed"], self._sealer)
        return queued.to_request(action, request_id=self._new_id(), now=self._clock.now())


def _item(record: Record) -> Item:
    return Item(payload={"sealed": record.body}, message_id=record.message_id)
