"""`headwater get event-volume`: how many events each source sent, over time."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.volume_flags import DEFAULT_SINCE, Since, Step, Until

LINES = View(rows="lines", columns=("at", "source", "events", "rejected", "types"))
VOLUME = View(rows="sources", columns=(), id="source")


async def run(
    *,
    source: Annotated[str | None, Parameter(help="Slug of a source; all that sent something without it.")] = None,
    since: Since = DEFAULT_SINCE,
    until: Until = None,
    step: Step = None,
    at: Here,
) -> None:
    """Show how many events each source sent: a line for each step in which there were any."""
    async with connected(at) as client:
        answer = await client.get("/api/event-volume", source=source, since=since, until=until, step=step)
    if at.is_table:
        lines = [line for one in answer["sources"] for line in _lines(answer["at"], one)]
        at.show({"lines": sorted(lines, key=lambda line: str(line["at"]))}, view=LINES)
    else:
        at.show(answer, view=VOLUME)
    if behind := answer["as_of"]["behind"]:
        print(f"The newest {behind} records are not counted yet.", file=sys.stderr)


def _lines(moments: list[str], source: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "at": at,
            "source": source["source"],
            "events": source["events"][place],
            "rejected": source["rejected"][place],
            "types": _types(source["types"], place),
        }
        for place, at in enumerate(moments)
        if source["events"][place] or source["rejected"][place]
    ]


def _types(by_type: Mapping[str, list[int]], place: int) -> str:
    return ", ".join(f"{name} {counts[place]}" for name, counts in by_type.items() if counts[place])
