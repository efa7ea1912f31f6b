"""JSON as go-jsonnet prints it, byte for byte: receivers compare and sign what Ory's Actions send.

Standard library only: workers import it.
"""

import json
import re
from typing import Any, NoReturn

from headwater.mapping.faults import LIMIT, RUNTIME, Fault

INDENT = "   "
# go-jsonnet also escapes DEL and the C1 controls, which JSON doesn't ask for.
_MORE_CONTROLS = re.compile("[\x7f-\x9f]")
_WORDS = {None: "null", True: "true", False: "false"}
_quote = json.encoder.encode_basestring


def _refuse_constant(word: str) -> NoReturn:
    raise Fault(RUNTIME, f"the output holds {word}, which is no JSON number")


_DECODER = json.JSONDecoder(parse_int=float, parse_float=float, parse_constant=_refuse_constant, strict=False)


def render(raw: str) -> str:
    """Return rjsonnet's output in go-jsonnet's form, with a line break at the end. Raises a Fault."""
    try:
        value = _DECODER.decode(raw)
        pieces: list[str] = []
        _write(value, pieces, "\n")
    except RecursionError:
        raise Fault(LIMIT, "the output is nested too deeply") from None
    except ValueError:
        # rjsonnet writes `inf` and `nan`, where go-jsonnet fails.
        raise Fault(RUNTIME, "a number in the output is too large, or not a number") from None
    pieces.append("\n")
    return _MORE_CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", "".join(pieces))


def _write(value: Any, pieces: list[str], line_break: str) -> None:
    if isinstance(value, str):
        pieces.append(_quote(value))
    elif isinstance(value, dict):
        _write_object(value, pieces, line_break)
    elif isinstance(value, list):
        _write_array(value, pieces, line_break)
    elif isinstance(value, float):
        pieces.append(_number(value))
    else:
        pieces.append(_WORDS[value])


def _write_object(members: dict[str, Any], pieces: list[str], line_break: str) -> None:
    inner = line_break + INDENT
    separator = "{" + inner
    for name in sorted(members):
        pieces.append(f"{separator}{_quote(name)}: ")
        separator = "," + inner
        _write(members[name], pieces, inner)
    pieces.append(line_break + "}" if members else "{ }")


def _write_array(values: list[Any], pieces: list[str], line_break: str) -> None:
    inner = line_break + INDENT
    separator = "[" + inner
    for value in values:
        pieces.append(separator)
        separator = "," + inner
        _write(value, pieces, inner)
    pieces.append(line_break + "]" if values else "[ ]")


def _number(value: float) -> str:
    if value - value != 0:  # infinite
        raise Fault(RUNTIME, "a number in the output is too large")
    return f"{value:.0f}" if value.is_integer() else f"{value:.17g}"
