"""Evaluations with rjsonnet, many in one of its states: making a state costs more than most programs.

A session is one endless Jsonnet program. It imports its next call, and the import callback waits for a request;
the call hands its output to a native function, which sends it. So a program is parsed once and then only called.
Jsonnet is pure: nothing of one call can reach the next. An error ends the session, and so does an evaluation
that was long enough to have filled the memory; the next one starts afresh.

An argument that is an object comes as its members, and a member is parsed when the program asks for it: most of
Ory's programs read a person and leave the flow, which is larger, alone.

The names of the session's imports and functions are random: a program that could guess them could read the
arguments of later calls. It can't list them, and any other import is refused. rjsonnet itself would read files.

It runs inside a worker process only, which has more walls: see `worker.py`.
"""

import json
import re
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn, Protocol

import rjsonnet as rjsonnet_module

from headwater.mapping import rendering, reports
from headwater.mapping.faults import LIMIT, Fault
from headwater.mapping.programs import Program, prepare

MAX_STACK = 500  # as go-jsonnet
SESSION_STACK = 8  # what the session's own calls take of it
MAX_TRACE = 20
CALLS_PER_SESSION = 1000
PROGRAMS_PER_SESSION = 16
CALLS_PER_COLLECTION = 32
QUICK_CPU_SECONDS = 0.002
# rjsonnet's text is longer than what we print: it writes 1e-300 with all its zeros.
RAW_PER_OUTPUT_BYTE = 20

rjsonnet: Any = rjsonnet_module  # its type stubs lack `gc`

_SESSION_NAME = "session"
# An argument is what `argument` returns: a JSON text, or a value inside an array (see `Engine._argument`).
_SESSION = """
local reply = std.native('{secret}-reply'), argument = std.native('{secret}-argument');
local members = std.native('{secret}-members');
local value(name, member) =
  local found = argument(name, member);
  if std.isString(found) then std.parseJson(found) else found[0];
local read(name) =
  local names = members(name);
  if names == null then value(name, null) else {{[member]: value(name, member) for member in names}};
std.makeArray({calls}, function(_) reply(std.manifestJsonMinified((import '{secret}-call')(read))))
"""
# std.parseJson reads up to 15 digits exactly; with more, or an exponent, the last bit may be wrong.
_LONG_NUMBER = re.compile(r"[:,\[]-?(?:[0-9.]{17}|[0-9.]+[eE])")
_NUMBER_STARTS = frozenset("-0123456789")
_EXACT = json.JSONDecoder(parse_int=float)
_UNREACHED = "if true then null else "

Argument = str | Mapping[str, str]


class Call(NamedTuple):
    """One evaluation: a program, what to call it in errors, and its arguments: JSON, or the JSON of each member."""

    name: str
    text: str
    arguments: Mapping[str, Argument]


class _Known(NamedTuple):
    """A program that the session has prepared: the path and text of its call, and where it lies itself."""

    call_path: str
    call_text: str
    program: Program
    program_path: str


class Check(NamedTuple):
    """One program that is only parsed."""

    name: str
    text: str


class Desk(Protocol):
    """Where the engine gets its work."""

    def take(self) -> Call | Check | None:
        """Wait for the next request; None when there will be no more."""

    def answer(self, answer: str | Fault, *, name: str) -> None:
        """Answer the request that was taken last."""


class _SessionOverError(Exception):
    """Ends a session between two calls."""


class Engine:
    """Serves a desk."""

    def __init__(self, desk: Desk, *, max_output_bytes: int, secret: str) -> None:
        self._desk = desk
        self._max_output_bytes = max_output_bytes
        self._secret = secret
        self._call_path = f"{secret}-call"
        self._program_path = f"{secret}-program"
        self._taken: Call | Check | None = None  # from the desk, not served yet
        self._current: tuple[Call, _Known] | None = None  # being served
        self._held: str | Fault | None = None  # an answer that waits until the memory is clear
        self._known: dict[tuple[str, ...], _Known] = {}  # the session's programs
        self._calls = 0
        self._started = 0.0

    def serve(self) -> None:
        """Answer requests until there are no more."""
        while True:
            request = self._taken = self._taken or self._desk.take()
            if request is None:
                return
            if isinstance(request, Check):
                self._taken = None
                self._desk.answer(_checked(request), name=request.name)
            else:
                self._session()

    def _session(self) -> None:
        self._known = {}
        try:
            self._run()
        except RuntimeError as error:
            if self._current is not None and self._held is None:
                self._held = reports.explain(str(error), self._current[1].program)
        rjsonnet.gc()
        if self._current is not None and self._held is not None:
            self._answer(self._held)

    def _run(self) -> None:
        rjsonnet.evaluate_snippet(
            _SESSION_NAME,
            _SESSION.format(secret=self._secret, calls=CALLS_PER_SESSION),
            max_stack=MAX_STACK + SESSION_STACK,
            max_trace=MAX_TRACE,
            native_callbacks={
                f"{self._secret}-reply": (("output",), self._reply),
                f"{self._secret}-argument": (("name", "member"), self._argument),
                f"{self._secret}-members": (("name",), self._members),
            },
            import_callback=self._import,
            gc=False,
        )

    def _import(self, _folder: str, path: str) -> tuple[str, str]:
        if path == self._call_path:
            return self._next_call()
        if path == self._program_path and self._current is not None:
            known = self._current[1]
            return known.program_path, known.program.source
        raise PermissionError(f"import not available: {path}")

    def _next_call(self) -> tuple[str, str]:
        """Wait for a call that this session can serve; return the path and text of what makes it."""
        while True:
            call = self._taken = self._taken or self._desk.take()
            if not isinstance(call, Call):
                raise _SessionOverError
            key = (call.text, call.name, *call.arguments)
            known = self._known.get(key)
            if known is None and len(self._known) >= PROGRAMS_PER_SESSION:
                raise _SessionOverError
            self._taken = None
            try:
                known = known or self._prepared(key, call)
            except Fault as fault:
                self._desk.answer(fault, name=call.name)
                continue
            self._started = time.process_time()
            self._current = call, known
            return known.call_path, known.call_text

    def _prepared(self, key: tuple[str, ...], call: Call) -> _Known:
        """Make a program known to the session. Its call is the same each time: arguments are data, and never code."""
        number = len(self._known)
        arguments = ", ".join(f"{name}=read('{name}')" for name in call.arguments)
        known = self._known[key] = _Known(
            f"call/{number}",
            f"local f = import '{self._program_path}'; function(read) if std.isFunction(f) then f({arguments}) else f",
            prepare(call.text, call.name),
            f"{reports.FOLDER}/{number}",
        )
        return known

    def _members(self, name: str) -> list[str] | None:
        """Return the names of an argument's members, or None when it is no object."""
        value = self._asked(name)
        return None if isinstance(value, str) else list(value)

    def _argument(self, name: str, member: str | None) -> str | list[Any]:
        """Return the JSON of an argument or of one of its members; or what it says, where std.parseJson is wrong."""
        value = self._asked(name)
        text = value if isinstance(value, str) else value[member or ""]
        if not _has_long_number(text):
            return text
        try:
            return [_EXACT.decode(text)]
        except RecursionError:
            self._held = Fault(LIMIT, "an argument is nested too deeply")
            raise _SessionOverError from None

    def _asked(self, name: str) -> Argument:
        if self._current is None:
            raise _SessionOverError
        return self._current[0].arguments[name]

    def _reply(self, raw: str) -> None:
        answer = self._rendered(raw)
        if time.process_time() - self._started > QUICK_CPU_SECONDS:
            # It may have filled the memory, and the session would keep that for the next call: end it first.
            self._held = answer
            raise _SessionOverError
        self._answer(answer)
        self._calls += 1
        if self._calls % CALLS_PER_COLLECTION == 0:
            rjsonnet.gc()

    def _answer(self, answer: str | Fault) -> None:
        if self._current is not None:
            name = self._current[0].name
            self._current = self._held = None
            self._desk.answer(answer, name=name)

    def _rendered(self, raw: str) -> str | Fault:
        if len(raw) > self._max_output_bytes * RAW_PER_OUTPUT_BYTE:
            return _too_large(self._max_output_bytes)
        try:
            output = rendering.render(raw)
        except Fault as fault:
            return fault
        return _too_large(self._max_output_bytes) if len(output.encode()) > self._max_output_bytes else output


def _has_long_number(value: str) -> bool:
    return value[:1] in _NUMBER_STARTS or _LONG_NUMBER.search(value) is not None


def _too_large(max_output_bytes: int) -> Fault:
    return Fault(LIMIT, f"the output is larger than {max_output_bytes} bytes")


def _checked(request: Check) -> str | Fault:
    """Parse the program and resolve its names; rjsonnet must be able to read it too."""
    try:
        # grammar.py knows by then that this is one expression, so it can't end the `if` and be run after all.
        program = prepare(request.text, request.name)._replace(prefix=_UNREACHED)
    except Fault as fault:
        return fault
    try:
        rjsonnet.evaluate_snippet(f"{reports.FOLDER}/0", program.source, import_callback=_refuse_import)
    except RuntimeError as error:
        return reports.explain(str(error), program)
    return ""


def _refuse_import(_folder: str, path: str) -> NoReturn:
    raise PermissionError(f"import not available: {path}")
