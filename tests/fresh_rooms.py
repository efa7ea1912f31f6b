"""The rooms as `serve` builds them, over a data folder of their own. Nobody listens, nobody delivers."""

from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from fresh_database import put_fresh_core
from headwater.settings import load
from headwater.store.folder import DataFolder
from headwater.wiring.rooms import Rooms
from headwater.wiring.surroundings import Surroundings

URL = "http://127.0.0.1"


@asynccontextmanager
async def fresh_rooms(tmp_path: Path, surroundings: Surroundings | None = None, **environ: str):
    """Give rooms whose settings are read from `environ`; "token" is an administrator's key."""
    folder = DataFolder(tmp_path / "data")
    folder.lock()
    put_fresh_core(folder.core_database)
    chosen = load(environ, {"data": str(folder.path)})
    rooms = Rooms(chosen, folder, url=URL, local_token="token", listener=None, surroundings=surroundings)
    try:
        async with rooms as built:
            yield built
    finally:
        folder.unlock()


def client_of(rooms: Rooms, **headers: str) -> httpx.AsyncClient:
    """Return a client on the same machine that talks to the rooms' app."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=rooms.app, client=("127.0.0.1", 0)), base_url=URL, headers=headers
    )
