"""`headwater import kratos-config kratos.yml`: a project runs on Kratos's own configuration file."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli import kratos_file, one_line, project_choice, rehearsal
from headwater.cli.client import Client, RequestFailedError, path_of
from headwater.cli.connection import connected
from headwater.cli.kratos_file import STDIN, Prepared
from headwater.cli.kratos_findings import Finding
from headwater.cli.output import View
from headwater.cli.patches import IDENTITY_CONFIG
from headwater.cli.session import Here, Session
from headwater.cli.usage import UsageError

FINDINGS = View(rows="keys", columns=("outcome", "path", "advice"), id="path")
FAILED = 1
VARIABLES = (
    "Kratos also reads variables such as SELFSERVICE_METHODS_CODE_ENABLED; this command reads the file only."
    " Write into it what you set there."
)


async def run(
    file: Annotated[str | None, Parameter(help="The kratos.yml, or the same as JSON.")] = None,
    /,
    *,
    stdin: Annotated[bool, Parameter(name="-", negative="", help="Read stdin instead of a file.")] = False,
    project: Annotated[str | None, Parameter(help="The project, by id or slug; default: the only one.")] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="Say what would become of it; store nothing.")] = False,
    allow_path: Annotated[
        tuple[Path, ...],
        Parameter(negative="", show_default=False, help="A folder whose files it may name, besides its own."),
    ] = (),
    fetch: Annotated[bool, Parameter(negative="", help="Fetch what it names by http(s), once, now.")] = False,
    leave_out: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="/path of a part to do without; repeatable."),
    ] = (),
    at: Here,
) -> int:
    """Replace a project's identity-config by a configuration file of Ory Kratos: all of it or nothing.

    Schemas, Jsonnet, templates and keys that it names by file:// are embedded. Prints what became of each part:
    refused (nothing is stored), unknown, changed, kept (stored, without effect yet), setting (one of
    `headwater serve`), left out, differs (a default), embedded, taken.
    """
    if (file is None) is not stdin:
        raise UsageError("Name one file: headwater import kratos-config kratos.yml; - is stdin.")
    prepared = await kratos_file.prepare(file or STDIN, allowed=allow_path, may_fetch=fetch, without=leave_out)
    if prepared.refusals:
        return _end(at, prepared, refusal=_summary(prepared.refusals))
    try:
        if dry_run:
            warnings, chosen = await _rehearse(prepared, environ=at.environ), None
        else:
            warnings, chosen = await _store(prepared, project, at)
    except RequestFailedError as error:
        return _end(at, prepared, refusal=error.message)
    for warning in warnings:
        _note(f"warning: {warning.get('message', warning)} ({warning.get('id', 'no id')})")
    return _end(at, prepared, project=chosen, warnings=warnings)


async def _store(prepared: Prepared, project: str | None, at: Session) -> tuple[list[dict[str, Any]], str]:
    async with connected(at, may_create=True) as client:
        chosen = await project_choice.choose(client, by_position=None, by_flag=project)
        before = (await client.get(path_of("projects", chosen)))["services"]["identity"]["config"]
        answer = await _put(client, chosen, prepared)
    for gone in sorted(_schema_ids(before) - _schema_ids(prepared.document)):
        _note(f"warning: the schema {gone!r} is no longer configured; people who have it get the default one.")
    return answer.get("warnings") or [], chosen


async def _rehearse(prepared: Prepared, *, environ: Mapping[str, str]) -> list[dict[str, Any]]:
    """Store it in an installation of its own that is gone afterwards: a dry run is refused what the real one is."""
    async with rehearsal.client(environ) as client:
        chosen = await project_choice.choose(client, by_position=None, by_flag=None)
        answer = await _put(client, chosen, prepared)
    return answer.get("warnings") or []


async def _put(client: Client, project: str, prepared: Prepared) -> dict[str, Any]:
    patch = [{"op": "replace", "path": IDENTITY_CONFIG, "value": prepared.document}]
    answer: dict[str, Any] = await client.patch(path_of("projects", project), patch)
    return answer


def _end(
    at: Session,
    prepared: Prepared,
    *,
    project: str | None = None,
    warnings: list[dict[str, Any]] | None = None,
    refusal: str | None = None,
) -> int:
    """Print the list and say how it went; return the exit code."""
    document = {
        "project": project,
        "stored": project is not None,
        "refusal": refusal,
        "warnings": warnings or [],
        "keys": [asdict(finding) for finding in prepared.findings],
    }
    at.show(document, view=FINDINGS)
    if refusal is not None:
        _note(f"headwater: Nothing was stored. {refusal}")
        return FAILED
    _note(VARIABLES)
    _note(f"Stored as the identity-config of {project}." if project else "A dry run: nothing was stored.")
    return 0


def _summary(refusals: list[Finding]) -> str:
    first = refusals[0]
    more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
    return f"{first.path} {first.advice}{more}."


def _schema_ids(config: dict[str, Any]) -> set[str]:
    return {str(schema.get("id")) for schema in config.get("identity", {}).get("schemas", [])}


def _note(text: str) -> None:
    print(one_line.flatten(text), file=sys.stderr)
