"""`headwater explain actions`: what runs when people sign up, sign in and so on, in order, and what never will."""

import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import one_line, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here, Session

STEPS = View(
    rows="chains",
    columns=("flow", "moment", "method", "order", "when", "hook", "kind", "list", "id", "url", "path", "note"),
    id="path",
)
NEVER = "never"
EVERY = "every method"
SEVERAL = 2


async def run(
    *,
    flow: Annotated[str | None, Parameter(help="registration, login, settings, recovery or verification.")] = None,
    method: Annotated[str | None, Parameter(help="How people go through it, such as password or oidc.")] = None,
    project: Annotated[str | None, Parameter(help="The project, by id or slug; default: the only one.")] = None,
    at: Here,
) -> None:
    """Show which hooks run, each where it runs, with the list it comes from; and which never do, and why."""
    async with connected(at) as client:
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        found = await client.get(path_of("projects", chosen, "actions"), flow=flow, method=method)
    if at.output.is_quiet:
        configured = [step for chain in found["chains"] for step in chain["steps"] if step["path"]]
        at.show({"chains": configured}, view=STEPS)
    elif at.is_table:
        _show_table(at, list(_rows(found["chains"])))
        for note in found["notes"]:
            print(f"note: {one_line.flatten(note)}", file=sys.stderr)
    else:
        at.show(found, view=STEPS)


def _show_table(at: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        print("No hook runs there.")
        return
    filled = tuple(column for column in STEPS.columns if any(row.get(column) for row in rows))
    at.show({"chains": rows}, view=View(rows=STEPS.rows, columns=filled, id=STEPS.id))


def _rows(chains: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield a line a step. Ways through a flow that are the same, line for line, are told once."""
    alike: dict[tuple[str, str], dict[str, list[str | None]]] = {}
    lines: dict[str, list[dict[str, Any]]] = {}
    for chain in chains:
        told = _told(chain)
        key = repr([{**line, "path": _anywhere(line["path"], chain["method"])} for line in told])
        alike.setdefault((chain["flow"], chain["moment"]), {}).setdefault(key, []).append(chain["method"])
        lines.setdefault(key, told)
    for (flow, moment), groups in alike.items():
        for key, methods in groups.items():
            named = [method for method in methods if method]
            said = EVERY if len(named) >= SEVERAL and len(groups) == 1 else ", ".join(named)
            for line in lines[key]:
                path = _anywhere(line["path"], named[0]) if len(named) >= SEVERAL else line["path"]
                yield {"flow": flow, "moment": moment, "method": said, **line, "path": path}


def _told(chain: dict[str, Any]) -> list[dict[str, Any]]:
    method = chain["method"]
    steps = [
        {**step, "order": number, "list": "its method's" if step["list"] == method else step["list"]}
        for number, step in enumerate(chain["steps"], start=1)
    ]
    dead = [{**one, "when": NEVER, "order": "-", "kind": "", "list": "", "note": one["why"]} for one in chain["dead"]]
    return [*steps, *dead]


def _anywhere(path: str | None, method: str | None) -> str | None:
    return path.replace(f"/after/{method}/", "/after/METHOD/") if path and method else path
