"""`headwater restore DIR`: a backup becomes a data folder again. No server may run on it."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from headwater import settings
from headwater.cli.byte_progress import ByteProgress
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.core.clock import SystemClock

RESTORED = View(
    columns=(
        "data",
        "taken_at",
        "release",
        "files",
        "bytes",
        "missing",
        "found.projects",
        "found.people",
        "found.sources",
        "found.destinations",
        "found.events",
        "found.newest_offset",
        "found.lake_rows",
        "found.lake_files",
        "moved_to",
    ),
    id="data",
)


async def run(
    folder: Annotated[Path, Parameter(help="The backup: the folder that `headwater backup` was given.")],
    /,
    *,
    force: Annotated[
        bool, Parameter(negative="", help="Into a folder that has data: that is moved aside inside of it, and kept.")
    ] = False,
    at: Here,
) -> None:
    """Put a backup back, into an empty or absent data folder (--data); check all of it, and say what was found."""
    data = settings.load(at.environ, at.overrides).data
    # Loaded here: the whole server comes with it.
    from headwater.wiring import restoring  # noqa: PLC0415  lazily loaded

    screen = ByteProgress(clock=SystemClock())
    try:
        restored = await restoring.restore(folder, data, is_forced=force, screen=screen)
    finally:
        screen.end()
    if restored.moved_to is not None:
        print(f"What was there is in {restored.moved_to}; remove it when you need it no more.", file=sys.stderr)
    at.show(msgspec.to_builtins(restored), view=RESTORED)
