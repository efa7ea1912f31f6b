"""`headwater redrive dead-letters`: what had been given up is sent again, in its own order."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli import dead_letter_flags, redrive_watch
from headwater.cli.connection import connected
from headwater.cli.dead_letter_flags import ANY, Alike
from headwater.cli.output import View
from headwater.cli.session import Here

REDRIVEN = View(columns=("destination", "redriven", "expired"), id="redriven")


async def run(
    *,
    destination: dead_letter_flags.Destination = None,
    id: dead_letter_flags.Ids = (),  # noqa: A002  the flag's name
    alike: Alike = ANY,
    source: dead_letter_flags.Source = None,
    all: dead_letter_flags.Everything = False,  # noqa: A002  the flag's name
    wait: Annotated[bool, Parameter(negative="", help="Show how far it is until each was tried once.")] = False,
    at: Here,
) -> None:
    """Send dead letters again, by the mapping of now, with fresh patience, and say how many.

    They leave a few at a time, at their destination's pace; what fails again is a dead letter again.
    """
    body = dead_letter_flags.meant(alike, destination=destination, ids=id, source=source, everything=all)
    async with connected(at) as client:
        answer = await client.post("/api/dead-letters/redrive", body)
        if answer["expired"]:
            hint = "are sent if the log still has the event, and stay otherwise"
            print(f"{answer['expired']:,} of them have lost their body: they {hint}.", file=sys.stderr)
        if wait:
            await redrive_watch.until_tried(client, answer, destination=destination)
    at.show(answer, view=REDRIVEN)
