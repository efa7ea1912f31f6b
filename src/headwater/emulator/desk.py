"""What the emulator can be asked for over HTTP. Implemented by the wiring, which knows every room."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import msgspec

from headwater.emulator.allowed import Allowed
from headwater.emulator.answers import Answers
from headwater.emulator.bad_events import BadEvent
from headwater.emulator.recorder import Recorder
from headwater.emulator.refusals import Refusals


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which events; None is any."""

    source: str | None = None
    type: str | None = None
    event: str | None = None
    user_id: str | None = None


@runtime_checkable  # the web framework looks at what it is given
class Desk(Protocol):
    """Everything but `info` waits for its turn: one thing at a time."""

    answers: Answers
    recorder: Recorder
    refusals: Refusals

    @property
    def allowed(self) -> Allowed:
        """What really leaves."""

    def info(self) -> dict[str, Any]:
        """Return where everything is: url, ory_url, write_key, admin_key and so on."""

    async def reset(self, *, keep_configuration: bool) -> None:
        """Go back to the baseline, or only forget people and events."""

    async def take_baseline(self) -> None:
        """Let what is there now be what a reset goes back to."""

    async def forget_baseline(self) -> None:
        """Let a reset go back to the state at the start again."""

    async def settle(self, *, timeout_seconds: float, outwaits_hanging: bool = True) -> list[str]:
        """Return once all that was acked is processed, or the time is up: what still isn't, in words.

        Not `outwaits_hanging`: nor is it waited when a receiver hangs.
        """

    async def events(self, wanted: Wanted) -> list[dict[str, Any]]:
        """Return what was stored, oldest first."""

    def bad_events(self) -> Sequence[BadEvent]:
        """Return what was answered and not stored, oldest first."""

    async def inside(self, path: str) -> tuple[int, bytes]:
        """Return the status and the JSON that GET `path` gives an administrator."""

    async def listed(self, path: str, *, project: str | None) -> tuple[int, bytes]:
        """Return what a project (by id or slug; None is the default one) lists there, all its pages as one."""

    def freeze(self, at: datetime | None) -> None:
        """Let time stand still."""

    def advance(self, by: timedelta) -> None:
        """Let time jump."""

    def resume(self) -> None:
        """Let time run."""

    def clock(self) -> dict[str, Any]:
        """Return what time it is, and whether it stands."""

    def restart(self, *, kill: bool) -> None:
        """End this process, to be started again by its parent. Raises UnavailableError without one."""
