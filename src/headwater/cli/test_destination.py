"""`headwater test destination ID`: how it is decided about an event, and what would be sent."""

import sys
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import destination_report, event_files, one_line, routing_flags
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

RESULTS = View(rows="results", columns=("message_id", "type", "state", "reason", "requests.#.method"), id="message_id")
DONE, FAILED = 0, 1
NOT_TRIED = frozenset({"rejected", "busy"})
DELIVERED = "delivered"


async def run(
    destination: Annotated[str, Parameter(help="The destination, by id.")],
    /,
    *,
    event: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,  # a lone - is stdin
            help="A file with the event as JSON; several one a line, or as a list; - is stdin.",
        ),
    ] = None,
    last: Annotated[int | None, Parameter(help="Try it on so many of its last events.")] = None,
    source: Annotated[str | None, Parameter(help="For a file: whose event it is; default: its first source's.")] = None,
    send: Annotated[bool, Parameter(negative="", help="Really send it, marked Headwater-Test: true.")] = False,
    mapping: routing_flags.Mapping = None,
    trigger: routing_flags.Trigger = None,
    filter: routing_flags.Filter = (),  # noqa: A002  the flag's name
    drop: routing_flags.Drop = (),
    consent: routing_flags.Consent = (),
    at: Here,
) -> int:
    """Show each decision about an event, and the requests. What is given of a routing is tried, not stored.

    Sends only with --send. Nothing is written down: no trace, no dead letter.
    """
    if (event is None) == (last is None):
        raise UsageError("Say what to try it on: --event FILE, or --last N.")
    wish: dict[str, Any] = {"send": send, "last": last, "source": source}
    wish |= {} if event is None else {"events": event_files.read(event)}
    wish |= routing_flags.given(mapping=mapping, trigger=trigger, filter=filter, drop=drop, consent=consent)
    async with connected(at) as client:
        found = await client.post(path_of("api", "destinations", destination, "test"), wish)
    for note in found["notes"]:
        print(f"note: {one_line.flatten(note)}", file=sys.stderr)
    if at.is_table:
        print("\n\n".join(destination_report.lines(result) for result in found["results"]))
    else:
        at.show(found, view=RESULTS)
    return FAILED if any(_is_failure(result) for result in found["results"]) else DONE


def _is_failure(result: dict[str, Any]) -> bool:
    states = [answer["outcome"]["state"] for answer in result["answers"]]
    return result["state"] in NOT_TRIED or any(state != DELIVERED for state in states)
