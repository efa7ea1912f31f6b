"""The emulator's clock in the hands of a test."""

from datetime import datetime, timedelta
from typing import Any, Protocol


class Ask(Protocol):
    """Sends a request to /emulator."""

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Return the document that comes back."""


class ClockInHand:
    """Each call returns what time it is then. A reset sets it back to the machine's."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def now(self) -> datetime:
        """Return the emulator's time."""
        return _read(self._ask("GET", "/clock"))

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Let it stand still, now or at that moment (with its time zone)."""
        moment = at.isoformat() if isinstance(at, datetime) else at
        return self._tick(freeze=True if moment is None else moment)

    def advance(self, by: timedelta | float | str) -> datetime:
        """Let it jump ahead: seconds, a timedelta, or such as `90s`, `15m`, `4h`, `30d`. What comes due happens."""
        return self._tick(advance=by.total_seconds() if isinstance(by, timedelta) else by)

    def resume(self) -> datetime:
        """Let it run on from the moment that it shows."""
        return self._tick(resume=True)

    def _tick(self, **change: Any) -> datetime:
        return _read(self._ask("POST", "/clock", change))


def _read(shown: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(shown["now"])
