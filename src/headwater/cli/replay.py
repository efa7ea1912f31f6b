"""`headwater replay --destination ID --since 1h`: a destination gets a part of the log again."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import replay_watch
from headwater.cli.connection import connected
from headwater.cli.get_replay import REPLAY
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

COUNTED = View(columns=("events", "forgotten_before"), id="events")


async def run(
    *,
    destination: Annotated[str, Parameter(help="The destination, by id.")],
    since: Annotated[
        str, Parameter(help="Events received from then on: an age such as 1h, a time, or beginning for all there are.")
    ],
    until: Annotated[str | None, Parameter(help="And before then, an age or a time; default: now.")] = None,
    source: Annotated[
        tuple[str, ...], Parameter(negative="", show_default=False, help="Of this source only, by slug; repeatable.")
    ] = (),
    filter: Annotated[  # noqa: A002  the flag's name
        str | None, Parameter(help="Only events that this FQL is true of.")
    ] = None,
    user: Annotated[
        tuple[str, ...], Parameter(negative="", show_default=False, help="Of this person only, by userId; repeatable.")
    ] = (),
    rate: Annotated[float | None, Parameter(help="At most so many requests a second.")] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="Only count the events; nothing is sent.")] = False,
    wait: Annotated[bool, Parameter(negative="", help="Show how far it is until its end.")] = False,
    at: Here,
) -> None:
    """Send a destination its events again, as they were, by its rules of today; events it had are sent twice."""
    if dry_run and wait:
        raise UsageError("--dry-run begins nothing to --wait for; leave one of them out.")
    wanted: dict[str, Any] = {
        "destination": destination,
        "since": since,
        "sources": list(source),
        "users": list(user),
        "dry_run": dry_run,
    }
    optional = {"until": until, "filter": filter, "requests_per_second": rate}
    wanted |= {name: value for name, value in optional.items() if value is not None}
    async with connected(at) as client:
        answer = await client.post("/api/replays", wanted)
        replay_watch.tell_gap(answer)
        if wait:
            answer = await replay_watch.until_over(client, answer)
    at.show(answer, view=COUNTED if dry_run else REPLAY)
    if wait:
        replay_watch.check_end(answer)
