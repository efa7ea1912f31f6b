"""Every request that wanted to leave, in memory and in a file: a server that is killed hasn't forgotten them."""

import json
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec

from headwater.core.clock import Clock, iso_ms
from headwater.net.outbound import Request, Response

MOST_REQUESTS = 10_000
MOST_BODY_BYTES = 1024 * 1024

RECORDED, ANSWERED, SENT, ALIAS = "recorded", "answered", "sent", "tracking-alias"


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `body` is what JSON means where it is JSON, else the text. `destination`: whose it is, if one's.

    `how`: `recorded` (nothing left, the answer was ours), `answered` (by a rule), `sent`, or `tracking-alias` (this
    server's own collector answered). `status` is None where there was no answer; `failure` says why.
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
    """Keeps the newest requests; `forgotten` counts those there was no room for."""

    def __init__(self, file: Path, *, clock: Clock, most: int = MOST_REQUESTS) -> None:
        self._clock = clock
        self._path = file
        self._kept: deque[Recorded] = deque(maxlen=most)
        self.forgotten = 0
        self._next_id = 1
        self._read_back()
        self._file: IO[bytes] = file.open("ab")

    @property
    def requests(self) -> Sequence[Recorded]:
        """All that are kept, oldest first."""
        return tuple(self._kept)

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
        self.forgotten += len(self._kept) == self._kept.maxlen
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
        self._kept.append(recorded)
        self._file.write(msgspec.json.encode(recorded) + b"\n")
        self._file.flush()  # to the system, not to the disk: a kill -9 may come, a power cut is no test

    def clear(self) -> None:
        """Forget them all, and begin to count anew."""
        self._kept.clear()
        self._file.truncate(0)
        self.forgotten, self._next_id = 0, 1

    def close(self) -> None:
        self._file.close()

    def _read_back(self) -> None:
        if not self._path.exists():
            return
        whole, _, _cut_off_by_the_kill = self._path.read_bytes().rpartition(b"\n")
        self._path.write_bytes(whole + b"\n" if whole else b"")
        self._kept.extend(msgspec.json.decode(line, type=Recorded) for line in whole.splitlines())
        self._next_id = self._kept[-1].id + 1 if self._kept else 1


def _readable(body: bytes) -> Any:
    if not body:
        return None
    text = body[:MOST_BODY_BYTES].decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
