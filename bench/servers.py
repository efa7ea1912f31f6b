"""The two sides of a row: a real `headwater serve`, and a handler that does nothing on the same HTTP server."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.line import NotMeasuredError

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
    pid: int
    data: Path = Path()
    write_key: str = ""
    source: str = ""


@contextmanager
def noop() -> Iterator[Target]:
    """Run the server that does nothing."""
    with subprocess.Popen([sys.executable, "-c", NOOP], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Target(url=_line(process), pid=process.pid)
        finally:
            process.terminate()


@contextmanager
def of_bench(module: str, *arguments: str) -> Iterator[Target]:
    """Run a server that is a module of ours, `python -m bench.<module>`; it prints its address."""
    here = Path(__file__).parent.parent
    command_line = [sys.executable, "-m", f"bench.{module}", *arguments]
    with subprocess.Popen(command_line, stdout=subprocess.PIPE, text=True, cwd=here) as process:
        try:
            yield Target(url=_line(process), pid=process.pid)
        finally:
            process.terminate()


def noop_route() -> AbstractContextManager[Target]:
    """Run the server whose one route does nothing, behind our own front and the web framework."""
    return of_bench("noop_route")


@contextmanager
def headwater(data: Path, *, roles: str | None = None) -> Iterator[Target]:
    """Run `headwater serve` on a fresh folder, with one source. Raises NotMeasuredError when `serve` refuses."""
    with _serving(data, roles=roles) as target:
        made = json.loads(command(data, "create", "source", "bench", "--format", "json"))
        key = made["write_keys"][0]["key"]
        yield Target(url=target.url, pid=target.pid, data=data, write_key=key, source=made["id"])


@contextmanager
def again(earlier: Target) -> Iterator[Target]:
    """Run `headwater serve` on the folder of one that has ended."""
    with _serving(earlier.data) as target:
        yield replace(earlier, url=target.url, pid=target.pid)


def command(data: Path, *words: str) -> str:
    """Run one command of the CLI beside a data folder and return what it prints. Raises NotMeasuredError."""
    line = [sys.executable, "-m", "headwater.cli", *words, "--data", str(data)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasuredError(f"`headwater {' '.join(words)}` says: {_last_line(done.stderr)}")
    return done.stdout


def ready_seconds(data: Path) -> float:
    """Return how long a start takes, from the command to the first 200 of /health/ready."""
    started = time.perf_counter()
    with _serving(data) as target:
        while True:
            try:
                with urllib.request.urlopen(target.url + "/health/ready"):
                    return time.perf_counter() - started
            except urllib.error.URLError:
                continue  # not yet


@contextmanager
def _serving(data: Path, *, roles: str | None = None) -> Iterator[Target]:
    serve = [sys.executable, "-m", "headwater.cli", "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    serve += ["--role", roles] if roles else []
    complaints = data.with_suffix(".stderr")
    with (
        complaints.open("w") as stderr,
        subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
    ):
        try:
            line = _line(process)
            if not line:
                said = _last_line(complaints.read_text())
                raise NotMeasuredError(f"`headwater {' '.join(serve[3:4] + serve[8:])}` says: {said}")
            yield Target(url=line.rsplit(" ", 1)[1], pid=process.pid)
        finally:
            process.terminate()


def _line(process: "subprocess.Popen[str]") -> str:
    return process.stdout.readline().strip() if process.stdout else ""


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing"])[-1]
