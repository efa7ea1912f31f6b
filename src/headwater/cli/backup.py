"""`headwater backup DIR`: the server copies its data folder while it runs; with none running this command does."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import httpx
from cyclopts import Parameter

from headwater.cli.byte_progress import ByteProgress
from headwater.cli.client import Client, RequestFailedError
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError
from headwater.core.clock import SystemClock
from headwater.web import loopback

BACKUP = "/api/backup"
LOOK_EVERY_SECONDS = 0.2
MADE = View(
    columns=(
        "folder",
        "backup.taken_at",
        "backup.newest_offset",
        "backup.files",
        "backup.bytes",
        "backup.copied_files",
        "backup.copied_bytes",
        "backup.held_ms",
        "backup.missing",
    ),
    id="folder",
)


async def run(
    folder: Annotated[Path, Parameter(help="Where to, on the server's machine: absent, empty, or an earlier backup.")],
    /,
    *,
    at: Here,
) -> None:
    """Copy the whole data folder as it is at one moment, while everything runs. A second time only what is new.

    The installation's key is in it: whoever can read a backup can read everything.
    """
    async with connected(at) as client:
        begun = await client.post(BACKUP, {"folder": str(_whole(folder, client))})
        ended = await _until_over(client, begun)
    if ended["state"] != "done":
        raise RequestFailedError(ended["error"])
    at.show(ended, view=MADE)


def _whole(folder: Path, client: Client) -> Path:
    """Return the whole path: what it is relative to is known on this machine only. Raises UsageError."""
    if folder.is_absolute() or loopback.is_loopback(httpx.URL(client.url).host):
        return folder.absolute()
    raise UsageError(
        f"{client.url} is another machine; give the whole path that the folder has there, not {str(folder)!r}."
    )


async def _until_over(client: Client, state: dict[str, Any]) -> dict[str, Any]:
    """Return the backup as it is at its end. Ctrl-C ends the watching; the server goes on."""
    clock = SystemClock()
    screen = ByteProgress(clock=clock)
    screen.begin("copying", state["total_bytes"])
    try:
        while state["state"] == "running":
            await clock.sleep(LOOK_EVERY_SECONDS)
            state = await client.get(BACKUP)
            screen.at(state["done_bytes"], state["total_bytes"])
    except asyncio.CancelledError:
        raise KeyboardInterrupt("A server that makes the backup goes on; without one it is given up.") from None
    finally:
        screen.end()
    return state
