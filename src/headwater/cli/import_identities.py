"""`headwater import identities FILE…`: people come along, many at a time, with the hashes of their passwords."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from headwater.cli import identity_files, identity_sender, import_jobs, interruption, project_choice
from headwater.cli.client import Client
from headwater.cli.connection import connected
from headwater.cli.identity_batches import MAX_ROWS
from headwater.cli.identity_files import STDIN
from headwater.cli.import_jobs import Job
from headwater.cli.import_report import Report
from headwater.cli.import_run import ImportRun, Tally
from headwater.cli.import_screen import Screen
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError
from headwater.core.clock import SystemClock

SUMMARY = View(columns=("imported", "recognised", "refused", "rows", "seconds", "rows_per_second", "report"))
IDS = View(rows="identities", columns=("id",))
DEFAULT_BATCH = 200
FAILED = 1
STOPPING = "Stopping after the rows that are under way; Ctrl-C again stops at once."


async def run(
    *files: Annotated[str, Parameter(help="JSON (an object or an array) or JSONL, in Ory's import format.")],
    stdin: Annotated[bool, Parameter(name="-", negative="", help="Read stdin; also when no file is named.")] = False,
    batch: Annotated[int, Parameter(help="So many people in one request, at most 1000.")] = DEFAULT_BATCH,
    report: Annotated[Path | None, Parameter(help="Write the refused rows here, as JSONL.")] = None,
    resume: Annotated[
        bool, Parameter(negative="", help="Go on where it stopped; nobody with an identifier is doubled.")
    ] = False,
    project: project_choice.Whose = None,
    at: Here,
) -> int:
    """Import people. Each row stands or falls for itself; exit code 1 if any was refused.

    Passwords may be in clear, or hashed in any format Ory takes. How far it is, is kept beside each file, so that
    an import that was stopped goes on with --resume and doubles nobody who has anything to sign in with.
    """
    names = _names(files, has_dash=stdin)
    _require_usable(names, batch=batch, is_resumed=resume)
    clock, tally = SystemClock(), Tally()
    began = clock.monotonic()
    with ExitStack() as stack:
        opened = [stack.enter_context(closing(identity_files.opened(name))) for name in names]
        async with connected(at, may_create=True) as client:
            entered = await _entered(client, project)
            jobs = import_jobs.plan(opened, project=entered, is_resumed=resume, size=batch, now=clock.now())
            kept_bytes = max(job.progress.report_bytes for job in jobs)
            written = stack.enter_context(closing(Report(report, kept_bytes=kept_bytes)))
            screen = stack.enter_context(Screen(clock=clock, total_bytes=import_jobs.total_bytes(jobs)))
            stop = stack.enter_context(interruption.noticed(lambda: screen.note(STOPPING)))
            importing = ImportRun(
                client=client, clock=clock, screen=screen, report=written, tally=tally, size=batch, interruption=stop
            )
            is_whole = await _import(jobs, importing)
    seconds = clock.monotonic() - began
    document = {
        "imported": tally.imported,
        "recognised": tally.recognised,
        "refused": tally.refused,
        "rows": tally.rows,
        "seconds": round(seconds, 3),
        "rows_per_second": round(tally.rows / seconds),
        "report": None if report is None else str(report),
        "interrupted": not is_whole,
        "identities": [{"id": identity_id} for identity_id in tally.ids],
    }
    at.show(document, view=IDS if at.output.is_quiet else SUMMARY)
    if not is_whole:
        raise KeyboardInterrupt(f"Interrupted after {tally.rows} rows. {_onward(names)}")
    return FAILED if tally.refused else 0


def _names(files: Sequence[str], *, has_dash: bool) -> Sequence[str]:
    """Return what to read. As the ory CLI does, stdin when nothing is named, unless somebody would have to type it."""
    if not files and not has_dash and sys.stdin.isatty():
        raise UsageError("Say which files: headwater import identities people.jsonl; - is stdin.")
    return (*files, STDIN) if has_dash or not files else files


def _require_usable(files: Sequence[str], *, batch: int, is_resumed: bool) -> None:
    if not 1 <= batch <= MAX_ROWS:
        raise UsageError(f"--batch is {batch}; it must be from 1 to {MAX_ROWS}.")
    if len(set(files)) < len(files):
        raise UsageError("A file is named twice.")
    if is_resumed and STDIN in files:
        raise UsageError("Nobody can go on in the middle of stdin. Give --resume a file.")


async def _entered(client: Client, named: str | None) -> str:
    """Return the id of the project that people are imported into, once it is sure that we may."""
    project_id = await project_choice.enter(client, named)
    if project_id is None:
        project_id = str((await client.get("/api/status"))["project"]["id"])
    # Asks for nothing, and is answered so, or with what is in the way.
    await client.patch(identity_sender.PATH, {"identities": []})
    return project_id


async def _import(jobs: Sequence[Job], importing: ImportRun) -> bool:
    """Import all files, or as many as are wanted; tell whether it was all."""
    for job in jobs:
        importing.tally.count(job.progress)
    importing.screen.begin(done_bytes=importing.tally.done_bytes)
    for job in jobs:
        if job.progress.is_finished:
            continue
        if not await importing.run(job.file, job.progress, kept_in=job.kept_in, is_resumed=job.is_resumed):
            return False
    return True


def _onward(names: Sequence[str]) -> str:
    if STDIN in names:
        return "Nobody can go on in the middle of stdin: leave out so many rows of it."
    return "Go on with the same command and --resume."
