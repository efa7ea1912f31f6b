"""`headwater proxy APP_URL`: an app and Headwater on one origin, until Ctrl-C, as `ory tunnel` and `ory proxy` do it.

Speaks to no API and needs no key: it passes on what browsers send.
"""

import asyncio
import signal
import sys
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from cyclopts import Parameter

from headwater import settings
from headwater.cli.connection import DATA_VARIABLE, URL_VARIABLE
from headwater.cli.session import Here, Session
from headwater.cli.usage import UsageError
from headwater.core.errors import ConflictError
from headwater.store.folder import DataFolder
from headwater.web import loopback

ADDRESS = "127.0.0.1"
DEFAULT_PORT = 4000
FALLBACK_URL = f"http://{settings.DEFAULT_LISTEN}"
DEFAULT_PORTS = {"http": 80, "https": 443}


class ProxyPortTakenError(ConflictError):
    """Something else listens on the proxy's port already. Stop it, or choose another with --port."""

    code = "port_taken"


async def run(
    app_url: Annotated[str, Parameter(help="Where the app is, such as http://localhost:3000.")],
    *,
    port: Annotated[int, Parameter(help="The port on 127.0.0.1 for both; 0 takes any free one.")] = DEFAULT_PORT,
    at: Here,
) -> None:
    """Put an app and Headwater on one origin, for developing on this machine: sign-in cookies then just work.

    /self-service, /sessions, /schemas, /ui, /health and /.well-known/ory go to Headwater (below /.ory/, too),
    everything else to the app.
    """
    if not 0 <= port <= settings.MAX_PORT:
        raise UsageError(f"--port is {port}; it must be from 0 to {settings.MAX_PORT}.")
    app, headwater = _origin(app_url), _origin(_headwater_url(at))
    for side in (app, headwater):
        if _is_proxy_itself(side, port):
            raise UsageError(f"{side.geturl()} is where the proxy would be. Choose another port with --port.")
    await _serve(app.geturl(), headwater.geturl(), port)


async def _serve(app_url: str, headwater_url: str, port: int) -> None:
    # Loaded here: the HTTP server behind it takes longer to load than a wrong command line takes to be refused.
    from aiohttp import web  # noqa: PLC0415  lazily loaded

    from headwater.web.one_origin.proxy import OneOrigin  # noqa: PLC0415  lazily loaded

    async with OneOrigin(app_url=app_url, headwater_url=headwater_url) as proxy:
        runner = proxy.server()
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, ADDRESS, port).start()
            except OSError as error:
                raise ProxyPortTakenError(
                    f"Can't listen on {ADDRESS}:{port}: {error.strerror}. Choose another with --port."
                ) from error
            _announce(runner.addresses[0][1], app_url, headwater_url)
            await _until_told_to_stop()
        finally:
            await runner.cleanup()


def _announce(port: int, app_url: str, headwater_url: str) -> None:
    print(f"The proxy is ready at http://{ADDRESS}:{port}")
    print(f"  your app     {app_url}")
    print(f"  Headwater    {headwater_url}  (/self-service, /sessions, /schemas, /ui, /health, /.well-known/ory)")
    print("  stop         Ctrl-C", flush=True)


async def _until_told_to_stop() -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    await stopping.wait()


def _headwater_url(at: Session) -> str:
    """Return the server's address: a named data folder's, else --url, else the default folder's, else the default.

    No server needs to run yet: until one does, the proxy says so.
    """
    folder = settings.load(at.environ, at.overrides).data
    url = at.url or at.environ.get(URL_VARIABLE)
    is_named = at.data is not None or DATA_VARIABLE in at.environ
    # Looked at before a DataFolder is made of it: that would make the folder.
    server = DataFolder(folder).running_server() if folder.is_dir() and (is_named or not url) else None
    if server is None and not url:
        print(f"No server runs in {folder} yet; the proxy will look for one at {FALLBACK_URL}.", file=sys.stderr)
    return server.url if server is not None else url or FALLBACK_URL


def _origin(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme in DEFAULT_PORTS and parts.hostname and parts.port != 0 and not parts.username
    except ValueError:
        is_fit = False
    if not is_fit or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(f"{url!r} is not an origin; one looks like http://localhost:3000.")
    return parts._replace(path="")


def _is_proxy_itself(side: SplitResult, port: int) -> bool:
    return loopback.is_loopback(side.hostname or "") and (side.port or DEFAULT_PORTS[side.scheme]) == port
