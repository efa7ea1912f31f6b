"""The worker process: reads frames on standard input, evaluates, answers on standard output, until either closes.

`python -I -m headwater.mapping.worker ADDRESS_SPACE_BYTES OUTPUT_BYTES EVALUATION_SECONDS`, started by
`process.py`. Before its first request it gives up what an evaluation never needs: memory beyond its limit,
opening any file or socket, writing files, starting processes. It imports little: every module here is paid for
at each start.
"""

import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import rjsonnet

from headwater.mapping import engine, frames
from headwater.mapping.faults import Fault

STDIN, STDOUT, STDERR = 0, 1, 2
READ_BYTES = 256 * 1024
STACK_BYTES = 64 * 1024 * 1024
PYTHON_RECURSION = 20_000  # our own parser and printer recurse in Python, which takes no C stack
ORPHAN_GRACE_SECONDS = 1.0
QUICK_SECONDS = 0.005


class Limits(NamedTuple):
    """What this process may use."""

    address_space_bytes: int
    output_bytes: int
    evaluation_seconds: float


def main(arguments: Sequence[str]) -> None:
    """Serve requests until the server closes its end."""
    limits = Limits(int(arguments[0]), int(arguments[1]), float(arguments[2]))
    # A stop signal to the whole process group must not take the workers from evaluations that are being drained.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.setrecursionlimit(PYTHON_RECURSION)
    _warm_up(limits)
    _confine(limits)
    with suppress(BrokenPipeError, ConnectionResetError):
        _send(frames.pack([frames.READY]))
        _serve(limits)


def _warm_up(limits: Limits) -> None:
    """Run every kind of request once: Python loads things late, and after `_confine` no file can be opened."""
    requests = (
        [frames.EVALUATE, b"warm", b"function(x) {a: x, b: std.thisFile}", b"x", b'["\xc2\x80", 0.5]'],
        [frames.EVALUATE, b"warm", b'local a = "\xc3\xa9"; {a: error "x"}'],
        [frames.EVALUATE, b"warm", b"import 'x'"],
        [frames.CHECK, b"warm", b"1"],
        [frames.CHECK, b"warm", b"x"],
    )
    for request in requests:
        _answer(request, limits)
    rjsonnet.gc()


def _confine(limits: Limits) -> None:
    _silence()
    _limit(resource.RLIMIT_STACK, STACK_BYTES, is_soft=True)
    # macOS refuses this one; there the deadline alone bounds memory.
    with suppress(ValueError, OSError):
        _limit(resource.RLIMIT_AS, limits.address_space_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, STDERR + 1)


def _silence() -> None:
    """Send standard error nowhere: a program prints there with std.trace, as much as it likes."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDERR)
    os.close(nowhere)


def _limit(kind: int, amount: int, *, is_soft: bool = False) -> None:
    _, hard = resource.getrlimit(kind)
    allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(kind, (allowed, hard if is_soft else allowed))


def _serve(limits: Limits) -> None:
    buffer = bytearray()
    while True:
        request = _receive(buffer)
        if request is None:
            return
        # The server kills at the deadline. If the server itself was killed, this does: nobody else would notice
        # that its end is closed while a program runs for ever. The default action of the signal ends the process.
        signal.setitimer(signal.ITIMER_REAL, limits.evaluation_seconds + ORPHAN_GRACE_SECONDS)
        started = time.perf_counter()
        reply = frames.pack(_answer(request, limits))
        is_quick = time.perf_counter() - started < QUICK_SECONDS
        if not is_quick:
            rjsonnet.gc()
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(reply)
        if is_quick:
            # Little ran, so there is little to collect: do it while the server reads the reply.
            rjsonnet.gc()


def _answer(request: Sequence[bytes], limits: Limits) -> list[bytes]:
    kind, name, text = request[0], request[1].decode(), request[2].decode()
    try:
        if kind == frames.CHECK:
            engine.check(text, name=name)
            return [frames.DONE]
        arguments = {request[at].decode(): request[at + 1].decode() for at in range(3, len(request), 2)}
        output = engine.evaluate(text, name=name, arguments=arguments, max_output_bytes=limits.output_bytes)
    except Fault as fault:
        return [fault.kind.encode(), fault.message(name).encode()]
    return [frames.DONE, output]


def _receive(buffer: bytearray) -> list[bytes] | None:
    """Return the next request, None when the server has closed its end."""
    while True:
        if len(buffer) >= frames.LENGTH_BYTES:
            end = frames.LENGTH_BYTES + frames.body_length(buffer)
            if len(buffer) >= end:
                request = frames.unpack(buffer[frames.LENGTH_BYTES : end])
                del buffer[:end]
                return request
        piece = os.read(STDIN, READ_BYTES)
        if not piece:
            return None
        buffer += piece


def _send(frame: bytes) -> None:
    remaining = memoryview(frame)
    while remaining:
        remaining = remaining[os.write(STDOUT, remaining) :]


if __name__ == "__main__":
    main(sys.argv[1:])
