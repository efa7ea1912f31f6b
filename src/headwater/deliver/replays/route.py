"""A replay's way out of the log: its destination's own route, for the events that it is about.

Each request says that it is a replay, so that a receiver which wants to can tell.
"""

from collections.abc import Sequence

import msgspec

from headwater.core.event import Record, Stored
from headwater.core.outcomes import Outcome, Rejected
from headwater.deliver.destination import Action, Batch, Item, SmallerBatch
from headwater.deliver.destination_route import DestinationRoute
from headwater.deliver.plan import Group, Plan
from headwater.deliver.replays import names
from headwater.deliver.replays.selected import Selected
from headwater.net.outbound import Request, Response
from headwater.workspace.configuration import Destination, Replay

HEADER = "Headwater-Replay"


class ReplayRoute:
    """A `Route`. Raises BadFqlError where the replay's filter is none."""

    notes_first = False
    is_replay = True

    def __init__(self, replay: Replay, destination: Destination, route: DestinationRoute) -> None:
        self._replay_id = replay.id
        self._route = route
        self._selected = Selected(replay.selection, destination)
        self.name = names.name_of(replay)
        self.start_offset = replay.after
        self.end_offset: int | None = replay.up_to
        self.own_requests_per_second = replay.requests_per_second
        self.sources = self._selected.sources
        self.patience = route.patience
        self.has_breaker = route.has_breaker
        self.secrets = route.secrets
        self.is_ordered = route.is_ordered
        self.is_shadow = route.is_shadow
        self.concurrency = route.concurrency
        self.requests_per_second = route.requests_per_second
        self._up_to = replay.up_to

    def is_ours(self, stored: Stored) -> bool:
        return stored.offset <= self._up_to and self._selected.has(stored.record)

    async def plan(self, records: Sequence[Record]) -> list[Plan]:
        return await self._route.plan(records)

    def batch_of(self, group: Group) -> Batch:
        return self._route.batch_of(group)

    def request(self, action: Action, items: Sequence[Item]) -> Request | Rejected:
        made = self._route.request(action, items)
        if isinstance(made, Rejected):
            return made
        return msgspec.structs.replace(made, headers=(*made.headers, (HEADER, self._replay_id)))

    def read(self, response: Response, action: Action, items: Sequence[Item]) -> list[Outcome | SmallerBatch]:
        return self._route.read(response, action, items)
