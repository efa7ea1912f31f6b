"""A raw connection to the server, for what no HTTP client would send."""

import base64
import contextlib
import re
import socket

DEADLINE_SECONDS = 10.0
CLOSE = "Connection: close"
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


class RawLine:
    """One connection, that says anything."""

    def __init__(self, url: str, *, seconds: float = DEADLINE_SECONDS) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=seconds)

    def say(self, content: bytes) -> None:
        """Send it; a server that has had enough and closed is no surprise."""
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(content)

    def say_no_more(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def rest(self) -> bytes:
        """Return all that comes until the server closes; TimeoutError when it leaves us hanging."""
        pieces = []
        with contextlib.suppress(ConnectionError):
            while piece := self._socket.recv(65_536):
                pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        self._socket.close()


def exchange(url: str, content: bytes, *, is_half_closed: bool = False, seconds: float = DEADLINE_SECONDS) -> bytes:
    """Say one thing on a new connection and return all that comes back."""
    line = RawLine(url, seconds=seconds)
    try:
        line.say(content)
        if is_half_closed:
            line.say_no_more()
        return line.rest()
    finally:
        line.close()


def statuses(answer: bytes) -> list[int]:
    """Return the statuses of all answers in what came back."""
    return [int(status) for status in STATUS.findall(answer)]


def basic(key: str) -> str:
    return "Authorization: Basic " + base64.b64encode(f"{key}:".encode()).decode()


def request(*lines: str, method: str = "POST", path: str = "/v1/track", body: bytes = b"") -> bytes:
    """Return a request with exactly these header lines after its Host; characters are bytes."""
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", "")).encode("latin-1") + body
