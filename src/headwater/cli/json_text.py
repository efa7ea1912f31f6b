"""JSON that a person typed: parsed strictly, with an error that names the flag, the place and the usual cause."""

import json
from typing import Any, NoReturn

from headwater.cli.usage import UsageError

LINE_BREAKS = "\r\n"
LINE_BREAK_HINT = (
    "a raw line break stands inside a JSON string; encode the body with `base64 -w0` (no line breaks),"
    r" or write each line break as \n"
)
FLAG = "--"
QUOTES_HINT = "a text needs double quotes of its own, such as '/path=\"text\"'"


def parse(text: str, *, origin: str) -> Any:
    """Return the value `text` holds. Raises UsageError that begins with `origin`, the flag as it was typed."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        cause = _cause(text, error, is_flag=origin.startswith(FLAG))
        raise UsageError(f"{origin}: this is not JSON at {place}: {cause}.") from error
    except RecursionError as error:
        raise UsageError(f"{origin}: the JSON is nested too deep.") from error
    except ValueError as error:
        raise UsageError(f"{origin}: {error}.") from error


def _cause(text: str, error: json.JSONDecodeError, *, is_flag: bool) -> str:
    if text[error.pos : error.pos + 1] in tuple(LINE_BREAKS) and "control character" in error.msg:
        return LINE_BREAK_HINT
    if error.pos == 0 and is_flag:
        return QUOTES_HINT
    return error.msg[0].lower() + error.msg[1:]


def _refuse_constant(name: str) -> NoReturn:
    # Python would read NaN and Infinity; no other JSON reader does.
    raise ValueError(f"{name} is not a JSON value")
