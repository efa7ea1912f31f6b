"""What every lane is given from outside: the log, the ledger, a way out, time and chance, and its bounds."""

from collections.abc import Callable

import msgspec

from headwater.core.clock import Clock
from headwater.deliver.ledger import Ledger
from headwater.deliver.limits import LaneLimits
from headwater.deliver.metrics.meters import Meters
from headwater.deliver.throttle import Throttles
from headwater.log.event_log import Reader
from headwater.net.outbound import Sender
from headwater.workspace.suppressed import NOBODY, Suppressed


class LaneTools(msgspec.Struct, frozen=True, kw_only=True):
    """The same for all lanes of a process."""

    reader: Reader
    ledger: Ledger
    sender: Sender
    clock: Clock
    chance: Callable[[], float]
    limits: LaneLimits = LaneLimits()
    throttles: Throttles = msgspec.field(default_factory=Throttles)
    meters: Meters = msgspec.field(default_factory=Meters)
    suppressed: Suppressed = NOBODY
