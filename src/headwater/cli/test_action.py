"""`headwater test action ACTION`: what it would send, what came back, and what that would mean for people."""

import sys
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import action_files, action_report, one_line, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

RESULTS = View(
    rows="results", columns=("ctx", "state", "request.method", "request.url", "request.body"), id="trigger_id"
)
FAILED = 1
NOT_TRIED = frozenset({"not_rendered", "no_ctx"})
NOT_ARRIVED = frozenset({"failed", "queued"})


async def run(
    action: Annotated[
        str,
        Parameter(
            help="A configured one by its id or path, such as registration/after/password/0; or a file such as"
            " webhook-action.json."
        ),
    ],
    /,
    *,
    ctx: Annotated[str | None, Parameter(help="A file with the ctx to try it on; default: a sample.")] = None,
    flow: Annotated[str | None, Parameter(help="For a file: the flow of the sample; default: registration.")] = None,
    method: Annotated[str | None, Parameter(help="How people go through it; default: password, or the first.")] = None,
    moment: Annotated[str | None, Parameter(help="For a file: before or after the flow; default: after.")] = None,
    last: Annotated[int | None, Parameter(help="Try it on what it was told when it last fired, so many times.")] = None,
    respond: Annotated[str | None, Parameter(help="A file with an answer to read as its receiver's.")] = None,
    send: Annotated[bool, Parameter(negative="", help="Really send it, marked Headwater-Test: true.")] = False,
    project: Annotated[str | None, Parameter(help="The project, by id or slug; default: the only one.")] = None,
    at: Here,
) -> int:
    """Render an Action and show its request; with --respond also what an answer would mean. Sends only with --send."""
    wish: dict[str, Any] = {"flow": flow, "method": method, "moment": moment, "last": last, "send": send}
    wish |= action_files.action(action)
    wish |= {"ctx": action_files.context(ctx) if ctx else None}
    wish |= {"respond": action_files.answer(respond) if respond else None}
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        found = await client.post(path_of("projects", chosen, "actions", "test"), wish)
    for note in found["notes"]:
        print(f"note: {one_line.flatten(note)}", file=sys.stderr)
    if at.is_table:
        print("\n\n".join(action_report.lines(result) for result in found["results"]))
    else:
        at.show(found, view=RESULTS)
    return FAILED if any(_is_failure(result, was_sent=send) for result in found["results"]) else 0


def _is_failure(result: dict[str, Any], *, was_sent: bool) -> bool:
    state = (result.get("outcome") or {}).get("state")
    return result["state"] in NOT_TRIED or (was_sent and state in NOT_ARRIVED)
