"""`headwater list action-deliveries`: which Actions fired, for whom, and what became of each call."""

import sys
from typing import Annotated

from cyclopts import Parameter

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

ACTION_DELIVERIES = View(
    rows="action_deliveries",
    columns=("at", "trigger_id", "identity_id", "flow", "action_id", "mode", "state", "attempts.#", "reason"),
    id="trigger_id",
)


async def run(
    *,
    identity: Annotated[str | None, Parameter(help="Of this person only, by id.")] = None,
    flow: Annotated[str | None, Parameter(help="A kind of flow, such as registration, or a flow's id.")] = None,
    action: Annotated[str | None, Parameter(help="A hook's id, or its path in the identity-config.")] = None,
    state: Annotated[str | None, Parameter(help="Such as delivered, failed, retrying or rejected.")] = None,
    since: Annotated[str | None, Parameter(help="Not before: an age such as 1h, or a time.")] = None,
    before: Annotated[str | None, Parameter(help="Only what fired before this one: a trigger id, to go on.")] = None,
    limit: Annotated[int | None, Parameter(help="At most so many, the newest first.")] = None,
    at: Here,
) -> None:
    """Show which Actions fired, and what became of each call, the newest first."""
    query = {"identity": identity, "flow": flow, "action": action, "state": state, "since": since, "before": before}
    async with connected(at) as client:
        answer = await client.get("/api/action-deliveries", **query, limit=None if limit is None else str(limit))
    at.show(answer, view=ACTION_DELIVERIES)
    if answer.get("is_cut"):
        print("There may be more further back: look for them by --identity, --flow or --action.", file=sys.stderr)
    if answer.get("not_kept"):
        print(f"{answer['not_kept']} could not be kept since the server started; its logger says why.", file=sys.stderr)
