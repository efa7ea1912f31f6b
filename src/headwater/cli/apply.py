"""`headwater apply FILE`: the plan first, then all of it at once, or nothing."""

import asyncio
import sys
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import asking, blueprint_diff, blueprint_file
from headwater.cli.client import Client
from headwater.cli.connection import connected
from headwater.cli.plan import PLAN, File, Prune
from headwater.cli.session import Here
from headwater.core.errors import HeadwaterError


class NotAppliedError(HeadwaterError):
    """Nothing was applied."""

    code = "not_applied"
    status = 409


async def run(
    file: File,
    /,
    *,
    prune: Prune = False,
    yes: Annotated[
        bool, Parameter(name=("--yes", "-y"), negative="", help="Don't ask; without a terminal nobody is asked.")
    ] = False,
    at: Here,
) -> None:
    """Make a configuration live: whole, in one transaction, or not at all. Shows what changes, and asks."""
    wanted: dict[str, Any] = {"document": blueprint_file.read(file), "prune": prune}
    async with connected(at, may_create=True) as client:
        planned = await client.post("/api/config/plan", wanted)
        for line in blueprint_diff.remarks(planned):
            print(line, file=sys.stderr)
        if at.is_table:
            print(blueprint_diff.text(planned))
        if planned["changes"]:
            await _ask(is_sure=yes or not sys.stdin.isatty() or not at.is_table)
            planned = await _applied(client, {**wanted, "expect": planned["fingerprint"]})
    if not at.is_table:
        at.show(planned, view=PLAN)
    elif planned["changes"]:
        print("Applied: " + blueprint_diff.summary(planned, blueprint_diff.DONE))


async def _applied(client: Client, wanted: dict[str, Any]) -> Any:
    try:
        return await client.post("/api/config/apply", wanted)
    except asyncio.CancelledError:
        raise KeyboardInterrupt(
            "Interrupted. All of it may have been applied by then, or nothing: `headwater plan` shows which."
        ) from None


async def _ask(*, is_sure: bool) -> None:
    if not is_sure and not await asking.says_yes("Apply this?"):
        raise NotAppliedError
