"""A conversation with an emulator: JSON over one kept connection a thread, by the standard library alone."""

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from headwater.testing.errors import EmulatorGoneError, RefusedError

TIMEOUT_SECONDS = 60.0
FIRST_ERROR_STATUS = 400
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`document` is what JSON means, where it is JSON; else the text."""

    status: int
    document: Any


class Connection:
    """May be used by many threads. `last_words` says more of an emulator that doesn't answer."""

    def __init__(self, url: str, *, last_words: Callable[[], str] = str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._last_words = last_words
        self._kept = threading.local()
        self.url = f"http://{parts.netloc}"

    def ask(self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Any:
        """Return the document that comes back. Raises RefusedError for 400 and above, EmulatorGoneError."""
        answer = self.send(method, path, body, headers=headers)
        if answer.status >= FIRST_ERROR_STATUS:
            said = f"{method} {path} was answered {answer.status}: {_reason(answer.document)}"
            raise RefusedError(said, answered=answer.status, document=answer.document)
        return answer.document

    def send(self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer, whatever its status. Raises EmulatorGoneError."""
        content = None if body is None else json.dumps(body).encode()
        typed = {} if content is None else {"content-type": JSON}
        whole = {"accept": JSON, **typed, **(headers or {})}
        try:
            return self._sent(method, path, content, whole)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            more = self._last_words()
            said = f"The emulator at {self.url} doesn't answer {method} {path}: {error or type(error).__name__}."
            raise EmulatorGoneError(f"{said}\n{more}" if more else said) from error

    def close(self) -> None:
        """Forget this thread's connection; the next request makes a new one."""
        kept = getattr(self._kept, "connection", None)
        if kept is not None:
            kept.close()
            self._kept.connection = None

    def _sent(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send; and again if the connection is an old one that the server has closed meanwhile."""
        is_old = getattr(self._kept, "connection", None) is not None
        try:
            return self._once(method, path, content, headers)
        except (ConnectionError, http.client.BadStatusLine, http.client.CannotSendRequest):
            if not is_old:
                raise
            self.close()
            return self._once(method, path, content, headers)

    def _once(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = getattr(self._kept, "connection", None)
        if connection is None:
            connection = _OfAThread(self._host, self._port, timeout=TIMEOUT_SECONDS)
            self._kept.connection = connection
        connection.request(method, path, body=content, headers=dict(headers))
        response = connection.getresponse()
        return Answer(status=response.status, document=_document(response.read()))


class _OfAThread(http.client.HTTPConnection):
    """Closed with the thread that it was made for: many a test suite takes a socket left open for an error."""

    def __del__(self) -> None:
        self.close()


def _document(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def _reason(document: Any) -> str:
    """Return why, out of Ory's envelope, Segment's, a flow's messages, or whatever else it is."""
    if not isinstance(document, dict):
        return str(document)
    error = document.get("error")
    if isinstance(error, dict):
        return str(error.get("reason") or error.get("message") or error)
    said = _messages(document.get("ui"))
    return said or str(document.get("message") or error or document)


def _messages(ui: Any) -> str:
    if not isinstance(ui, dict):
        return ""
    of_fields = [(node, message) for node in ui.get("nodes", []) for message in node.get("messages", [])]
    texts = [message["text"] for message in ui.get("messages", [])]
    texts += [f"{node['attributes'].get('name', '?')}: {message['text']}" for node, message in of_fields]
    return " ".join(texts)
