"""`headwater list identities`: a page of people, as the ory CLI prints it."""

from typing import Annotated, Literal

from cyclopts import Parameter

from headwater.cli import project_choice
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

IDENTITIES = View(rows="identities", columns=("id", "schema_id", "state", "traits", "created_at"))


async def run(
    token: Annotated[str | None, Parameter(help="--page-token, as the ory CLI used to have it.")] = None,
    size: Annotated[int | None, Parameter(help="--page-size, the same.")] = None,
    /,
    *,
    page_size: Annotated[int | None, Parameter(help="At most so many.")] = None,
    page_token: Annotated[str | None, Parameter(help="Go on where a page ended (its next_page_token).")] = None,
    consistency: Annotated[
        Literal["eventual", "strong"] | None,
        Parameter(help="As the ory CLI has it; ours is strong always."),
    ] = None,
    project: project_choice.Whose = None,
    at: Here,
) -> None:
    """Show the people, a page at a time; `next_page_token` is empty on the last page."""
    if (token is None) is not (size is None):
        raise UsageError("A page is given by two words, its token and its size; or by --page-token and --page-size.")
    if token is not None and (page_token is not None or page_size is not None):
        raise UsageError("The page is given twice, by words and by flags; give it once.")
    chosen_size = page_size if size is None else size
    query = {
        "page_size": None if chosen_size is None else str(chosen_size),
        "page_token": page_token if token is None else token,
        "consistency": consistency,
    }
    async with connected(at) as client:
        await project_choice.enter(client, project)
        people, following = await client.get_page("/admin/identities", **query)
    at.show({"identities": people, "next_page_token": following or ""}, view=IDENTITIES)
