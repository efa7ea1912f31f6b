"""`headwater trim log`: the operator's word to the log's retention."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

TRIMMED = View(
    columns=(
        "segments",
        "events",
        "held_back_by.#.reader",
        "held_back_by.#.events",
        "overtaken.#.reader",
        "overtaken.#.events",
        "unknown",
    )
)


async def run(
    *,
    overtake: Annotated[
        bool, Parameter(negative="", help="Also remove what destinations have still to read; they never get it.")
    ] = False,
    at: Here,
) -> None:
    """Remove now what the log's retention no longer keeps; without --overtake nothing that is still to be read."""
    async with connected(at) as client:
        at.show(await client.post("/api/log/trim", {"overtake": overtake}), view=TRIMMED)
