"""`headwater list identities`: a page of people, as the ory CLI prints it."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

IDENTITIES = View(rows="identities", columns=("id", "schema_id", "state", "traits", "created_at"))


async def run(
    *,
    page_size: Annotated[int | None, Parameter(help="At most so many.")] = None,
    page_token: Annotated[str | None, Parameter(help="Go on where a page ended (its next_page_token).")] = None,
    at: Here,
) -> None:
    """Show the people, a page at a time; `next_page_token` is empty on the last page."""
    size = None if page_size is None else str(page_size)
    async with connected(at) as client:
        people, following = await client.get_page("/admin/identities", page_size=size, page_token=page_token)
    at.show({"identities": people, "next_page_token": following or ""}, view=IDENTITIES)
