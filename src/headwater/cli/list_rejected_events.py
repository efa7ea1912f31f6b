"""`headwater list rejected-events`."""

from typing import Any

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = ("source", "code", "count", "last_at", "meaning", "sample")
REJECTED_EVENTS = View(rows="rejected_events", columns=COLUMNS, id="code")
# Enough to recognise an event in a table; --format json has all that was kept.
SHOWN_OF_A_SAMPLE = 60


async def run(*, at: Here) -> None:
    """Show which events were turned away, and why."""
    async with connected(at) as client:
        answer = await client.get("/api/rejected-events")
    if at.is_table:
        answer = {"rejected_events": [_shortened(row) for row in answer.get("rejected_events", [])]}
    at.show(answer, view=REJECTED_EVENTS)


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    sample = row.get("sample", "")
    is_long = len(sample) > SHOWN_OF_A_SAMPLE
    return {**row, "sample": f"{sample[: SHOWN_OF_A_SAMPLE - 1]}…" if is_long else sample}
