"""A closed-loop load on one URL: `wrk` where it is installed, else a small client of our own (which is slower than
our no-op server and so flatters the ratio: the table's title says which was used)."""

import asyncio
import base64
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench import bodies
from bench.bodies import Body
from bench.line import NotMeasuredError
from bench.servers import Target

CONNECTIONS = 32
WRK = shutil.which("wrk")
GENERATOR = "wrk" if WRK else "python client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One question, asked over and over: in wrk's Lua, and as bytes for the wire. Every answer must be a 200."""

    url: str
    script: str
    next_request: Callable[[], bytes]


def requests_per_second(load: Load, *, seconds: float) -> float:
    """Ask for about `seconds` and return how many questions were answered with 200."""
    return _wrk(load, seconds) if WRK else asyncio.run(_connections(load, seconds))


def events_per_second(target: Target, body: Body, *, seconds: float) -> float:
    """Post `body` for about `seconds`, with new ids in each, and return how many events were answered with 200."""
    ids = bodies.ids()
    load = Load(
        url=target.url + body.path,
        script=_script(target, body),
        next_request=lambda: request(target, body, body.filled(ids)),
    )
    return requests_per_second(load, seconds=seconds) * body.events


def authorization(target: Target) -> str:
    """Return the value of the Authorization header for a target."""
    return "Basic " + base64.b64encode(f"{target.write_key}:".encode()).decode()


def request(target: Target, body: Body, content: bytes) -> bytes:
    """Return a whole request, as bytes for the wire."""
    return (
        f"POST {body.path} HTTP/1.1\r\nhost: {urlsplit(target.url).netloc}\r\n"
        f"authorization: {authorization(target)}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    ).encode() + content


def _wrk(load: Load, seconds: float) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(load.script)
        lua.flush()
        command = [str(WRK), "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", lua.name]
        done = subprocess.run([*command, load.url], capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        said = [line.strip() for line in done.stdout.splitlines() if "Non-2xx" in line or "Socket" in line]
        raise NotMeasuredError(f"not every answer was a 200: {'; '.join(said)}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None:
        raise NotMeasuredError(f"wrk printed no rate: {done.stdout!r}")
    return float(found[1])


def _script(target: Target, body: Body) -> str:
    head = (
        f"wrk.method = 'POST'\nwrk.body = [==[{body.pieces[0]}]==]\n"
        f"wrk.headers['Content-Type'] = 'application/json'\nwrk.headers['Authorization'] = '{authorization(target)}'\n"
    )
    if len(body.pieces) == 1:
        return head
    # One thread means one Lua state, so that one counter serves all connections.
    pieces = ",".join(f"[==[{piece}]==]" for piece in body.pieces)
    return (
        head
        + f"""
local pieces, parts, state = {{{pieces}}}, {{}}, 0
local suffix = '{bodies.id_suffix()}'
function request()
  parts[1] = pieces[1]
  for number = 2, #pieces do
    state = (state * {bodies.FACTOR} + {bodies.STEP}) % {bodies.MODULUS}
    parts[2 * number - 2] = string.format('%08x', state) .. suffix
    parts[2 * number - 1] = pieces[number]
  end
  return wrk.format(nil, nil, nil, table.concat(parts))
end
"""
    )


async def _connections(load: Load, seconds: float) -> float:
    where = urlsplit(load.url)
    started = time.perf_counter()
    end = started + seconds
    counts = await asyncio.gather(
        *(_connection(str(where.hostname), int(where.port or 80), load.next_request, end) for _ in range(CONNECTIONS))
    )
    return sum(counts) / (time.perf_counter() - started)


async def _connection(host: str, port: int, next_request: Callable[[], bytes], end: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    while time.perf_counter() < end:
        writer.write(next_request())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise NotMeasuredError(f"not every answer was a 200: {head!r}")
        length = re.search(rb"content-length: (\d+)", head.lower())
        await reader.readexactly(int(length[1]) if length else 0)
        count += 1
    writer.close()
    return count
