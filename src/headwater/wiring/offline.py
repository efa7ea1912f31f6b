"""The server's app without a server: what the CLI talks to when none is running, under the folder's lock."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from headwater import settings
from headwater.store.folder import DataFolder
from headwater.wiring import diagnostics
from headwater.wiring.rooms import Rooms

URL = "http://127.0.0.1"


@asynccontextmanager
async def transport(data: Path) -> AsyncIterator[tuple[httpx.AsyncBaseTransport, str]]:
    """Give a transport to the in-process app and an admin token. Raises FolderInUseError beside a server."""
    diagnostics.configure("warning")
    folder = DataFolder(data)
    folder.lock()
    try:
        token = secrets.token_urlsafe()
        chosen = settings.load({}, {"data": str(data)})
        async with Rooms(chosen, folder, url=URL, local_token=token, listener=None) as rooms:
            yield httpx.ASGITransport(app=rooms.app, client=("127.0.0.1", 0)), token  # type: ignore[arg-type]
    finally:
        folder.unlock()
