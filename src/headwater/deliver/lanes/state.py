"""What the parts of one lane share: what it has in hand, what waits, how far it is, how its destination does."""

from headwater.deliver.backlog import Backlog
from headwater.deliver.lanes.headway import Headway
from headwater.deliver.lanes.health import Health
from headwater.deliver.lanes.signals import Signals
from headwater.deliver.lanes.tools import LaneTools
from headwater.deliver.lanes.waiting import Waiting
from headwater.deliver.order import Order
from headwater.deliver.replays import names
from headwater.deliver.route import Route
from headwater.deliver.tally import Tally


class LaneState:
    """One lane's, in memory. A new lane begins with nothing, and restores what the ledger holds."""

    def __init__(self, route: Route, tools: LaneTools) -> None:
        owner = names.owner_of(route.name)
        self.route = route
        self.tools = tools
        self.concurrency = route.concurrency or tools.limits.concurrency
        self.throttle = tools.throttles.of(owner, per_second=route.requests_per_second, at_once=self.concurrency)
        self.meter = tools.meters.of(owner, now=tools.clock.monotonic())
        self.signals = Signals()
        self.on_their_way = 0  # requests without an answer yet
        self.backlog = Backlog(route.batch_of)
        self.tally = Tally(patience=route.patience, chance=tools.chance, secrets=route.secrets)
        self.order = Order(is_kept=route.is_ordered)
        self.headway = Headway(route)
        self.waiting = Waiting(route.name, room=tools.limits.retry_rows, signals=self.signals)
        self.health = Health(route, pace=self.throttle.pace, clock=tools.clock, signals=self.signals)
