"""`headwater delete source SLUG`."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli import source_sheet
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here


async def run(slug: Annotated[str, Parameter(help="The source, by slug or id.")], /, *, at: Here) -> None:
    """Take a source's write keys away, for good; its events stay readable."""
    path = path_of("api", "sources", slug)
    async with connected(at) as client:
        keys = (await client.get(path))["write_keys"]
        await client.delete(path)
        source = await client.get(path)
    source_sheet.show(at, source)
    count = "Its write key no longer works" if len(keys) == 1 else f"Its {len(keys)} write keys no longer work"
    kept = "Its events stay readable, and those that are stored still go to its destinations."
    print(f"Deleted {source['slug']}. {count}. {kept} The name stays taken.", file=sys.stderr)
