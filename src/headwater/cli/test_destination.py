"""`headwater test destination ID`: how it is decided about an event, and what would be sent."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import dead_letter_flags, destination_report, event_files, one_line, routing_flags
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.dead_letter_flags import ANY, Alike
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
    last: Annotated[
        int | None, Parameter(help="Try it on so many of its last events, or show so many of its dead letters.")
    ] = None,
    dead_letter: Annotated[
        tuple[int, ...],
        Parameter(negative="", show_default=False, help="Try it on this one of its dead letters, by id; repeatable."),
    ] = (),
    dead_letters: Annotated[
        bool, Parameter(negative="", help="Try it on its dead letters, all or those that the flags below say.")
    ] = False,
    alike: Alike = ANY,
    source: Annotated[
        str | None,
        Parameter(help="For a file: whose event it is; default: its first source's. Of dead letters: only its."),
    ] = None,
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
    wish = _letters(dead_letter, alike, source) if dead_letters or dead_letter else _events(event, source, alike)
    given = (event, last) if "dead_letters" not in wish else (event, wish)
    if sum(one is not None for one in given) != 1:
        raise UsageError("Say what to try it on: --event FILE, --last N, --dead-letter ID or --dead-letters.")
    wish |= {"send": send, "last": wish.get("last") if last is None else last}
    wish |= routing_flags.given(mapping=mapping, trigger=trigger, filter=filter, drop=drop, consent=consent)
    async with connected(at) as client:
        found = await client.post(path_of("api", "destinations", destination, "test"), wish)
    for note in found["notes"]:
        print(f"note: {one_line.flatten(note)}", file=sys.stderr)
    if at.is_table:
        for line in destination_report.of_letters(found):
            print(line)
        print("\n\n".join(destination_report.lines(result) for result in found["results"]))
    else:
        at.show(found, view=RESULTS)
    return FAILED if any(_is_failure(result) for result in found["results"]) else DONE


def _events(event: str | None, source: str | None, alike: Alike) -> dict[str, Any]:
    """Return what it is tried on where that is no dead letter. Raises UsageError, also for a file."""
    if alike != ANY:
        raise UsageError("What dead letters have in common goes with --dead-letters.")
    given: dict[str, Any] = {"source": source}
    return given if event is None else {**given, "events": event_files.read(event)}


def _letters(ids: Sequence[int], alike: Alike, source: str | None) -> dict[str, Any]:
    """Return which dead letters it is tried on; those that are named are all shown."""
    said = dead_letter_flags.given(alike, source=source)
    return {"dead_letters": {**said, "ids": list(ids)}, "last": len(ids)} if ids else {"dead_letters": said}


def _is_failure(result: dict[str, Any]) -> bool:
    states = [answer["outcome"]["state"] for answer in result["answers"]]
    return result["state"] in NOT_TRIED or any(state != DELIVERED for state in states)
