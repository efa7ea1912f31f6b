"""Dead letters that are being sent again, watched until each was tried: one line on stderr that goes along."""

import asyncio
import sys
from typing import Any

from headwater.cli.client import Client
from headwater.cli.replay_watch import LOOK_EVERY_SECONDS, REWRITE
from headwater.core.clock import SystemClock


async def until_tried(client: Client, answer: dict[str, Any], *, destination: str | None) -> None:
    """Return once none waits any more. Ctrl-C ends the watching, not the sending. Raises RequestFailedError."""
    clock, most, line = SystemClock(), answer["redriven"], ""
    try:
        while True:
            left = await _left(client, destination)
            most = max(most, left)
            line = _show(f"{most - left:,} of {most:,} sent again", before=line)
            if not left:
                return
            await clock.sleep(LOOK_EVERY_SECONDS)
    except asyncio.CancelledError:
        raise KeyboardInterrupt(
            "They go on being sent. `headwater cancel redrive` keeps those that were not sent yet."
        ) from None
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)


async def _left(client: Client, destination: str | None) -> int:
    waiting = (await client.get("/api/dead-letters/waiting"))["waiting"]
    return sum(one["marked"] + one["in_line"] for one in waiting if destination in (None, one["destination"]))


def _show(line: str, *, before: str) -> str:
    if sys.stderr.isatty():
        print(f"{REWRITE}{line}", end="", file=sys.stderr, flush=True)
    elif line != before:
        print(line, file=sys.stderr, flush=True)
    return line
