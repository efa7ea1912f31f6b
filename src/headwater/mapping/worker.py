"""The worker process: requests on standard input, answers on standard output, until the server closes its end.

`python -I -m headwater.mapping.worker ADDRESS_SPACE_BYTES OUTPUT_BYTES EVALUATION_SECONDS`, started by
`process.py`. Before its first request it gives up what an evaluation never needs: memory beyond its limit,
opening a file or a socket, writing a file, starting a process. It imports little: each module here is paid for
at each start.
"""

import os
import resource
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from headwater.core import ids
from headwater.mapping import frames
from headwater.mapping.engine import Argument, Call, Check, Engine
from headwater.mapping.faults import Fault

STDIN, STDOUT, STDERR = 0, 1, 2
READ_BYTES = 16 * 1024
STACK_BYTES = 64 * 1024 * 1024
_CHECK, _WHOLE = frames.CHECK.decode(), frames.WHOLE.decode()
PYTHON_RECURSION = 20_000  # our own parser and printer recurse in Python, which takes no C stack


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
        _send([frames.READY])
        _engine(_Wire(limits), limits).serve()


def _engine(desk: "_Wire | _Rehearsal", limits: Limits) -> Engine:
    return Engine(desk, max_output_bytes=limits.output_bytes, secret=ids.new_token(""))


def _warm_up(limits: Limits) -> None:
    """Run every kind of request once: Python loads things late, and after `_confine` no file can be opened."""
    _engine(_Rehearsal(), limits).serve()


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


class _Rehearsal:
    """A desk with one request of each kind; the answers don't matter."""

    def __init__(self) -> None:
        self._requests: list[Call | Check] = [
            Call("warm", "function(x, y) {a: x, b: y, c: std.thisFile}", {"x": '["\x80", 0.5]', "y": {"z": "5e-8"}}),
            Call("warm", 'local a = "\xe9"; {a: error "x"}', {}),
            Call("warm", "import 'x'", {}),
            Call("warm", "{}.x", {}),
            Call("warm", "'", {}),
            Check("warm", "x"),
            Check("warm", "1"),
        ]

    def take(self) -> Call | Check | None:
        return self._requests.pop() if self._requests else None

    def answer(self, answer: str | Fault, *, name: str) -> None:
        if isinstance(answer, Fault):
            answer.message(name)


class _Wire:
    """The desk whose requests come from the server."""

    def __init__(self, limits: Limits) -> None:
        self._piece = bytearray(READ_BYTES)
        self._buffer = bytearray()
        # Processor time: the kernel ends this process when a program has used it up, also when the server was
        # killed and nobody else is left to notice.
        self._processor_seconds = limits.evaluation_seconds

    def take(self) -> Call | Check | None:
        while (frame := self._whole_frame()) is None:
            count = os.readv(STDIN, [self._piece])
            if not count:
                return None
            self._buffer += memoryview(self._piece)[:count]
        signal.setitimer(signal.ITIMER_PROF, self._processor_seconds)
        return _request(frame)

    def answer(self, answer: str | Fault, *, name: str) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        if isinstance(answer, Fault):
            _send([answer.kind.encode(), answer.message(name).encode()])
        else:
            _send([frames.DONE, answer.encode()])

    def _whole_frame(self) -> bytes | None:
        if len(self._buffer) < frames.LENGTH_BYTES:
            return None
        end = frames.LENGTH_BYTES + frames.body_length(self._buffer)
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[frames.LENGTH_BYTES : end])
        del self._buffer[:end]
        return body


def _request(body: bytes) -> Call | Check:
    kind, name, text, *rest = (part.decode() for part in frames.unpack(body))
    return Check(name, text) if kind == _CHECK else Call(name, text, _arguments(rest))


def _arguments(parts: list[str]) -> dict[str, Argument]:
    found: dict[str, Argument] = {}
    at = 0
    while at < len(parts):
        name, form = parts[at : at + 2]
        at += 2
        if form == _WHOLE:
            found[name] = parts[at]
            at += 1
        else:
            end = at + 2 * int(form)
            found[name] = dict(zip(parts[at:end:2], parts[at + 1 : end : 2], strict=True))
            at = end
    return found


def _send(parts: Sequence[bytes]) -> None:
    remaining = memoryview(frames.pack(parts))
    while remaining:
        remaining = remaining[os.write(STDOUT, remaining) :]


if __name__ == "__main__":
    main(sys.argv[1:])
