"""A replay watched to its end: one line on stderr that goes along, and then nothing."""

import asyncio
import sys
from typing import Any

from headwater.cli import one_line
from headwater.cli.client import Client, RequestFailedError, path_of
from headwater.core.clock import SystemClock
from headwater.core.errors import ConflictError

LOOK_EVERY_SECONDS = 0.5
OVER = ("finished", "cancelled")
PERCENT = 100
REWRITE = "\r\x1b[K"  # to the beginning of the line, and what was there is gone


def tell_gap(answer: Any) -> None:
    """Say so where the log has forgotten a part of what was asked for."""
    if since := answer.get("forgotten_before"):
        print(f"The log has everything since {since}; what came before is forgotten.", file=sys.stderr)


async def until_over(client: Client, replay: dict[str, Any]) -> dict[str, Any]:
    """Return the replay as it is at its end. Ctrl-C ends the watching, not the replay. Raises RequestFailedError."""
    if not (await client.get("/api/status")).get("running"):
        raise RequestFailedError(
            f"The replay {replay['id']} begins with the next `headwater serve`; no server runs here to wait for."
        )
    clock, path, line = SystemClock(), path_of("api", "replays", replay["id"]), ""
    try:
        while replay["state"] not in OVER:
            line = _show(_told(replay), before=line)
            await clock.sleep(LOOK_EVERY_SECONDS)
            replay = await client.get(path)
        _show(_told(replay), before=line)
    except asyncio.CancelledError:
        raise KeyboardInterrupt(
            f"The replay goes on. `headwater get replay {replay['id']}` shows it, `headwater cancel replay` ends it."
        ) from None
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)
    return replay


def check_end(replay: dict[str, Any]) -> None:
    """Raise ConflictError where a replay that was waited for was ended by somebody."""
    if replay["state"] != "finished":
        raise ConflictError(f"The replay {replay['id']} was cancelled before its end.")


def _told(replay: dict[str, Any]) -> str:
    done, events = replay["done"], replay["events"]
    share = f" of {events:,} ({done * PERCENT // events if events else PERCENT} %)" if events is not None else ""
    counts = [f"{count:,} {outcome}" for outcome, count in replay["outcomes"].items() if count]
    reason = f" ({replay['reason']})" if replay["reason"] else ""
    return one_line.flatten(f"{replay['state']}{reason}: {done:,}{share}{', ' if counts else ''}{', '.join(counts)}")


def _show(line: str, *, before: str) -> str:
    """On a terminal the line stays one; elsewhere each that is new is a line."""
    if sys.stderr.isatty():
        print(f"{REWRITE}{line}", end="", file=sys.stderr, flush=True)
    elif line != before:
        print(line, file=sys.stderr, flush=True)
    return line
