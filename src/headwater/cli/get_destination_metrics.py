"""`headwater get destination-metrics ID`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = (
    "destination name kind counting_since delivered retrying filtered rejected not_authorised dead_letters redriven"
    " attempts oldest_retry_at reasons.filtered reasons.rejected reasons.not_authorised reasons.retried replayed"
    " latency.p50_ms latency.p95_ms latency.p99_ms"
    " lane.lag lane.lag_seconds lane.breaker lane.problem lane.requests_per_second"
    " lane.recent.attempts_per_second lane.recent.latency.p50_ms lane.recent.latency.p95_ms"
    " lane.recent.latency.p99_ms lane_unknown_because"
)
METRICS = View(columns=tuple(COLUMNS.split()), id="destination")


async def run(
    destination: Annotated[str, Parameter(help="The destination, by id; actions for queued Actions.")], /, *, at: Here
) -> None:
    """Show what became of a destination's events, how long they take, and how its lane is doing now."""
    async with connected(at) as client:
        answer = await client.get(path_of("api", "destinations", destination, "metrics"))
    at.show(answer, view=METRICS)
