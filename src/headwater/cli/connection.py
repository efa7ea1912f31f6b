"""Which server a command talks to: the data folder's, the one at --url, or the same app inside this process.

The only place of the CLI that looks into a data folder. It reads `server.json` there, never the database.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from headwater import settings
from headwater.cli import client
from headwater.cli.session import Session
from headwater.core.errors import HeadwaterError
from headwater.store.folder import DataFolder, ServerInfo

DATA_VARIABLE = "HEADWATER_DATA"
URL_VARIABLE = "HEADWATER_URL"
KEY_VARIABLE = "HEADWATER_KEY"

# The address the app in this process is called by; nothing is sent there.
IN_PROCESS_URL = "http://127.0.0.1"


class NoDataError(HeadwaterError):
    """There is no Headwater data here. Start a server with `headwater serve`."""

    code = "no_data"
    status = 404


@asynccontextmanager
async def connected(at: Session, *, may_create: bool = False) -> AsyncIterator[client.Client]:
    """Yield a client. With no server running, only a command that makes something may make the data folder.

    A data folder that was named, and has a server, wins over a URL; a URL wins over the default folder.
    """
    folder = settings.load(at.environ, at.overrides).data
    url = at.url or at.environ.get(URL_VARIABLE)
    is_named = at.data is not None or DATA_VARIABLE in at.environ
    server = _server(folder) if is_named or not url else None
    if server is not None:
        async with client.connected(server.url, token=server.token, is_ours=True) as connection:
            yield connection
    elif url:
        key = at.key or at.environ.get(KEY_VARIABLE)
        async with client.connected(url, token=key, is_ours=False) as connection:
            yield connection
    else:
        async with _in_process(folder, environ=at.environ, may_create=may_create) as connection:
            yield connection


@asynccontextmanager
async def _in_process(folder: Path, *, environ: Mapping[str, str], may_create: bool) -> AsyncIterator[client.Client]:
    """Yield a client of the app in this process, which locks the folder meanwhile."""
    if not may_create and not _has_data(folder):
        raise NoDataError(
            f"There is no Headwater data in {folder}. Start a server with `headwater serve`,"
            " or name its folder with --data or its address with --url."
        )
    # Loaded here: the whole server comes with it, and a running one makes it needless.
    from headwater.wiring import offline  # noqa: PLC0415  lazily loaded

    async with (
        offline.transport(folder, environ=environ) as (transport, token),
        client.connected(IN_PROCESS_URL, token=token, is_ours=True, transport=transport) as connection,
    ):
        yield connection


def _server(folder: Path) -> ServerInfo | None:
    # Looked at before a DataFolder is made of it: that would make the folder.
    return DataFolder(folder).running_server() if folder.is_dir() else None


def _has_data(folder: Path) -> bool:
    return folder.is_dir() and DataFolder(folder).core_database.exists()
