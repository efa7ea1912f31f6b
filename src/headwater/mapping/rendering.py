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
    return "".join(pieces)


def _write(value: Any, pieces: list[str], line_break: str) -> None:
    if isinstance(value, dict):
        _write_all(value, pieces, line_break, brackets=("{", "}"))
    elif isinstance(value, list):
        _write_all(value, pieces, line_break, brackets=("[", "]"))
    else:
        pieces.append(_scalar(value))


def _write_all(
    values: dict[str, Any] | list[Any], pieces: list[str], line_break: str, *, brackets: tuple[str, str]
) -> None:
    opening, closing = brackets
    if not values:
        pieces.append(f"{opening} {closing}")
        return
    inner = line_break + INDENT
    separator = opening + inner
    for item in sorted(values) if isinstance(values, dict) else values:
        pieces.append(separator)
        separator = "," + inner
        if isinstance(values, dict):
            pieces.append(_string(item) + ": ")
            _write(values[item], pieces, inner)
        else:
            _write(item, pieces, inner)
    pieces.append(line_break + closing)


def _scalar(value: str | float | bool | None) -> str:  # noqa: FBT001 - a JSON value, not a flag
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    return _number(value)


def _number(value: float) -> str:
    if value - value != 0:  # infinite
        raise Fault(RUNTIME, "a number in the output is too large")
    return f"{value:.0f}" if value.is_integer() else f"{value:.17g}"


def _string(value: str) -> str:
    return _MORE_CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", _quote(value))
