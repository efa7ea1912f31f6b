"""What the process that makes a backup is told, and what it tells: a line of JSON each, on its standard output."""

import sys
from typing import Literal, Protocol

import msgspec

from headwater.backup.backup_errors import BackupFailedError
from headwater.core.clock import Clock

NOTE_EVERY_SECONDS = 0.2
READY, HELD, PROGRESS, DONE, FAILED = "ready", "held", "progress", "done", "failed"
GO = "go"


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What to back up, and where to. No secrets: it stands on a command line."""

    data: str
    folder: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup came to. `held_ms`: for how long the relay stood still for it."""

    run: int
    taken_at: str
    newest_offset: int
    files: int
    bytes: int
    copied_files: int
    copied_bytes: int
    held_ms: int = 0
    missing: tuple[str, ...] = ()


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line."""

    kind: Literal["ready", "held", "progress", "done", "failed"]
    done_bytes: int = 0
    total_bytes: int = 0
    report: Report | None = None
    code: str = ""
    message: str = ""


class Wire(Protocol):
    """Whoever started the process."""

    def say(self, note: Note) -> None:
        """Tell it. Raises BrokenPipeError when it is gone."""

    def wait_for_go(self) -> None:
        """Return when everything stands still. Raises BackupFailedError when it is gone."""


class Pipes:
    """The wire on this process's standard input and output."""

    def say(self, note: Note) -> None:
        sys.stdout.write(msgspec.json.encode(note).decode() + "\n")
        sys.stdout.flush()

    def wait_for_go(self) -> None:
        if sys.stdin.readline().strip() != GO:
            raise BackupFailedError("Whoever asked for the backup has gone away.")


class Progress:
    """Counts bytes, and says so now and then."""

    def __init__(self, wire: Wire, total_bytes: int, *, clock: Clock) -> None:
        self._wire = wire
        self._total_bytes = total_bytes
        self._clock = clock
        self._done_bytes = 0
        self._said_at = clock.monotonic()

    def advance(self, size: int) -> None:
        """Count what was copied, or found to be still as it was."""
        self._done_bytes += size
        now = self._clock.monotonic()
        if now - self._said_at >= NOTE_EVERY_SECONDS:
            self._said_at = now
            self._wire.say(Note(kind="progress", done_bytes=self._done_bytes, total_bytes=self._total_bytes))
