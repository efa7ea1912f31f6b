"""`headwater create query NAME SQL`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.saved_query_choice import QUERY
from headwater.cli.session import Here


async def run(
    name: Annotated[str, Parameter(help="What it is called; no two are called alike.")],
    sql: Annotated[str, Parameter(help="One SELECT, as `headwater query` takes it.")],
    /,
    *,
    at: Here,
) -> None:
    """Keep a query by name, for every operator, here and in the console. It isn't run."""
    async with connected(at, may_create=True) as client:
        at.show(await client.post("/api/saved-queries", {"name": name, "sql": sql}), view=QUERY)
