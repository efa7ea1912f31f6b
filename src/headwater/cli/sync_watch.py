"""A sync watched to its end: one line on stderr that goes along, and then nothing."""

import asyncio
import sys
from typing import Any

from headwater.cli import one_line
from headwater.cli.client import Client, RequestFailedError, path_of
from headwater.core.clock import SystemClock
from headwater.core.errors import ConflictError

LOOK_EVERY_SECONDS = 0.5
UNDER_WAY = ("waiting", "running", "interrupted")
REWRITE = "\r\x1b[K"  # to the beginning of the line, and what was there is gone


async def until_over(client: Client, warehouse: str, sync: dict[str, Any]) -> dict[str, Any]:
    """Return the sync as it is at its end. Ctrl-C ends the watching, not the sync. Raises RequestFailedError."""
    if not (await client.get("/api/status")).get("running"):
        raise RequestFailedError(
            f"The sync {sync['id']} begins with the next `headwater serve`; no server runs here to wait for."
        )
    clock, path, line = SystemClock(), path_of("api", "warehouses", warehouse, "syncs", sync["id"]), ""
    try:
        while sync["state"] in UNDER_WAY:
            line = _show(sync, before=line)
            await clock.sleep(LOOK_EVERY_SECONDS)
            sync = await client.get(path)
        _show(sync, before=line)
    except asyncio.CancelledError:
        raise KeyboardInterrupt(f"The sync goes on. `headwater list syncs --warehouse {warehouse}` shows it.") from None
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)
    return sync


def check_end(sync: dict[str, Any]) -> None:
    """Raise ConflictError where a sync that was waited for has not brought everything."""
    if sync["state"] != "done":
        reason = sync["reason"] or "some tables were refused; the report says why."
        raise ConflictError(f"The sync {sync['id']} is not done ({sync['state']}): {reason}")


def _show(sync: dict[str, Any], *, before: str) -> str:
    """On a terminal the line stays one; elsewhere each that is new is a line."""
    line = one_line.flatten(
        f"{sync['state']}: {sync['rows']:,} rows, {sync['tables_done']:,} of {sync['tables']:,} tables"
    )
    if sys.stderr.isatty():
        print(f"{REWRITE}{line}", end="", file=sys.stderr, flush=True)
    elif line != before:
        print(line, file=sys.stderr, flush=True)
    return line
