"""`JSON.stringify` and `JSON.parse`, byte for byte: what is encoded may be signed or compared by who gets it."""

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

from headwater.mapping.directives import js_numbers
from headwater.mapping.directives.run import Run
from headwater.mapping.directives.values import UNDEFINED, entries, well_formed

MOST_EXACT_DIGITS = 15
_quote: Callable[[str], str] = json.encoder.encode_basestring


def encode(value: Any, run: Run) -> Any:
    """Return the JSON text of `value`; undefined has none, is left out of objects, and is null in lists."""
    if value is UNDEFINED:
        return UNDEFINED
    pieces: list[str] = []
    _write(value, pieces, run)
    text = "".join(pieces)
    run.spend_text(len(text))
    return text


def decode(text: str) -> Any:
    """Return what the JSON says. Raises ValueError when it is none, RecursionError when it is nested too deeply."""
    return _DECODER.decode(text)


def _write(value: Any, pieces: list[str], run: Run) -> None:
    run.spend(1)
    if isinstance(value, str):
        run.spend_text(len(value))
        pieces.append(_quote(value))
    elif isinstance(value, dict):
        _write_object(value, pieces, run)
    elif isinstance(value, list):
        _write_list(value, pieces, run)
    else:
        pieces.append(_scalar(value))


def _write_object(value: dict[str, Any], pieces: list[str], run: Run) -> None:
    separator = "{"
    for key, inner in entries(value):
        if inner is not UNDEFINED:
            run.spend_text(len(key))
            pieces.append(f"{separator}{_quote(key)}:")
            separator = ","
            _write(inner, pieces, run)
    pieces.append("{}" if separator == "{" else "}")


def _write_list(value: list[Any], pieces: list[str], run: Run) -> None:
    separator = "["
    for inner in value:
        pieces.append(separator)
        separator = ","
        _write(inner, pieces, run)
    pieces.append("]" if value else "[]")


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or value is UNDEFINED:
        return "null"
    written = js_numbers.double(value)
    return js_numbers.write(written) if math.isfinite(written) else "null"


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) <= MOST_EXACT_DIGITS else _shrunk(float(digits))


def _shrunk(number: float) -> float:
    """Keep whole numbers whole, so that what passes through stays as it was written."""
    return int(number) if abs(number) <= js_numbers.LARGEST_EXACT else number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {well_formed(key): value for key, value in pairs}


_DECODER = json.JSONDecoder(parse_int=_whole_number, parse_constant=_refuse_constant, object_pairs_hook=_object)
