"""Every event that was answered and not stored, with the reason: an emulator keeps each, a server only counts them."""

import json
from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.collect import reasons
from headwater.core.clock import Clock, iso_ms

MOST_KEPT = 10_000


class BadEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`event` is what came, as far as it was kept. `times`: how many of a batch fell for the same reason at once."""

    at: str
    source: str | None
    code: str
    reason: str
    event: Any
    times: int


class BadEvents:
    """Keeps the newest."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._kept: deque[BadEvent] = deque(maxlen=MOST_KEPT)

    @property
    def all(self) -> Sequence[BadEvent]:
        return tuple(self._kept)

    def note(self, source: str | None, code: str, sample: str, times: int) -> None:
        """Keep one."""
        at = iso_ms(self._clock.now())
        self._kept.append(
            BadEvent(
                at=at, source=source, code=code, reason=reasons.meaning(code), event=_readable(sample), times=times
            )
        )

    def clear(self) -> None:
        self._kept.clear()


def _readable(sample: str) -> Any:
    try:
        return json.loads(sample)
    except ValueError:
        return sample
