"""The rows that were refused, as JSONL: file, line or index, identifier, reason; never what else was in them."""

import os
from pathlib import Path
from typing import IO

import msgspec

from headwater.cli.identity_sender import Sent, identifiers
from headwater.core.errors import BadRequestError

OWNER_ONLY = 0o600


class UnwritableReportError(BadRequestError):
    """The report can't be written. Choose another place with --report."""

    code = "unwritable_report"


class Report:
    """A file that only grows, or none."""

    def __init__(self, path: Path | None, *, kept_bytes: int = 0) -> None:
        """Begin anew, or behind the first `kept_bytes`. Raises UnwritableReportError."""
        self._handle: IO[bytes] | None = None
        if path is None:
            return
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, OWNER_ONLY)
            self._handle = os.fdopen(descriptor, "wb")
            # What came after was of a batch that is sent again.
            self._handle.truncate(min(kept_bytes, os.fstat(descriptor).st_size))
            self._handle.seek(0, os.SEEK_END)
        except OSError as error:
            raise UnwritableReportError(f"{path} can't be written: {error.strerror}.") from error

    @property
    def size_bytes(self) -> int:
        return self._handle.tell() if self._handle is not None else 0

    def add(self, file: str, sent: Sent) -> None:
        """Write a refused row."""
        if self._handle is not None:
            self._handle.write(msgspec.json.encode(row(file, sent)) + b"\n")

    def flush(self) -> None:
        """Let the operating system have it."""
        if self._handle is not None:
            self._handle.flush()
            os.fsync(self._handle.fileno())

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()


def row(file: str, sent: Sent) -> dict[str, object]:
    """Return a refused row as it is reported."""
    document = sent.person.document or {}
    candidates = [document.get("external_id"), *identifiers(document)]
    identifier = next((text for text in candidates if isinstance(text, str) and text), None)
    return {"file": file, **sent.person.where, "identifier": identifier, "reason": sent.reason}
