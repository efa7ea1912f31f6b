"""The captured mail of a project that goes: its rows go with the project, and here are the files that must, too."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from headwater.identity.courier import ledger
from headwater.identity.courier.channels.captured import CapturedMail
from headwater.store.tables import courier_messages


def files_of(connection: Connection, project_id: str, *, folder: Path) -> list[Path]:
    """Return where the captured messages of a project are, or would be; what has no body any more has no file."""
    captured = CapturedMail(folder)
    c = courier_messages.c
    kept = select(courier_messages).where((c.project_id == project_id) & c.sealed.is_not(None))
    return [captured.path(ledger.message(row)) for row in connection.execute(kept)]


def remove(files: Sequence[Path]) -> None:
    """Remove the files that are there."""
    for file in files:
        file.unlink(missing_ok=True)
