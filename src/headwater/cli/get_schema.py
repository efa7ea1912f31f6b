"""`headwater get schema`: which events a source sends, with which properties of which types."""

import sys
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = ("source", "type", "event", "property", "types", "count", "last_seen")
LINES = View(rows="lines", columns=COLUMNS)
SCHEMA = View(rows="events", columns=(), id="event")
MIXED = " | "


async def run(
    *,
    source: Annotated[str | None, Parameter(help="Slug of a source; all of them without it.")] = None,
    event: Annotated[str | None, Parameter(help="Only the event of this name.")] = None,
    at: Here,
) -> None:
    """Show which events were seen: a line for each, and a line for each of its properties with its JSON types."""
    async with connected(at) as client:
        answer = await client.get("/api/schema", source=source, event=event)
    if at.is_table:
        at.show({"lines": [line for one in answer["events"] for line in _lines(one)]}, view=LINES)
    else:
        at.show(answer, view=SCHEMA)
    for remark in _remarks(answer):
        print(remark, file=sys.stderr)


def _lines(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of one event. Each names the event, so that they can be sorted and searched alone."""
    named = {key: event[key] for key in ("source", "type", "event")}
    whole = {**named, "count": event["count"], "last_seen": event["last_seen"]}
    return [whole, *({**named, **_property(one)} for one in event["properties"])]


def _property(seen: dict[str, Any]) -> dict[str, Any]:
    types = seen["types"]
    shown = next(iter(types)) if len(types) == 1 else MIXED.join(f"{name} {count}" for name, count in types.items())
    return {"property": seen["name"], "types": shown, "count": seen["count"], "last_seen": seen["last_seen"]}


def _remarks(answer: dict[str, Any]) -> list[str]:
    as_of = answer["as_of"]
    remarks = []
    if as_of["behind"]:
        remarks.append(f"As of offset {as_of['offset']}; the newest {as_of['behind']} records are not counted yet.")
    if as_of["not_seen"]:
        remarks.append(f"{as_of['not_seen']} records left the log before they could be counted.")
    if answer["properties_left_out"]:
        left_out = answer["properties_left_out"]
        remarks.append(f"{left_out} properties are left out; --source and --event narrow it down.")
    return remarks
