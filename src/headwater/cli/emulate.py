"""`headwater emulate`: Segment and Ory for tests, with time, faults and requests under control."""

import asyncio
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from headwater import settings
from headwater.cli import blueprint_file, emulator_folders, kratos_file
from headwater.cli.emulator_parent import EmulatorParent
from headwater.cli.session import Here
from headwater.cli.usage import UsageError
from headwater.wiring import garbage

HOST = "127.0.0.1"
MARKER = Path("emulator", "restart")
# In memory where there is room for it: a test's data need not survive a power cut, and syncing takes time.
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it
ROOM_BYTES = 512 * 1024 * 1024


def run(
    *,
    port: Annotated[int, Parameter(help="The port to listen on; 0 is any free one.")] = 0,
    allow: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="What really leaves: a URL pattern or a host; repeatable."),
    ] = (),
    config: Annotated[
        str | None, Parameter(help="A configuration to begin with, as for `headwater apply`; a reset goes back to it.")
    ] = None,
    kratos: Annotated[
        str | None, Parameter(help="A kratos.yml to begin with, as for `headwater import kratos-config`.")
    ] = None,
    stop_with_stdin: Annotated[
        bool, Parameter(negative="", help="Stop when stdin closes: with whoever started this, however that ends.")
    ] = False,
    logger_level: Annotated[str, Parameter(help="What to tell on stderr.")] = "warning",
    at: Here,
) -> int:
    """Run an emulator until it is stopped. When it is ready one line of JSON says where everything is.

    Nothing leaves: what Actions and destinations would send is kept (/emulator/requests). /emulator/openapi.json
    describes what it can be told. Its data is in a temporary folder, gone at the end.
    """
    if "data" in at.overrides:
        raise UsageError("An emulator's data is its own, and goes with it: leave --data out.")
    garbage.not_while_loading()
    # Before the fork: a restart then takes a third of a start.
    from headwater.wiring import brought, emulating  # noqa: PLC0415  lazily loaded

    files = brought.Brought(
        blueprint=None if config is None else blueprint_file.read(config),
        identity_config=None if kratos is None else _read(kratos),
    )
    place = _fast_folder()
    emulator_folders.sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=emulator_folders.PREFIX, dir=place))
    chosen = settings.load(
        {},
        {
            "data": str(folder),
            "listen": f"{HOST}:{port or _free_port()}",
            "tracking_aliases": "true",
            "logger_level": logger_level,
        },
    )
    started_by = (0,) if stop_with_stdin else ()

    def serve(parent: int, is_first: bool) -> None:  # noqa: FBT001  a parent's callback
        emulating.run(chosen, allowed=allow, brought=files, is_first=is_first, started_by=(parent, *started_by))

    try:
        return EmulatorParent(folder / MARKER).keep_running(serve)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read(kratos: str) -> dict[str, Any]:
    prepared = asyncio.run(kratos_file.prepare(kratos))
    if prepared.refusals:
        first = prepared.refusals[0]
        raise UsageError(
            f"{kratos}: {first.path} {first.advice}. `headwater import kratos-config --dry-run` says more."
        )
    return prepared.document


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as found:
        port: int = found.getsockname()[1]
    return port


def _fast_folder() -> Path:
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM_BYTES
    return MEMORY if has_room else Path(tempfile.gettempdir())
