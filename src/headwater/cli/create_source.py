"""`headwater create source NAME`."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import source_sheet
from headwater.cli.connection import connected
from headwater.cli.session import Here


async def run(
    name: Annotated[str, Parameter(help="A name for people; the slug is made of it.")],
    /,
    *,
    kind: Annotated[
        str, Parameter(help="What sends the events: http-api, ory-actions, website, server or mobile.")
    ] = "http-api",
    strict: Annotated[
        bool, Parameter(negative="", help="Answer 400 for an event that is dropped, where Segment answers 200.")
    ] = False,
    rate_limit: Annotated[
        int | None, Parameter(help="Events per second it may send; more are answered 429. Default: no limit.")
    ] = None,
    at: Here,
) -> None:
    """Make a source and its write key. For ory-actions it prints the Action to paste, too."""
    wanted: dict[str, Any] = {"name": name, "kind": kind}
    if strict:
        wanted["strict"] = True
    if rate_limit is not None:
        wanted["rate_limit"] = rate_limit
    async with connected(at, may_create=True) as client:
        source = await client.post("/api/sources", wanted)
    source_sheet.show(at, source)
