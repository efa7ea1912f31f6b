"""`headwater cancel redrive`: dead letters that were to be sent again, and haven't been yet, stay what they are."""

from headwater.cli import dead_letter_flags
from headwater.cli.connection import connected
from headwater.cli.dead_letter_flags import ANY, Alike
from headwater.cli.output import View
from headwater.cli.session import Here

KEPT = View(columns=("destination", "kept"), id="kept")


async def run(
    *,
    destination: dead_letter_flags.Destination = None,
    id: dead_letter_flags.Ids = (),  # noqa: A002  the flag's name
    alike: Alike = ANY,
    source: dead_letter_flags.Source = None,
    all: dead_letter_flags.Everything = False,  # noqa: A002  the flag's name
    at: Here,
) -> None:
    """Keep dead letters that wait to be sent again, and say how many; those on their way already are sent."""
    body = dead_letter_flags.meant(alike, destination=destination, ids=id, source=source, everything=all)
    async with connected(at) as client:
        answer = await client.post("/api/dead-letters/keep", body)
    at.show(answer, view=KEPT)
