"""`headwater delete query NAME`."""

from headwater.cli import saved_query_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.saved_query_choice import QUERY
from headwater.cli.session import Here


async def run(query: saved_query_choice.Name, /, *, at: Here) -> None:
    """Delete a saved query."""
    async with connected(at) as client:
        gone = await saved_query_choice.find(client, query)
        await client.delete(path_of("api", "saved-queries", gone["id"]))
    at.show(gone, view=QUERY)
