"""How much was written to an SQLite file in WAL mode: every frame of its write-ahead log is bytes on the disk."""

from pathlib import Path

from bench.line import NotMeasuredError

HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
PAGE_SIZE, SALTS = slice(8, 12), slice(16, 24)
FRAME_SALTS = slice(8, 16)


class Written:
    """Counts from when it is made. A write-ahead log that began anew meanwhile can't be counted."""

    def __init__(self, database: Path) -> None:
        self._log = database.with_name(database.name + "-wal")
        self._salts, self._before = _frames(self._log.read_bytes())

    @property
    def bytes(self) -> int:
        content = self._log.read_bytes()
        salts, now = _frames(content)
        if salts != self._salts:
            raise NotMeasuredError("the write-ahead log began anew: far more was written than should have been")
        return (now - self._before) * (FRAME_HEADER_BYTES + int.from_bytes(content[PAGE_SIZE]))


def _frames(content: bytes) -> tuple[bytes, int]:
    """Return the salts of a write-ahead log, and how many frames it has that are not of an earlier one."""
    if len(content) < HEADER_BYTES:
        return b"", 0
    salts, length = content[SALTS], FRAME_HEADER_BYTES + int.from_bytes(content[PAGE_SIZE])
    count = 0
    for start in range(HEADER_BYTES, len(content), length):
        if content[start : start + FRAME_HEADER_BYTES][FRAME_SALTS] != salts:
            break
        count += 1
    return salts, count
