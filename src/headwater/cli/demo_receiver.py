"""A tool of one's own: a small web server that remembers what it is sent, and that can be down."""

import json
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from headwater.cli.demo_expectation import UnmetError

OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request that came in. Header names are lower-case."""

    headers: dict[str, str]
    body: Any


class Receiver:
    """Holds its port from the start, but is down, refusing connections, until `open`."""

    def __init__(self) -> None:
        self._came_in: list[Delivery] = []
        self._news = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self._server.remember = self._remember
        self._server.server_bind()
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def open(self) -> None:
        """Be up from now on."""
        self._server.server_activate()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def matching(self, is_wanted: Callable[[Delivery], bool]) -> list[Delivery]:
        """Return what came in so far, of that kind."""
        with self._news:
            return [delivery for delivery in self._came_in if is_wanted(delivery)]

    def wait_for(self, is_wanted: Callable[[Delivery], bool], *, expected: str, timeout_seconds: float) -> Delivery:
        """Return the first delivery of that kind. Raises UnmetError when none comes in time."""
        with self._news:
            if not self._news.wait_for(lambda: any(map(is_wanted, self._came_in)), timeout=timeout_seconds):
                bodies = [delivery.body for delivery in self._came_in]
                raise UnmetError(expected=f"{expected} within {timeout_seconds:.0f} s", seen=f"only {bodies}")
            return next(filter(is_wanted, self._came_in))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def _remember(self, delivery: Delivery) -> None:
        with self._news:
            self._came_in.append(delivery)
            self._news.notify_all()


class _Server(ThreadingHTTPServer):
    remember: Callable[[Delivery], None]

    def server_bind(self) -> None:
        # Not HTTPServer's: that one asks the resolver for our name, which may take seconds where there is none.
        socketserver.TCPServer.server_bind(self)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.remember(Delivery(headers=headers, body=_decoded(body)))
        self.send_response(OK)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing: the demo shows what came in."""


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
