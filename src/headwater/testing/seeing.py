"""What became of what a test did: lists of plain dicts, complete when they are returned."""

from typing import Any

from headwater.testing.configuring import Destination
from headwater.testing.ground import Ground, path_of

# Whose requests: a URL pattern such as https://hooks.example.com/**, a host, a destination, "" for all.
Whose = str | Destination


class Seeing(Ground):
    """Every list waits for what was acked to be processed; raises NotSettledError if that takes too long."""

    def events(
        self,
        *,
        source: str | None = None,
        type: str | None = None,  # noqa: A002  Segment's word
        event: str | None = None,
        user_id: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return what was stored, oldest first; identity's own events only with `source="identity"`."""
        found: list[dict[str, Any]] = self._settled("/events", source=source, type=type, event=event, user_id=user_id)
        return found

    def bad_events(self) -> list[dict[str, Any]]:
        """Return what was answered and not stored, each with its `code` and `reason`."""
        found: list[dict[str, Any]] = self._emulator("GET", "/bad-events")
        return found

    def requests(self, to: Whose = "") -> list[dict[str, Any]]:
        """Return what wanted to leave, oldest first; header names in lower case."""
        found = self._settled("/requests", to=whose(to) or None)
        return [{**one, "headers": _lowered(one["headers"])} for one in found]

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Return the messages that were sent (to this address), oldest first."""
        found = reversed(self._settled("/mails"))
        return [mail for mail in found if to in (None, mail["recipient"])]

    def identities(self) -> list[dict[str, Any]]:
        """Return who has signed up."""
        found: list[dict[str, Any]] = self._emulator("GET", "/identities")
        return found

    def trace(self, message_id: str) -> dict[str, Any]:
        """Return what became of one event: received, stored, each delivery and attempt."""
        found: dict[str, Any] = self._settled("/trace" + path_of(message_id))
        return found

    def glance(self) -> dict[str, list[dict[str, Any]]]:
        """Return requests, events and bad events as they are now, processed or not."""
        seen = {"requests": "/requests", "events": "/events"}
        found = {name: self._emulator("GET", path, timeout_seconds=0) for name, path in seen.items()}
        return {**found, "bad events": self.bad_events()}


def whose(to: Whose) -> str:
    """Return `to` as the emulator reads it."""
    return to.id if isinstance(to, Destination) else to


def _lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
