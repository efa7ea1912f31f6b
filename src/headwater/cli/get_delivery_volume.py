"""`headwater get delivery-volume`: what became of each destination's events, over time."""

from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.volume_flags import DEFAULT_SINCE, Since, Step, Until

COUNTS = ("delivered", "filtered", "rejected", "failed", "replayed")
LINES = View(rows="lines", columns=("at", "destination", "name", *COUNTS, "latency_ms"))
VOLUME = View(rows="destinations", columns=(), id="destination")


async def run(
    *,
    destination: Annotated[
        str | None, Parameter(help="The destination, by id; actions for queued Actions; all of them without it.")
    ] = None,
    since: Since = DEFAULT_SINCE,
    until: Until = None,
    step: Step = None,
    at: Here,
) -> None:
    """Show what became of each destination's events: a line for each step in which something settled."""
    async with connected(at) as client:
        answer = await client.get("/api/delivery-volume", destination=destination, since=since, until=until, step=step)
    if at.is_table:
        lines = [line for one in answer["destinations"] for line in _lines(answer["at"], one)]
        at.show({"lines": sorted(lines, key=lambda line: str(line["at"]))}, view=LINES)
    else:
        at.show(answer, view=VOLUME)


def _lines(moments: list[str], one: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "at": at,
            "destination": one["destination"],
            "name": one["name"],
            **{name: one[name][place] for name in (*COUNTS, "latency_ms")},
        }
        for place, at in enumerate(moments)
        if any(one[name][place] for name in COUNTS)
    ]
