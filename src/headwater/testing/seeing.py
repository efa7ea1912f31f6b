"""What became of what a test did: lists of plain dicts, complete when they are returned."""

from typing import Any

from headwater.testing.configuring import Destination
from headwater.testing.ground import Ground

# Whose requests: a URL pattern such as https://hooks.example.com/**, a host, a destination, "" for all.
Whose = str | Destination
MOST_DELIVERIES = 100
NEVER_SENT = ("filtered", "rejected")


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

    def mails(self, to: str | None = None, *, project: str | None = None) -> list[dict[str, Any]]:
        """Return the messages that were sent (to this address), oldest first; of another project by its id or slug."""
        found = reversed(self._settled("/mails", project=project))
        return [mail for mail in found if to in (None, mail["recipient"])]

    def identities(self, *, project: str | None = None) -> list[dict[str, Any]]:
        """Return who has signed up."""
        found: list[dict[str, Any]] = self._emulator("GET", "/identities", project=project)
        return found

    def trace(self, message_id: str) -> dict[str, Any]:
        """Return what became of one event: received, stored, each delivery and attempt."""
        found: dict[str, Any] = self._settled("/trace", message_id=message_id)
        return found

    def glance(self) -> dict[str, list[dict[str, Any]]]:
        """Return what a failure's report shows, as it is now, processed or not."""
        seen = {"requests": "/requests", "events": "/events", "mails": "/mails"}
        found = {name: self._emulator("GET", path, timeout_seconds=0) for name, path in seen.items()}
        return {**found, "bad events": self.bad_events(), "not delivered": self._undelivered()}

    def _destination_names(self) -> dict[str, str]:
        """Return what each destination is called, by its id."""
        return {one["id"]: one["name"] for one in self.api("GET", "/api/destinations")["destinations"]}

    def _undelivered(self) -> list[dict[str, Any]]:
        """Return the deliveries that ended before anything was sent: filtered, or turned away, with the reason."""
        names = self._destination_names()
        newest = self.api("GET", f"/api/deliveries?limit={MOST_DELIVERIES}")["deliveries"]
        ended = [one for one in newest if one["status"] is None and one["outcome"] in NEVER_SENT]
        return [{**one, "destination_name": names.get(one["destination"])} for one in reversed(ended)]


def whose(to: Whose) -> str:
    """Return `to` as the emulator reads it."""
    return to.id if isinstance(to, Destination) else to


def called(to: Whose) -> str:
    """Return `to` as people call it."""
    return to.name if isinstance(to, Destination) else to


def _lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
