"""A real `headwater serve` in a subprocess, a real receiver, and what a test needs to talk to both."""

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance import preloaded

HEADWATER = [sys.executable, "-m", "headwater.cli"]
READY_SECONDS = 20.0
WAIT_SECONDS = 45.0
# Nothing here is asked over TLS, and to read all certificate authorities takes longer than most requests.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Receiver:
    """A tool at the other end: remembers each request's body and headers; `status` is what it answers."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[tuple[dict[str, str], Any]] = []
        self.status = 200
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                receiver.took({key.lower(): value for key, value in self.headers.items()}, body)
                self.send_response(receiver.status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """A sender that was killed resets its connection; that is what some tests are about."""

        self._server = Server(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def took(self, headers: dict[str, str], body: bytes) -> None:
        with self._arrived:
            self.requests.append((headers, json.loads(body)))
            self._arrived.notify_all()

    @property
    def bodies(self) -> list[Any]:
        return [body for _, body in self.requests]

    def wait_until(self, is_enough: Callable[[list[Any]], bool], what: str) -> list[Any]:
        """Return the bodies once `is_enough`, or fail and show what did arrive."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: is_enough(self.bodies), WAIT_SECONDS):
                pytest.fail(f"{what} did not arrive within {WAIT_SECONDS:g} s. What did: {self.bodies}")
        return self.bodies

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Headwater:
    """One installation in a folder, started and stopped at will; `flags` are those of `serve`."""

    def __init__(self, data: Path, *flags: str, **environment: str) -> None:
        self.data = data
        self._flags = flags
        self._environment = environment
        self._process: preloaded.Started | subprocess.Popen[str] | None = None
        self.banner = ""
        self._listen = "127.0.0.1:0"

    def begin(self, arguments: list[str], **options: Any) -> preloaded.Started | subprocess.Popen[str]:
        """Start the process."""
        return preloaded.Started(arguments, **options)

    def start(self) -> None:
        with (self.data.parent / "server.log").open("a") as log:
            arguments = ["serve", "--data", str(self.data), "--listen", self._listen, *self._flags]
            self._process = self.begin(arguments, stderr=log, env=clean_environment() | self._environment)
        first = self._process.stdout.readline()
        if "ready at" not in first:
            pytest.fail(f"The server did not start: {(self.data.parent / 'server.log').read_text()}")
        self.url = first.split()[-1]
        self._listen = self.url.removeprefix("http://")  # a restart keeps the address
        self.wait_ready()

    def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                if httpx.get(self.url + "/health/ready", verify=NO_AUTHORITIES).status_code == 200:
                    return
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    pytest.fail(f"Not ready within {READY_SECONDS:g} s: {error}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._reap()

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._reap()

    def _reap(self) -> int:
        code = self._process.wait(15)
        self.banner += self._process.stdout.read()
        self._process.stdout.close()
        self._process = None
        return code

    def close(self) -> None:
        if self._process is not None:
            self.stop()

    def api(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        token = json.loads((self.data / "server.json").read_text())["token"]
        answer = httpx.request(
            method,
            self.url + path,
            json=body,
            headers={"authorization": f"Bearer {token}"},
            timeout=30,
            verify=NO_AUTHORITIES,
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def cli(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environment = clean_environment() | self._environment
        done = preloaded.run([*arguments, "--data", str(self.data)], env=environment, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    # -- what most stories need --

    def source(self, name: str = "website") -> str:
        """Create a source and return its write key."""
        return self.api("POST", "/api/sources", {"name": name}, status=201)["write_keys"][0]["key"]

    def webhook(self, receiver: Receiver, source: str = "website") -> str:
        made = {"kind": "webhook", "sources": [source], "settings": {"url": receiver.url}}
        return self.api("POST", "/api/destinations", made, status=201)["id"]

    def connected_source(self, name: str, receiver: Receiver, **settings: Any) -> str:
        """Create a source whose events come out at `receiver`, beside others', and return its write key."""
        made = self.api("POST", "/api/sources", {"name": name, **settings}, status=201)
        self.webhook(receiver, made["slug"])
        return made["write_keys"][0]["key"]

    def patch(self, *operations: dict[str, Any], status: int = 200) -> Any:
        project = self.api("GET", "/api/status")["project"]["id"]
        return self.api("PATCH", f"/projects/{project}", list(operations), status=status)

    def add_hook(self, config: dict[str, Any], at: str = "registration/after", *, status: int = 200) -> Any:
        path = f"/services/identity/config/selfservice/flows/{at}/hooks/0"
        return self.patch({"op": "add", "path": path, "value": {"hook": "web_hook", "config": config}}, status=status)

    def register(self, email: str, *, status: int = 200, password: str = "correct horse battery") -> Any:
        flow = httpx.get(self.url + "/self-service/registration/api", verify=NO_AUTHORITIES).json()
        body = {"method": "password", "password": password, "traits": {"email": email}}
        answer = httpx.post(flow["ui"]["action"], json=body, timeout=30, verify=NO_AUTHORITIES)
        assert answer.status_code == status, answer.text
        return answer.json()


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}


def segment_hook(url: str, write_key: str, **config: Any) -> dict[str, Any]:
    """The Action of Ory's Segment guide."""
    snippet = "function(ctx) {userId: ctx.identity.id, traits: {email: ctx.identity.traits.email}}"
    return {
        "url": url,
        "method": "POST",
        "body": "base64://" + b64encode(snippet.encode()).decode(),
        "auth": {"type": "basic_auth", "config": {"user": write_key, "password": ""}},
        **config,
    }


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def headwater(tmp_path):
    installation = Headwater(tmp_path / "data", HEADWATER_TRACKING_ALIASES="true")
    installation.start()
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def shared_headwater(tmp_path_factory):
    """One server for a module whose tests each have a source of their own."""
    installation = Headwater(tmp_path_factory.mktemp("shared") / "data")
    installation.start()
    yield installation
    installation.close()


@pytest.fixture
def lent_headwater(shared_headwater):
    """The module's server, lent to one test: then its configuration is again what it was, and nobody is registered.

    What names an event stays: a source that a test makes needs a name that no other test of its module uses.
    """
    before = shared_headwater.api("GET", "/api/config")
    yield shared_headwater
    for person in shared_headwater.api("GET", "/admin/identities"):
        shared_headwater.api("DELETE", f"/admin/identities/{person['id']}", status=204)
    shared_headwater.api("POST", "/api/config/apply", {"document": before, "prune": True})
