"""An installation that is gone afterwards: what it is asked is answered as a real one would, and leaves no trace."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from headwater.cli.client import Client, connected
from headwater.cli.connection import IN_PROCESS_URL


@asynccontextmanager
async def client(environ: Mapping[str, str]) -> AsyncIterator[Client]:
    """Yield a client of an installation of its own, with one project as every new one is."""
    # Loaded here: the whole server comes with it, which a command beside a running one has no need of.
    from headwater.wiring import offline  # noqa: PLC0415  lazily loaded

    with tempfile.TemporaryDirectory(prefix="headwater-dry-run-") as folder:
        async with (
            offline.transport(Path(folder), environ=environ) as (transport, token),
            connected(IN_PROCESS_URL, token=token, is_ours=True, transport=transport) as yielded,
        ):
            yield yielded
