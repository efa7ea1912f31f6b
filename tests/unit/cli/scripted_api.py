"""A real HTTP server on loopback that answers from a script and remembers what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ScriptedApi:
    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[int, Any, dict[str, str]]] = {}
        self.asked: list[dict[str, Any]] = []
        self.asked_once = threading.Event()
        self.hold = threading.Event()
        self.hold.set()
        self.holding = threading.Event()  # somebody waits for it
        self.url = ""

    def answer(self, method: str, path: str, body: Any, *, status: int = 200, **headers: str) -> None:
        """`body` is sent as JSON, unless it is bytes."""
        self.answers[method, path] = (status, body, headers)

    def refuse(self, method: str, path: str, *, status: int, reason: str, details: Any = None) -> None:
        error = {"id": "x", "code": status, "status": "No", "reason": reason, "message": reason}
        self.answer(method, path, {"error": error | ({"details": details} if details else {})}, status=status)


@contextmanager
def scripted_api() -> Iterator[ScriptedApi]:
    api = ScriptedApi()

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            length = int(self.headers.get("content-length", 0))
            path, _, query = self.path.partition("?")
            body = json.loads(self.rfile.read(length)) if length else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            api.asked.append({"method": self.command, "path": path, "query": query, "body": body, "headers": headers})
            api.asked_once.set()
            if not api.hold.is_set():
                api.holding.set()
            api.hold.wait(timeout=20)
            missing = {"error": {"code": 404, "message": f"{self.command} {path} is not in the script"}}
            status, answer, extra = api.answers.get((self.command, path), (404, missing, {}))
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            try:
                self._send(status, content, extra)
            except ConnectionError:  # the command was interrupted meanwhile: that is its test's business
                return

        def _send(self, status: int, content: bytes, extra: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"content-type": "application/json", **extra}.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            if status != 204:
                self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _reply  # noqa: N815  the standard library's names

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
