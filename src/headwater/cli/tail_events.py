"""`headwater tail events`: watch the events as they come, until Ctrl-C."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import one_line
from headwater.cli.client import Client, RequestFailedError
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here, Session
from headwater.core.errors import HeadwaterError

EVENT = View(columns=(), id="message_id")
COLUMNS = ("received_at", "source", "type", "name", "user", "message_id")
# So wide that most lines stand in columns; a longer value pushes the rest along.
WIDTHS = {"received_at": 24, "source": 12, "type": 8, "name": 24, "user": 16}
GAP = "  "
ABSENT = "-"
FIELD_GAP = ": "


class NoServerError(HeadwaterError):
    """Nothing comes in while no server runs. Start one with `headwater serve`, or name one with --url."""

    code = "no_server"
    status = 409


async def run(
    *,
    source: Annotated[str | None, Parameter(help="Slug of the source to watch; all of them without it.")] = None,
    last: Annotated[int, Parameter(help="Begin with the newest so many.")] = 0,
    at: Here,
) -> None:
    """Watch the events as they come: one line each, until Ctrl-C. With --format json, one JSON object a line."""
    # Ctrl-C cancels us, and is how a tail is meant to end: not a failure.
    with contextlib.suppress(asyncio.CancelledError):
        async with connected(at) as client:
            await _watch(client, source=source, last=last, at=at)


async def _watch(client: Client, *, source: str | None, last: int, at: Session) -> None:
    status = await client.get("/api/status")
    if not status.get("running"):
        raise NoServerError
    query = {"last": str(last)}
    while (after := await _follow(client, {"source": source, **query}, at=at)) is not None:
        query = {"after": str(after)}
    raise RequestFailedError("The server ended the tail: it is stopping. Start the tail again when it is back.")


async def _follow(client: Client, query: dict[str, str | None], *, at: Session) -> int | None:
    """Print one stream to its end; return the offset to go on after, None where the server didn't say one."""
    async with (
        contextlib.aclosing(client.lines("/api/events/tail", **query)) as lines,
        contextlib.aclosing(_messages(lines)) as messages,
    ):
        async for kind, data in messages:
            if kind == "more":
                return int(data["after"])
            if kind == "missed":
                print(f"… {data['missed']} records went by unshown: they came too fast for this end", file=sys.stderr)
            else:
                print(_text(data, at), flush=True)
    return None


async def _messages(lines: AsyncIterator[str]) -> AsyncGenerator[tuple[str, Any], None]:
    """Yield (event, data) of server-sent events; comments are the server's sign of life."""
    kind = "message"
    async for line in lines:
        field, _, value = line.partition(FIELD_GAP)
        if field == "event":
            kind = value
        elif field == "data":
            yield kind, json.loads(value)
        elif not line:
            kind = "message"


def _text(event: dict[str, Any], at: Session) -> str:
    if not at.is_table:
        return at.output.render(event, view=EVENT)
    shown = {**event, "user": event["user_id"] or event["anonymous_id"]}
    cells = [one_line.flatten(str(shown[name] or ABSENT)).ljust(WIDTHS.get(name, 0)) for name in COLUMNS]
    return GAP.join(cells).rstrip()
