"""`headwater get source SLUG`."""

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

SOURCE = View(columns=("id", "slug", "name", "kind", "enabled", "write_keys.#.key"))


async def run(slug: str, /, *, at: Here) -> None:
    """Show a source and its write keys, by slug or id."""
    async with connected(at) as client:
        source = await client.get(path_of("api", "sources", slug))
    at.show(source, view=SOURCE)
