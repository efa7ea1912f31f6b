"""A closed-loop load on one URL: `wrk` where it is installed, else a small client of our own (which is slower than
our no-op server and so flatters the ratio: the table's title says which was used)."""

import asyncio
import base64
import re
import shutil
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

CONNECTIONS = 32
WRK = shutil.which("wrk")
GENERATOR = "wrk" if WRK else "python client"


def requests_per_second(url: str, body: bytes, *, key: str, seconds: float) -> float:
    """Post `body` to `url`/v1/track for about `seconds` and return the rate of 200s."""
    authorization = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    if WRK:
        return _wrk(url, body, authorization, seconds)
    return asyncio.run(_python(url, body, authorization, seconds))


def _wrk(url: str, body: bytes, authorization: str, seconds: float) -> float:
    script = (
        f"wrk.method = 'POST'\nwrk.body = [==[{body.decode()}]==]\n"
        f"wrk.headers['Content-Type'] = 'application/json'\nwrk.headers['Authorization'] = '{authorization}'\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(script)
        lua.flush()
        command = [str(WRK), "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", lua.name]
        done = subprocess.run([*command, f"{url}/v1/track"], capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout:
        raise RuntimeError(f"Not every answer was a 200:\n{done.stdout}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"wrk printed no rate:\n{done.stdout}")
    return float(found[1])


async def _python(url: str, body: bytes, authorization: str, seconds: float) -> float:
    where = urlsplit(url)
    request = (
        f"POST /v1/track HTTP/1.1\r\nhost: {where.netloc}\r\nauthorization: {authorization}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body
    end = time.perf_counter() + seconds
    started = time.perf_counter()
    counts = await asyncio.gather(
        *(_connection(str(where.hostname), int(where.port or 80), request, end) for _ in range(CONNECTIONS))
    )
    return sum(counts) / (time.perf_counter() - started)


async def _connection(host: str, port: int, request: bytes, end: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    while time.perf_counter() < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"Not a 200: {head!r}")
        length = re.search(rb"content-length: (\d+)", head.lower())
        await reader.readexactly(int(length[1]) if length else 0)
        count += 1
    writer.close()
    return count
