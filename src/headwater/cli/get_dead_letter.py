"""`headwater get dead-letter ID`: what was sent, what came back, each attempt, and the event."""

import json
import sys
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import one_line
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

LETTER = View(
    columns=(
        "id", "at", "destination", "message_id", "source", "type", "name", "state", "code", "status", "reason",
        "has_body", "is_waiting", "history.#.at", "history.#.status", "history.#.redriven",
    )
)  # fmt: skip
EXPIRED = "Its body has expired"
FROM_LOG = f"{EXPIRED}; this is the event as the log has it."
GONE = f"{EXPIRED}, and the log has forgotten the event: it can't be sent again."


async def run(
    letter: Annotated[int, Parameter(help="Its id, as `headwater list dead-letters` shows it.")], /, *, at: Here
) -> None:
    """Show everything that is known of a delivery that was given up. Secrets are withheld."""
    async with connected(at) as client:
        found = await client.get(path_of("api", "dead-letters", str(letter)))
    at.show(found, view=LETTER)
    if not at.is_table:
        return
    if not found["has_body"]:
        print(FROM_LOG if found["event_from"] == "log" else GONE, file=sys.stderr)
    for name in ("event", "request", "response"):
        if found[name] is not None:
            print(f"\n# {name}")
            print("\n".join(one_line.visible(line) for line in _lines(found[name])))


def _lines(value: Any) -> list[str]:
    return json.dumps(value, ensure_ascii=False, indent=2).splitlines()
