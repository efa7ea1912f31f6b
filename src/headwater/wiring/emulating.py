"""`headwater emulate`, from a data folder to a running emulator, and back down."""

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from typing import NoReturn

import msgspec

from headwater.emulator import routes
from headwater.settings import Settings
from headwater.web.listener import Place
from headwater.wiring import serve
from headwater.wiring.brought import NOTHING, Brought
from headwater.wiring.emulation import Emulation
from headwater.wiring.rooms import Rooms
from headwater.wiring.serve import Staging

READ_BYTES = 4_096


def run(
    settings: Settings,
    *,
    allowed: Sequence[str],
    is_first: bool,
    brought: Brought = NOTHING,
    started_by: Sequence[int] = (),
) -> NoReturn:
    """Serve as an emulator until told to stop, or until one of `started_by` (file descriptors) ends.

    `is_first`: nobody was told yet where it is.
    """
    emulation = Emulation(settings.data, allowed=allowed, brought=brought, can_restart=bool(started_by))

    async def opened(rooms: Rooms, _admin: Place | None) -> None:
        for descriptor in started_by:
            asyncio.get_running_loop().add_reader(descriptor, _stop_at_its_end, descriptor)
        if is_first:
            line = {**emulation.info(), "emulator_url": f"{rooms.url}{routes.PREFIX}"}
            print(msgspec.json.encode(line).decode(), flush=True)  # noqa: T201  what it was started for

    parent = os.getppid()

    def ended() -> None:
        if os.getppid() != parent:  # it was killed: nobody else is left to take the data away
            shutil.rmtree(settings.data, ignore_errors=True)

    staging = Staging(
        surroundings=emulation.surroundings(),
        readers=emulation.readers,
        prepare=emulation.prepare,
        opened=opened,
        ended=ended,
    )
    serve.run(settings, staging)


def _stop_at_its_end(descriptor: int) -> None:
    if not os.read(descriptor, READ_BYTES):
        asyncio.get_running_loop().remove_reader(descriptor)
        os.kill(os.getpid(), signal.SIGTERM)
