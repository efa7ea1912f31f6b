"""A server's first second, and a look at whether its acks mean anything: the tracking API answers 200 to an event
that it drops, too, and dropping is fast."""

import json

from bench import load, servers
from bench.bodies import Body
from bench.line import NotMeasuredError
from bench.servers import Target

SECONDS = 1.0
TOLERANCE = 0.9  # wrk's rate is a mean, the offset a count


def warm_up(target: Target, body: Body) -> None:
    """Load `target` for a second. Raises NotMeasuredError when its log didn't grow by what it acknowledged."""
    before = newest_offset(target)
    acknowledged = load.events_per_second(target, body, seconds=SECONDS) * SECONDS
    stored = newest_offset(target) - before
    if stored < TOLERANCE * acknowledged:
        raise NotMeasuredError(f"about {acknowledged:,.0f} events were acknowledged, and {stored:,} stored")


def newest_offset(target: Target) -> int:
    """Return how far the log of a server has come."""
    status = json.loads(servers.command(target.data, "get", "status", "--format", "json"))
    return int(status["log"]["newest_offset"])
