"""The two sides of a row: a real `headwater serve`, and a handler that does nothing on the same HTTP server."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NOOP = """
import asyncio, socket
from granian.constants import Interfaces
from granian.server.embed import Server

HEADERS = [("content-type", "application/json")]

async def noop(scope, proto):
    await proto()
    proto.response_bytes(200, HEADERS, b'{"success": true}')

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]

async def main():
    options = {"interface": Interfaces.RSGI, "websockets": False, "backlog": 1024, "log_enabled": False}
    serving = asyncio.ensure_future(Server(noop, port=port, **options).serve())
    await asyncio.sleep(0.2)
    print(f"http://127.0.0.1:{port}", flush=True)
    await serving

asyncio.run(main())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to post, and with which write key."""

    url: str
    write_key: str = ""


@contextmanager
def noop() -> Iterator[Target]:
    """Run the server that does nothing."""
    with subprocess.Popen([sys.executable, "-c", NOOP], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Target(url=_line(process))
        finally:
            process.terminate()


@contextmanager
def headwater(data: Path) -> Iterator[Target]:
    """Run `headwater serve` on a fresh folder, with one source."""
    with _serving(data) as url:
        create = [sys.executable, "-m", "headwater.cli", "create", "source", "bench", "--format", "json"]
        made = subprocess.run([*create, "--data", str(data)], capture_output=True, text=True, check=True)
        yield Target(url=url, write_key=json.loads(made.stdout)["write_keys"][0]["key"])


def ready_seconds(data: Path) -> float:
    """Return how long a start takes, from the command to the first 200 of /health/ready."""
    started = time.perf_counter()
    with _serving(data) as url:
        while True:
            try:
                with urllib.request.urlopen(url + "/health/ready"):
                    return time.perf_counter() - started
            except urllib.error.URLError:
                continue  # not yet


@contextmanager
def _serving(data: Path) -> Iterator[str]:
    serve = [sys.executable, "-m", "headwater.cli", "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _line(process).rsplit(" ", 1)[1]
        finally:
            process.terminate()


def _line(process: "subprocess.Popen[str]") -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("The server did not start; its reason stands above.")
    return line.strip()
