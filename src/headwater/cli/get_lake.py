"""`headwater get lake`."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

COLUMNS = (
    "state reason cursor lag events tables rows parquet_files parquet_bytes archive_files archive_bytes index_bytes"
    " removed_files removed_bytes lost lost_files merge_failed erase_failed"
)
LAKE = View(columns=tuple(COLUMNS.split()), id="cursor")


async def run(*, at: Here) -> None:
    """Show what the lake holds, how far behind the log it is, and what is missing from it."""
    async with connected(at) as client:
        at.show(await client.get("/api/lake"), view=LAKE)
