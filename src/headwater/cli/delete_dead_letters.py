"""`headwater delete dead-letters`: nobody wants them sent any more."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli import asking, dead_letter_flags
from headwater.cli.connection import connected
from headwater.cli.dead_letter_flags import ANY, Alike
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.core.errors import HeadwaterError

DISCARDED = View(columns=("destination", "discarded"), id="discarded")


class NotDiscardedError(HeadwaterError):
    """Nothing was thrown away."""

    code = "not_discarded"
    status = 409


async def run(
    *,
    destination: dead_letter_flags.Destination = None,
    id: dead_letter_flags.Ids = (),  # noqa: A002  the flag's name
    alike: Alike = ANY,
    source: dead_letter_flags.Source = None,
    all: dead_letter_flags.Everything = False,  # noqa: A002  the flag's name
    yes: Annotated[
        bool, Parameter(name=("--yes", "-y"), negative="", help="Don't ask; without a terminal nobody is asked.")
    ] = False,
    at: Here,
) -> None:
    """Throw dead letters away, for good. What happened to each stays in its event's trace."""
    body = dead_letter_flags.meant(alike, destination=destination, ids=id, source=source, everything=all)
    async with connected(at) as client:
        if not yes and sys.stdin.isatty():
            query = dead_letter_flags.as_query(body)
            total = (await client.get("/api/dead-letters/counts", **query))["total"]
            if not await asking.says_yes(f"Throw {total:,} dead letters away?"):
                raise NotDiscardedError
        answer = await client.post("/api/dead-letters/discard", body)
    at.show(answer, view=DISCARDED)
