"""To one configured tool: decided, mapped by the operator's rules or the kind's own, put into loads."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from headwater.core.clock import Clock
from headwater.core.event import Record, Stored
from headwater.core.outcomes import Filtered, Outcome, Rejected, RetryLater
from headwater.deliver import catalogue, decide, filter_rules, guarding, kept_settings, patience, suppression
from headwater.deliver.backlog import batch_of_group
from headwater.deliver.destination import (
    ALONE,
    Action,
    Batch,
    Item,
    Payload,
    SmallerBatch,
    check_settings,
    sent_through,
)
from headwater.deliver.jsonnet_mapping import MESSAGE_REJECTED, Mapped
from headwater.deliver.kept_settings import Read
from headwater.deliver.mapping_rules import MappingRules
from headwater.deliver.order import PER_USER
from headwater.deliver.plan import Group, Load, Plan, Sendable
from headwater.deliver.suppression import Verdict
from headwater.mapping.evaluation import Evaluator
from headwater.net.outbound import Request, Response
from headwater.workspace.configuration import Destination
from headwater.workspace.suppressed import NOBODY, Suppressed

SHADOW = "shadow"

_encoder = msgspec.json.Encoder()


class DestinationRoute:
    """A `Route`. Raises UnknownKindError, or a HeadwaterError for settings or rules that don't fit, when built.

    `read_secret` gives the secrets that its settings only name; they are read now, and not again. `clock` says which
    events are too old for the kind; without one none is. `suppressed` says of whom nothing may be sent.
    """

    end_offset: int | None = None
    is_replay = False
    own_requests_per_second: float | None = None
    has_breaker = True
    notes_first = False  # an attempt that a kill cut off is made again under the same id, and noted then

    def __init__(
        self,
        destination: Destination,
        *,
        evaluator: Evaluator,
        read_secret: Read,
        clock: Clock | None = None,
        suppressed: Suppressed = NOBODY,
    ) -> None:
        self._destination = destination
        self._clock = clock
        self._suppressed = suppressed
        self._kind = catalogue.kind(destination.kind)
        checked = check_settings(self._kind, destination.settings)
        self._settings = kept_settings.opened(self._kind, checked, read=read_secret)
        self._filters = filter_rules.compiled(destination.routing.filters)
        self._rules = MappingRules(destination.routing.mappings, kind=self._kind, evaluator=evaluator, clock=clock)
        self._actions = {action.name: action for action in self._kind.actions}
        self._batches: dict[str, Batch] = {}
        self.secrets = kept_settings.secrets_in(self._kind, self._settings)
        self.name = destination.id
        self.start_offset = destination.start_offset
        self.sources = frozenset(destination.feeds)
        self.is_ordered = destination.routing.order == PER_USER
        self.is_shadow = destination.routing.mode == SHADOW
        self.concurrency: int | None = destination.routing.concurrency or self._kind.concurrency
        configured_patience = destination.routing.patience
        self.patience = patience.of(configured_patience) if configured_patience else self._kind.patience
        configured_pace = destination.routing.requests_per_second
        self.requests_per_second = configured_pace or self._kind.requests_per_second

    def is_ours(self, stored: Stored) -> bool:
        return decide.is_ours(stored, destination=self._destination)

    async def plan(self, records: Sequence[Record]) -> list[Plan]:
        verdicts = await suppression.verdicts(records, suppressed=self._suppressed)
        decisions = [self._decided(*pair) for pair in zip(records, verdicts, strict=True)]
        mapped = iter(await self._mapped([one.event for one in decisions if isinstance(one, decide.Send)]))
        return [
            self._loaded(record, next(mapped)) if isinstance(decision, decide.Send) else decision
            for record, decision in zip(records, decisions, strict=True)
        ]

    def _decided(self, record: Record, suppressed: Verdict) -> decide.Send | Filtered | Rejected | RetryLater:
        decision = decide.decide(
            record, destination=self._destination, kind=self._kind, filters=self._filters, suppressed=suppressed
        )
        most = self._kind.max_age_seconds
        if self._clock is None or most is None or not isinstance(decision, decide.Send):
            return decision
        return decide.unless_too_old(decision, now=self._clock.now(), max_age_seconds=most)

    def batch_of(self, group: Group) -> Batch:
        action = self._actions.get(group[0])
        return ALONE if action is None else batch_of_group(group, self._batch(action))

    def _batch(self, action: Action) -> Batch:
        """Return how much one request of an action takes; the settings are the same as long as this lives."""
        if action.name not in self._batches:
            self._batches[action.name] = action.batch(self._settings)
        return self._batches[action.name]

    def request(self, action: Action, items: Sequence[Item]) -> Request | Rejected:
        return guarding.request(
            lambda: sent_through(action.request(items, self._settings), self._settings), whose=self._kind.name
        )

    def read(self, response: Response, action: Action, items: Sequence[Item]) -> list[Outcome | SmallerBatch]:
        return guarding.reading(lambda: action.read(response, items), count=len(items), whose=self._kind.name)

    async def _mapped(self, events: Sequence[dict[str, Any]]) -> Sequence[Mapped]:
        if self._rules.are_none:
            return [self._by_kind(event) for event in events]
        return await self._rules.apply(events)

    def _by_kind(self, event: dict[str, Any]) -> Mapped:
        return guarding.guarded(lambda: self._kind.payloads(event, self._settings), whose=self._kind.name)

    def _loaded(self, record: Record, mapped: Mapped) -> Plan:
        if isinstance(mapped, Filtered | Rejected | RetryLater):
            return mapped
        return self._guarded_loads(record, mapped)

    def _guarded_loads(self, record: Record, payloads: Sequence[Payload]) -> Plan:
        work: Callable[[], Plan] = lambda: self._loads(record, payloads)  # noqa: E731  it has a type
        return guarding.guarded(work, whose=self._kind.name)

    def _loads(self, record: Record, payloads: Sequence[Payload]) -> Plan:
        loads: list[Load] = []
        for number, given in enumerate(payloads):
            action, payload = self._kind.action_of(given)
            if action is None:
                known = ", ".join(self._actions)
                return Rejected(f"{MESSAGE_REJECTED}: {given.get('action')!r} is no action; there are {known}.")
            refusal = action.refusal(payload, self._settings)
            if isinstance(refusal, Filtered):
                return refusal
            if refusal is not None:
                return Rejected(f"{MESSAGE_REJECTED}: {refusal}")
            self._add(loads, action, Item(payload=payload, message_id=record.message_id, number=number))
        return Sendable(tuple(loads)) if loads else Filtered(decide.NO_MATCHING_MAPPING)

    def _add(self, loads: list[Load], action: Action, item: Item) -> None:
        """Put an item to its like, where they may travel together; else it goes by itself."""
        batch, key = self._batch(action), action.key(item.payload, self._settings)
        if batch.items == 1:
            loads.append(Load(action, key, (item,)))
            return
        size = len(_encoder.encode(item.payload))
        for number, load in enumerate(loads):
            has_room = len(load.items) < batch.items and load.bytes + size <= batch.bytes
            if (load.action.name, load.key) == (action.name, key) and has_room:
                loads[number] = Load(action, key, (*load.items, item), load.bytes + size)
                return
        loads.append(Load(action, key, (item,), size))
