"""What an import has to do: its files, how far each is, and where that is kept. Nothing was sent yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from headwater.cli import import_progress
from headwater.cli.identity_files import Fingerprint, PeopleFile
from headwater.cli.import_progress import Progress
from headwater.cli.usage import UsageError

NO_FILE = Fingerprint(size=0, modified_ns=0, head_sha256="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file. `kept_in` is None when nothing can be kept: stdin comes once."""

    file: PeopleFile
    progress: Progress
    kept_in: Path | None
    is_resumed: bool


def plan(files: Sequence[PeopleFile], *, project: str, is_resumed: bool, size: int, now: datetime) -> list[Job]:
    """Return a job for each file. Raises UsageError when that would do somebody's work twice, or half."""
    return [_job(file, project=project, is_resumed=is_resumed, size=size, now=now) for file in files]


def total_bytes(jobs: Sequence[Job]) -> int | None:
    """Return how much there is to read, None if nobody knows."""
    sizes = [job.file.size_bytes for job in jobs]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _job(file: PeopleFile, *, project: str, is_resumed: bool, size: int, now: datetime) -> Job:
    fresh = Progress(file=NO_FILE, began_at=now.isoformat(), batch_size=size)
    if file.is_stdin:
        return Job(file=file, progress=fresh, kept_in=None, is_resumed=False)
    kept_in = import_progress.path_of(file.name, project=project)
    about, earlier = file.fingerprint(), import_progress.load(kept_in)
    if earlier is not None and is_resumed:
        if earlier.file != about:
            raise UsageError(
                f"{file.name} is not what it was when its import began. Remove {kept_in} to start over with it."
            )
        return Job(file=file, progress=earlier, kept_in=kept_in, is_resumed=True)
    if earlier is not None and not earlier.is_finished:
        raise UsageError(
            f"An import of {file.name} stopped after {earlier.number} rows. Go on with --resume,"
            f" or remove {kept_in} to start over."
        )
    started = Progress(file=about, began_at=fresh.began_at, batch_size=size)
    return Job(file=file, progress=started, kept_in=kept_in, is_resumed=False)
