"""`headwater get status`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = (
    "version running url data workspace.id workspace.name workspace.tracking_aliases project.id project.slug roles"
    " collect.accepted collect.repeated collect.rejected collect.refused collect.rate_limited collect.unavailable"
    " collect.strict collect.rate_limit"
    " log.events log.oldest_at log.size_bytes log.retention.age log.retention.events log.retention.size_bytes"
    " log.index.dedupe_window log.held_back_by.#.reader log.held_back_by.#.events log.held_back_because"
    " disk.free_bytes disk.total_bytes disk.notice"
    " deliver.destinations.#.name deliver.destinations.#.delivered deliver.destinations.#.retrying"
    " deliver.destinations.#.filtered deliver.destinations.#.dead_letters deliver.destinations.#.lane.lag"
    " deliver.destinations.#.lane.lag_seconds deliver.destinations.#.lane.breaker"
    " deliver.destinations.#.lane.recent.latency.p99_ms deliver.lanes_unknown_because"
    " warehouses.#.name warehouses.#.last_success_at warehouses.#.rows warehouses.#.failed_in_a_row warehouses.#.notice"
)
STATUS = View(columns=tuple(COLUMNS.split()), id="workspace.id")


async def run(*, at: Here) -> None:
    """Show what the server is and where it keeps things."""
    async with connected(at) as client:
        status = await client.get("/api/status")
    at.show(status, view=STATUS)
