"""`headwater validate identity FILE…`: would these people be taken by an import? Nobody is made."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import identity_files, import_report, one_line, project_choice
from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.identity_files import STDIN
from headwater.cli.identity_sender import Sent
from headwater.cli.output import View
from headwater.cli.session import Here, Session
from headwater.cli.usage import UsageError

CHECKED = View(columns=("checked", "invalid"))
ALL_VALID = "All identity files are valid."  # Ory's words
MAX_PROBLEMS = 1_000
FAILED = 1


async def run(
    *files: Annotated[str, Parameter(help="JSON (an object or an array) or JSONL, in Ory's import format.")],
    stdin: Annotated[bool, Parameter(name="-", negative="", help="Read stdin; also when no file is named.")] = False,
    schema: Annotated[
        str | None, Parameter(help="A file with the identity schema, for all of them; no server is asked.")
    ] = None,
    project: Annotated[str | None, Parameter(help="Whose schemas, by id or slug; default: the only one.")] = None,
    at: Here,
) -> int:
    """Check people against the format of an import and their identity schema. Says which rows are wrong, and why."""
    names = _names(files, has_dash=stdin)
    # Loaded here: the readers of password hashes come with it.
    from headwater.cli import people_schemas  # noqa: PLC0415  lazily loaded

    if schema is not None:
        find = await people_schemas.of_file(schema)
    else:
        async with connected(at) as client:
            chosen = await project_choice.choose(client, by_position=None, by_flag=project)
            document = await client.get(path_of("projects", chosen))
        find = people_schemas.of_project(document["services"]["identity"]["config"])
    checked, invalid = 0, 0
    problems: list[dict[str, Any]] = []
    for row in _rows(names, find):
        checked += 1
        if row is not None:
            invalid += 1
            problems += [row] if len(problems) < MAX_PROBLEMS else []
            _complain(row)
    _show(at, {"valid": not invalid, "checked": checked, "invalid": invalid, "problems": problems})
    return FAILED if invalid else 0


def _rows(names: Sequence[str], find: Any) -> Iterator[dict[str, Any] | None]:
    """Yield for each person None, or a row with what is wrong, as a report of an import has it."""
    from headwater.cli import people_check  # noqa: PLC0415  lazily loaded

    for name in names:
        with closing(identity_files.opened(name)) as file:
            for person in file.people():
                reason = person.problem or people_check.problem_or_none(person.document or {}, find=find)
                yield import_report.row(name, Sent(person=person, reason=reason)) if reason else None


def _names(files: Sequence[str], *, has_dash: bool) -> Sequence[str]:
    """As the ory CLI does, stdin when nothing is named, unless somebody would have to type it."""
    if not files and not has_dash and sys.stdin.isatty():
        raise UsageError("Say which files: headwater validate identity people.json; - is stdin.")
    return (*files, STDIN) if has_dash or not files else files


def _complain(row: dict[str, Any]) -> None:
    where = " ".join(f"{kind} {row[kind]}" for kind in ("line", "index") if kind in row)
    who = f" ({row['identifier']})" if row["identifier"] else ""
    print(one_line.flatten(f"{row['file']} {where}{who}: {row['reason']}"), file=sys.stderr)


def _show(at: Session, report: dict[str, Any]) -> None:
    if at.output.is_quiet:
        return
    if at.is_table and report["valid"]:
        print(ALL_VALID)
    else:
        at.show(report, view=CHECKED)
