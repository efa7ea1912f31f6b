"""The server's app without a server: what the CLI talks to when none is running, under the folder's lock."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec

from headwater import settings
from headwater.store.folder import DataFolder
from headwater.wiring import diagnostics
from headwater.wiring.rooms import Rooms

URL = "http://127.0.0.1"


@asynccontextmanager
async def transport(
    data: Path, *, environ: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[httpx.AsyncBaseTransport, str]]:
    """Give a transport to the in-process app and an admin token. Raises FolderInUseError beside a server.

    Of `environ` only the secrets that a configuration may name count: everything else is a running server's business.
    """
    diagnostics.configure("warning")
    folder = DataFolder(data)
    folder.lock()
    try:
        token = secrets.token_urlsafe()
        readable = settings.load(environ or {}, {"data": str(data)})
        chosen = msgspec.structs.replace(
            settings.load({}, {"data": str(data)}),
            secret_env=readable.secret_env,
            secret_files=readable.secret_files,
            secret_variables=readable.secret_variables,
        )
        async with Rooms(chosen, folder, url=URL, local_token=token, listener=None) as rooms:
            yield httpx.ASGITransport(app=rooms.door, client=("127.0.0.1", 0)), token
    finally:
        folder.unlock()
