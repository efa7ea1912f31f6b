"""`headwater update source SLUG`."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import source_sheet
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.session import Here
from headwater.cli.usage import UsageError


async def run(
    slug: Annotated[str, Parameter(help="The source, by slug or id.")],
    /,
    *,
    name: Annotated[str | None, Parameter(help="Another name for people; the slug stays.")] = None,
    enable: Annotated[
        bool | None, Parameter(negative="--disable", help="Take its events, or (--disable) drop and count them.")
    ] = None,
    strict: Annotated[
        bool | None, Parameter(help="Answer 400, or (--no-strict) 200, for an event that is dropped.")
    ] = None,
    rate_limit: Annotated[int | None, Parameter(help="Events per second it may send; 0 for no limit.")] = None,
    at: Here,
) -> None:
    """Change a source. It is in force when the command returns."""
    given = {"name": name, "enabled": enable, "strict": strict, "rate_limit": rate_limit}
    change: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if not change:
        raise UsageError("Say what to change: --name, --enable, --disable, --strict, --no-strict or --rate-limit.")
    async with connected(at) as client:
        source = await client.patch(path_of("api", "sources", slug), change)
    source_sheet.show(at, source)
