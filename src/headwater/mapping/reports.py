"""rjsonnet's error report → a Fault: what kind it is, what it says to the program's author, and where.

Standard library only: workers import it.
"""

import re
from itertools import pairwise

from headwater.mapping.faults import CANCELLED, LIMIT, RUNTIME, SYNTAX, Fault, place_of
from headwater.mapping.programs import Program
from headwater.mapping.tokens import ID, OP, STRING, Token

FOLDER = "program"  # rjsonnet knows programs as program/1, program/2: a caller's name, perhaps a path, never gets there

_CANCEL = "cancel"
_RAISED = ("runtime error: ", "assert failed: ")
_LIMITS = ("stack overflow", "infinite recursion", "runtime error: failed to parse json: recursion limit")
_SYNTAX = "syntax error: "
_TRACE = re.compile(r"\n {4,}\S.*", re.DOTALL)
_PLACE = re.compile(rf"^ +{FOLDER}/\d+:(\d+):(\d+)(-\d+:\d+)?", re.MULTILINE)
_FIELD = re.compile(r"^ +field <(.*)> manifestification$", re.MULTILINE)
_MISSING_FIELD = re.compile(r"no such field: (.*)")
_UNTOLD = re.compile(r"^(?:runtime error: |import_callback error: PermissionError: )")


def explain(report: str, program: Program) -> Fault:
    """Return the Fault that `report` is about."""
    message = _TRACE.sub("", report)
    line, column = _place(report, program)
    if message.startswith(_SYNTAX):
        return Fault(SYNTAX, message.removeprefix(_SYNTAX), line=line, column=column)
    for raised in _RAISED:
        if message.startswith(raised + _CANCEL):
            return Fault(CANCELLED, message.removeprefix(raised), line=line, column=column)
    if message.startswith(_LIMITS):
        return Fault(LIMIT, _UNTOLD.sub("", message).partition(",")[0], line=line, column=column)
    if line is None:
        line, column = _place_of_missing_field(message, program)
    return Fault(RUNTIME, _UNTOLD.sub("", message) + _where_in_output(report), line=line, column=column)


def _where_in_output(report: str) -> str:
    fields = _FIELD.findall(report)
    return f" (in the output's {'.'.join(reversed(fields))})" if fields else ""


def _place(report: str, program: Program) -> tuple[int | None, int | None]:
    """Return the innermost place in the program that rjsonnet names, as line and column."""
    for match in _PLACE.finditer(report):
        line, column = int(match[1]), int(match[2])
        if match[3] is not None:
            return line, None  # over several lines, both of rjsonnet's columns are those of the end
        place = _true_place(line, column, program)
        if place is not None:
            return place
    return None, None


def _true_place(line: int, column: int, program: Program) -> tuple[int, int] | None:
    """Return where rjsonnet's place is: it counts bytes as if they were characters, and includes the prelude."""
    starts = [0, *(match.end() for match in re.finditer("\n", program.source))]
    byte_offset = starts[min(line, len(starts)) - 1] + column - 1
    offset = len(program.source.encode()[:byte_offset].decode(errors="ignore")) - len(program.prefix)
    return place_of(program.adapted, offset) if offset >= 0 else None


def _place_of_missing_field(message: str, program: Program) -> tuple[int | None, int | None]:
    """Return where the missing field is asked for, if only one place does: rjsonnet doesn't say."""
    missing = _MISSING_FIELD.match(message)
    if missing is None:
        return None, None
    spellings = {missing[1], f"'{missing[1]}'", f'"{missing[1]}"'}
    asked = [word for before, word in pairwise(program.words) if word.text in spellings and _is_asked(before, word)]
    return place_of(program.text, asked[0].start) if len(asked) == 1 else (None, None)


def _is_asked(before: Token, word: Token) -> bool:
    return word.kind == STRING or (word.kind == ID and before.kind == OP and before.text == ".")
