"""A receiver in a process of its own that a test may kill -9: it writes down what it got before it answers."""

import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

PROGRAM = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

notes = open(sys.argv[2], "a", buffering=1)

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        notes.write(self.headers["ory-webhook-trigger-id"] + " " + self.headers["ory-webhook-request-id"] + "\\n")
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        pass

server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
print(server.server_address[1], flush=True)
server.serve_forever(0.05)
"""


class KillableReceiver:
    """At one address for good; `kill` takes it down, `start` brings it back."""

    def __init__(self, folder: Path) -> None:
        self._notes = folder / "received.txt"
        self._notes.touch()
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self._port), str(self._notes)], stdout=subprocess.PIPE, text=True
        )
        self._port = int(self._process.stdout.readline())

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()

    close = kill

    def received(self) -> dict[str, list[str]]:
        """Return the request ids of each trigger id, as they came."""
        found: dict[str, list[str]] = defaultdict(list)
        for line in self._notes.read_text().splitlines():
            trigger_id, request_id = line.split()
            found[trigger_id].append(request_id)
        return found
