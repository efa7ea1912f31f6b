"""Every request that wanted to leave, in memory and in a file: a server that is killed hasn't forgotten them."""

import base64
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec

from headwater.core.clock import Clock, iso_ms
from headwater.net.outbound import Request, Response

MEBIBYTE = 1024 * 1024
MOST_REQUESTS = 10_000
MOST_BODY_BYTES = MEBIBYTE
MOST_BYTES = 64 * MEBIBYTE
MOST_WASTE_BYTES = 16 * MEBIBYTE  # of the file: what is no longer kept
BINARY = "base64://"

RECORDED, ANSWERED, SENT, ALIAS = "recorded", "answered", "sent", "tracking-alias"


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `body` is what JSON means where it is JSON, else the text; what is no text is `base64://…`.

    `how`: `recorded` (nothing left, the answer was ours), `answered` (by a rule), `sent`, or `tracking-alias` (this
    server's own collector answered). `status` is None where there was no answer; `failure` says why. `destination`:
    whose it is, if one's.
    """

    id: int
    at: str
    how: str
    method: str
    url: str
    host: str
    path: str
    headers: dict[str, str]
    body: Any
    destination: str | None = None
    destination_name: str | None = None
    status: int | None = None
    failure: str | None = None


class Recorder:
    """Keeps the newest requests, so many and of so many bytes; the first one's id says how many were forgotten."""

    def __init__(self, file: Path, *, clock: Clock, most: int = MOST_REQUESTS, most_bytes: int = MOST_BYTES) -> None:
        self._clock = clock
        self._path = file
        self._most, self._most_bytes = most, most_bytes
        self._kept: deque[tuple[Recorded, int]] = deque()
        self._kept_bytes = self._file_bytes = 0
        self._next_id = 1
        self._read_back()
        self._file: IO[bytes] = file.open("ab")

    @property
    def requests(self) -> Sequence[Recorded]:
        """All that are kept, oldest first."""
        return tuple(one for one, _ in self._kept)

    def note(
        self,
        request: Request,
        *,
        how: str,
        response: Response | None,
        failure: str | None = None,
        destination: tuple[str, str] | None = None,
    ) -> None:
        """Keep one, with what became of it."""
        parts = urlsplit(request.url)
        recorded = Recorded(
            id=self._next_id,
            at=iso_ms(self._clock.now()),
            how=how,
            method=request.method,
            url=request.url,
            host=parts.netloc.rpartition("@")[2],
            path=parts.path,
            headers=dict(request.headers),
            body=_readable(request.body),
            destination=destination[0] if destination else None,
            destination_name=destination[1] if destination else None,
            status=response.status if response else None,
            failure=failure,
        )
        self._next_id += 1
        line = _line(recorded)
        self._keep(recorded, len(line))
        self._file.write(line)
        self._file.flush()  # to the system, not to the disk: a kill -9 may come, a power cut is no test
        self._file_bytes += len(line)
        if self._file_bytes > 2 * self._kept_bytes + MOST_WASTE_BYTES:
            self._write_anew()

    def forget(self, is_meant: Callable[[Recorded], bool]) -> None:
        """Forget some; the others keep their ids."""
        rest = [(one, size) for one, size in self._kept if not is_meant(one)]
        self._kept = deque(rest)
        self._kept_bytes = sum(size for _, size in rest)
        self._write_anew()

    def clear(self) -> None:
        """Forget them all, and begin to count anew."""
        self._kept.clear()
        self._file.truncate(0)
        self._kept_bytes = self._file_bytes = 0
        self._next_id = 1

    def close(self) -> None:
        self._file.close()

    def _keep(self, recorded: Recorded, size: int) -> None:
        self._kept.append((recorded, size))
        self._kept_bytes += size
        while len(self._kept) > self._most or self._kept_bytes > self._most_bytes:
            self._kept_bytes -= self._kept.popleft()[1]

    def _write_anew(self) -> None:
        """Let the file hold what is kept, and no more: it may stand in memory."""
        self._file.truncate(0)
        self._file.writelines(_line(one) for one, _ in self._kept)
        self._file.flush()
        self._file_bytes = self._kept_bytes

    def _read_back(self) -> None:
        if not self._path.exists():
            return
        whole, _, _cut_off_by_the_kill = self._path.read_bytes().rpartition(b"\n")
        self._path.write_bytes(whole + b"\n" if whole else b"")
        for recorded, size in _decoded(whole):
            self._keep(recorded, size)
        self._file_bytes = len(whole)
        self._next_id = self._kept[-1][0].id + 1 if self._kept else 1


def _line(recorded: Recorded) -> bytes:
    return msgspec.json.encode(recorded) + b"\n"


def _decoded(lines: bytes) -> Iterator[tuple[Recorded, int]]:
    for line in lines.splitlines():
        yield msgspec.json.decode(line, type=Recorded), len(line) + 1


def _readable(body: bytes) -> Any:
    if not body:
        return None
    part = body[:MOST_BODY_BYTES]
    try:
        text = part.decode(errors="strict" if part == body else "ignore")  # where it was cut may be within a letter
        return json.loads(text)
    except UnicodeDecodeError:
        return BINARY + base64.b64encode(part).decode()
    except (ValueError, RecursionError):
        return text
