"""A server, the tools at its destinations' other end, and events between them, as many as a row asks for."""

import http
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bench import bodies, load, servers
from bench.line import NotMeasuredError
from bench.servers import Target
from bench.taken import TAKEN, Taken

BATCH = bodies.batch()
LOOK_AGAIN_SECONDS = 0.05
STALLED_SECONDS = 30.0
# What a team that leaves its tool would write: names of its own, a sum, some of what it is given.
MAPPING = """
function(event) {
  id: event.messageId,
  name: std.asciiLower(event.event),
  user: if std.objectHas(event, 'userId') then event.userId else event.anonymousId,
  total: event.properties.price * event.properties.quantity,
  details: { [name]: event.properties[name] for name in std.objectFields(event.properties) if name != 'price' },
  page: event.context.page.path,
  at: event.timestamp,
}
"""


Look = Callable[[Taken], None]


def unseen(_taken: Taken) -> None:
    """Look away."""


class Deliveries:
    """One server and its tools."""

    def __init__(self, target: Target, tool_url: str) -> None:
        self._target = target
        self._tool_url = tool_url
        made = json.loads(servers.command(target.data, "create", "key", "--role", "admin", "--format", "json"))
        self._key = str(made["key"])
        self._ids = bodies.ids()

    def fill(self, events: int) -> None:
        """Put so many events into the log, in whole batches."""
        where = urlsplit(self._target.url)
        connection = http.client.HTTPConnection(str(where.hostname), where.port)
        headers = {"authorization": load.authorization(self._target), "content-type": "application/json"}
        for _ in range(events // BATCH.events):
            connection.request("POST", BATCH.path, BATCH.filled(self._ids), headers)
            answer = connection.getresponse()
            if answer.status != http.HTTPStatus.OK or not answer.read():
                raise NotMeasuredError(f"a batch was answered with {answer.status}")
        connection.close()

    def add(self, path: str, **wishes: Any) -> str:
        """Create a webhook whose calls go to this path of the tools, and return its id."""
        wanted = {"kind": "webhook", "sources": ["bench"], "settings": {"url": self._tool_url + path}, **wishes}
        return str(self._ask("POST", "/api/destinations", wanted)["id"])

    def lane(self, destination: str) -> dict[str, Any]:
        """Return what a destination's lane says of itself."""
        return dict(self._ask("GET", f"/api/destinations/{destination}/metrics")["lane"] or {})

    def remove(self, destination: str) -> None:
        self._ask("DELETE", f"/api/destinations/{destination}")

    def arrived(self, path: str, count: int, *, look: Look = unseen) -> Taken:
        """Return what was taken once so many calls have come. Raises NotMeasuredError when none come any more."""
        return arrived(self._tool_url, path, count, look=look)

    def taken(self, path: str) -> Taken:
        return taken(self._tool_url, path)

    def _ask(self, method: str, path: str, wanted: Any = None) -> Any:
        request = urllib.request.Request(
            self._target.url + path,
            method=method,
            data=None if wanted is None else json.dumps(wanted).encode(),
            headers={"authorization": f"Bearer {self._key}", "content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise NotMeasuredError(f"{method} {path} says: {error.read().decode()[:200]}") from error


def taken(tool_url: str, path: str) -> Taken:
    """Return what came under this path."""
    with urllib.request.urlopen(tool_url + TAKEN + path) as answer:
        return msgspec.json.decode(answer.read(), type=Taken)


def arrived(tool_url: str, path: str, count: int, *, look: Look = unseen) -> Taken:
    """Return what was taken once so many calls have come; `look` is shown it meanwhile."""
    seen, changed_at = 0, time.perf_counter()
    while (found := taken(tool_url, path)).count < count:
        look(found)
        if found.count > seen:
            seen, changed_at = found.count, time.perf_counter()
        if time.perf_counter() > changed_at + STALLED_SECONDS:
            raise NotMeasuredError(f"{found.count} of {count} events arrived, and then none for {STALLED_SECONDS:g} s")
        time.sleep(LOOK_AGAIN_SECONDS)
    return found
