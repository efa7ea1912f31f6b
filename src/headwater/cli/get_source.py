"""`headwater get source SLUG`."""

from headwater.cli import source_sheet
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here


async def run(slug: str, /, *, at: Here) -> None:
    """Show a source and its write keys, by slug or id; a deleted one, too. For ory-actions also the Action to paste."""
    async with connected(at) as client:
        source = await client.get(path_of("api", "sources", slug))
    source_sheet.show(at, source)
