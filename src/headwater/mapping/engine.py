"""One evaluation with rjsonnet: refuse imports, name what went wrong and where, print as go-jsonnet does.

It runs inside a worker process only. rjsonnet reads files when it isn't told otherwise, and some programs
make it abort or overflow its stack: see `worker.py` for the walls around it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, NoReturn

import rjsonnet

from headwater.mapping import dialect, grammar, prelude, rendering, tokens
from headwater.mapping.faults import CANCELLED, LIMIT, RUNTIME, SYNTAX, Fault, place_of
from headwater.mapping.tokens import ID, OP, STRING, Token

FILE_NAME = "program"  # what rjsonnet is told; a caller's name, which may be a path, never gets there
MAX_STACK = 500  # as go-jsonnet
MAX_TRACE = 20
CACHED_PROGRAMS = 64
# rjsonnet's text is longer than what we print: it writes 1e-300 with all its zeros, and indents by four.
RAW_PER_OUTPUT_BYTE = 20

_CANCEL = "cancel"
_RAISED = ("runtime error: ", "assert failed: ")
_LIMITS = ("stack overflow", "runtime error: failed to parse json: recursion limit", "infinite recursion")
_SYNTAX = "syntax error: "
_UNTOLD = re.compile(r"^(?:runtime error: |import_callback error: PermissionError: )")
_PLACE = re.compile(rf"^ +{FILE_NAME}:(\d+):(\d+)(-\d+:\d+)?", re.MULTILINE)
_TRACE = re.compile(r"\n {4,}\S.*", re.DOTALL)
_FIELD = re.compile(r"^ +field <(.*)> manifestification$", re.MULTILINE)
_MISSING_FIELD = re.compile(r"no such field: (.*)")


class Program(NamedTuple):
    """A program that parses: the text for rjsonnet, and what is needed to explain its errors."""

    text: str
    words: list[Token]
    adapted: str
    prefix: str


@lru_cache(maxsize=CACHED_PROGRAMS)
def prepare(text: str, name: str) -> Program:
    """Return the program ready to run. Raises a syntax Fault when its shape or one of its names is wrong."""
    words = tokens.split(text)
    grammar.resolve(text, words)
    adapted = dialect.adapt(text, words)
    return Program(text, words, adapted, prelude.prefix(words, name=name))


def check(text: str, *, name: str) -> None:
    """Parse the program and resolve its names without running it. Raises a syntax Fault."""
    program = prepare(text, name)
    # grammar.py knows that this is one expression, so it can't end the `if` and be run after all.
    unreached = Program(program.text, program.words, program.adapted, "if true then null else ")
    _run(unreached, {})


def evaluate(text: str, *, name: str, arguments: Mapping[str, str], max_output_bytes: int) -> bytes:
    """Return the value of the program, given each argument's JSON, as go-jsonnet prints it. Raises a Fault."""
    raw = _run(prepare(text, name), {argument: _as_code(value) for argument, value in arguments.items()})
    if len(raw) > max_output_bytes * RAW_PER_OUTPUT_BYTE:
        raise _too_large(max_output_bytes)
    output = rendering.render(raw).encode()
    if len(output) > max_output_bytes:
        raise _too_large(max_output_bytes)
    return output


def _too_large(max_output_bytes: int) -> Fault:
    return Fault(LIMIT, f"the output is larger than {max_output_bytes} bytes")


def _as_code(argument: str) -> str:
    """Return Jsonnet that stands for `argument` (JSON text), whatever is in it.

    In a verbatim string nothing but the quote itself is special, so an argument is data and can't become code.
    It is also much faster than JSON read as Jsonnet.
    """
    doubled = argument.replace("'", "''")
    return f"std.parseJson(@'{doubled}')"


def _run(program: Program, arguments: dict[str, str]) -> str:
    try:
        output: str = rjsonnet.evaluate_snippet(
            FILE_NAME,
            program.prefix + program.adapted,
            tla_codes=arguments,
            max_stack=MAX_STACK,
            max_trace=MAX_TRACE,
            import_callback=_refuse_import,
            gc=False,  # the worker collects when the reply is out
        )
    except RuntimeError as error:
        raise _explained(str(error), program) from None
    return output


def _refuse_import(_folder: str, path: str) -> NoReturn:
    raise PermissionError(f"import not available: {path}")


def _explained(report: str, program: Program) -> Fault:
    message = _TRACE.sub("", report)
    line, column = _place(report, program)
    if message.startswith(_SYNTAX):
        return Fault(SYNTAX, message.removeprefix(_SYNTAX), line=line, column=column)
    for raised in _RAISED:
        if message.startswith(raised + _CANCEL):
            return Fault(CANCELLED, message.removeprefix(raised), line=line, column=column)
    if message.startswith(_LIMITS):
        return Fault(LIMIT, message.partition(",")[0], line=line, column=column)
    if line is None:
        line, column = _place_of_missing_field(message, program)
    text = _UNTOLD.sub("", message) + _where_in_output(report)
    return Fault(RUNTIME, text, line=line, column=column)


def _where_in_output(report: str) -> str:
    fields = _FIELD.findall(report)
    return f" (in the output's {'.'.join(reversed(fields))})" if fields else ""


def _place(report: str, program: Program) -> tuple[int | None, int | None]:
    """Return the innermost place in the program that rjsonnet names, as its line and column."""
    for match in _PLACE.finditer(report):
        line, column = int(match[1]), int(match[2])
        if match[3] is not None:
            return line, None  # over several lines, both of rjsonnet's columns are those of the end
        place = _true_place(line, column, program)
        if place is not None:
            return place
    return None, None


def _true_place(line: int, column: int, program: Program) -> tuple[int, int] | None:
    """Return where rjsonnet's place is: it counts bytes as if they were characters, and includes the prefix."""
    source = program.prefix + program.adapted
    starts = [0, *(match.end() for match in re.finditer("\n", source))]
    byte_offset = starts[min(line, len(starts)) - 1] + column - 1
    offset = len(source.encode()[:byte_offset].decode(errors="ignore")) - len(program.prefix)
    return place_of(program.adapted, offset) if offset >= 0 else None


def _place_of_missing_field(message: str, program: Program) -> tuple[int | None, int | None]:
    """Return where the missing field is asked for, if only one place does: rjsonnet doesn't say."""
    missing = _MISSING_FIELD.match(message)
    if missing is None:
        return None, None
    spellings = {missing[1], f"'{missing[1]}'", f'"{missing[1]}"'}
    asked = [
        word
        for before, word in zip(program.words, program.words[1:], strict=False)
        if word.text in spellings and _is_asked(before, word)
    ]
    return place_of(program.text, asked[0].start) if len(asked) == 1 else (None, None)


def _is_asked(before: Token, word: Token) -> bool:
    return word.kind == STRING or (word.kind == ID and before.kind == OP and before.text == ".")
