"""`headwater get query NAME`."""

from headwater.cli import saved_query_choice
from headwater.cli.connection import connected
from headwater.cli.saved_query_choice import QUERY
from headwater.cli.session import Here


async def run(query: saved_query_choice.Name, /, *, at: Here) -> None:
    """Show a saved query with its SQL. `headwater query --saved NAME` runs it."""
    async with connected(at) as client:
        at.show(await saved_query_choice.find(client, query), view=QUERY)
