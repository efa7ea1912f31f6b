"""What every ability of an emulator stands on: where it is, and how it is asked."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from headwater.testing.connection import Connection
from headwater.testing.errors import NotSettledError

SETTLE_SECONDS = 10.0


class Ground:
    """`info` is what `/emulator/info` says. `settle_seconds`: how long what was acked has to be processed."""

    def __init__(self, connection: Connection, info: Mapping[str, Any]) -> None:
        self._connection = connection
        self._info = dict(info)
        self.settle_seconds = SETTLE_SECONDS

    @property
    def url(self) -> str:
        """Where it is: the tracking API's host."""
        return str(self._info["url"])

    @property
    def ory_url(self) -> str:
        """The base of Ory's public and admin API."""
        return str(self._info["ory_url"])

    @property
    def write_key(self) -> str:
        """The write key of the source that is always there."""
        return str(self._info["write_key"])

    @property
    def source(self) -> str:
        """The slug of that source."""
        return str(self._info["source"])

    @property
    def admin_key(self) -> str:
        """A key for /admin, /api and /projects: `Authorization: Bearer <admin_key>`."""
        return str(self._info["admin_key"])

    @property
    def project(self) -> str:
        """The id of the identity project."""
        return str(self._info["project"])

    @property
    def info(self) -> dict[str, Any]:
        """All of that, and the server's pid and version."""
        return dict(self._info)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask /api, /admin or /projects with the admin key, and return the document. Raises RefusedError."""
        return self._connection.ask(method, path, body, headers={"authorization": f"Bearer {self.admin_key}"})

    def settle(self, *, timeout_seconds: float | None = None) -> None:
        """Return once all that was acked is processed. Raises NotSettledError, which says what is still at work."""
        seconds = self.settle_seconds if timeout_seconds is None else timeout_seconds
        self._require_settled(seconds, said_seconds=seconds)

    def _emulator(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        asked = urlencode({name: value for name, value in query.items() if value is not None})
        return self._connection.ask(method, f"/emulator{path}{'?' * bool(asked)}{asked}", body)

    def _settled(self, path: str, **query: Any) -> Any:
        """Return what GET `path` says, once all that was acked is processed."""
        began = time.monotonic()
        found = self._emulator("GET", path, timeout_seconds=self.settle_seconds, **query)
        if time.monotonic() - began >= self.settle_seconds:
            self._require_settled(0, said_seconds=self.settle_seconds)
        return found

    def _require_settled(self, seconds: float, *, said_seconds: float) -> None:
        at_work = self._emulator("POST", "/settle", timeout_seconds=seconds)["at_work"]
        if at_work:
            raise NotSettledError(self._unsettled(at_work, said_seconds))

    def _unsettled(self, at_work: list[str], seconds: float) -> str:
        said = f"After {seconds:g} s the emulator is still at work: {', '.join(at_work)}."
        if self._emulator("GET", "/clock")["is_frozen"]:
            said += " The clock stands still: headwater.clock.advance(...) lets time-outs and retries come."
        return said


def path_of(*parts: str) -> str:
    """Return the path whose segments are `parts`, whatever is in them."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
