"""A server that one module sends tracking calls to, and what came of them."""

import json
import time
from collections import Counter

import httpx

from acceptance.conftest import WAIT_SECONDS, Headwater

EVENT = {"type": "track", "userId": "ada", "event": "Signed Up"}
SUCCESS = (200, {"success": True})


class Tracking:
    """The server of this module, and what came of the calls."""

    def __init__(self, headwater: Headwater) -> None:
        self.headwater = headwater
        self.url = headwater.url
        self._http = httpx.Client(timeout=30)
        self._numbers = iter(range(1_000_000))

    def source(self, **settings):
        """Create a source; return its slug and write key."""
        made = self.headwater.api(
            "POST", "/api/sources", {"name": f"source {next(self._numbers)}", **settings}, status=201
        )
        return made["slug"], made["write_keys"][0]["key"]

    def post(self, path, body, *, key, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        auth = (key, "") if key else None
        answer = self._http.post(f"{self.url}/v1/{path}", content=content, headers=names, auth=auth)
        return answer.status_code, answer.json()

    def call(self, method, path, **options):
        return self._http.request(method, self.url + path, **options)

    def stored(self, slug):
        found = self.headwater.api("GET", f"/api/events?source={slug}&limit=1000")["events"]
        return [one["event"] for one in reversed(found)]

    def rejected(self, slug):
        rows = self.headwater.api("GET", "/api/rejected-events")["rejected_events"]
        return Counter({row["code"]: row["count"] for row in rows if row["source"] == slug})

    def wait_for_rejected(self, slug, expected):
        """Wait for the counts: they are written a moment behind the answers."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (found := self.rejected(slug)) != expected:
            assert time.monotonic() < deadline, f"{found} and not {expected}"

    def check_alive(self, key):
        """The next honest client is served as if nothing had been."""
        assert SUCCESS == self.post("track", EVENT, key=key)

    def close(self):
        self._http.close()
