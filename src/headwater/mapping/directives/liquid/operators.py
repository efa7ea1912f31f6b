"""What Liquid's comparisons mean where LiquidJS leaves them to JavaScript."""

import math
import re
from collections.abc import Callable
from typing import Any

from headwater.mapping.directives.liquid.frame import BLANK, EMPTY, NIL, Frame, Word, plain
from headwater.mapping.directives.values import UNDEFINED, WHITESPACE, is_nothing, is_number

HEX, OCTAL, BINARY = 16, 8, 2
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INFINITE = re.compile(r"([+-]?)Infinity")
_OTHER_BASES = {"0x": HEX, "0o": OCTAL, "0b": BINARY}


def is_true(value: Any) -> bool:
    """Return whether Liquid takes `value` for true: all but false and nothing."""
    value = plain(value)
    return value is not False and not is_nothing(value)


def number(value: Any, frame: Frame) -> float:
    """Return `Number(value)`, perhaps not a number."""
    value = plain(value)
    if isinstance(value, bool):
        return int(value)
    if is_number(value):
        return float(value) if isinstance(value, float) else int(value)
    if value is None:
        return 0
    if value is UNDEFINED:
        return math.nan
    return _read(frame.js_text(value).strip(WHITESPACE))


def _read(text: str) -> float:
    if not text:
        return 0
    if _DECIMAL.fullmatch(text):
        found = float(text)
        return int(found) if found.is_integer() and "." not in text and "e" not in text.lower() else found
    if sign := _INFINITE.fullmatch(text):
        return -math.inf if sign[1] == "-" else math.inf
    base = _OTHER_BASES.get(text[:2].lower())
    try:
        return math.nan if base is None or "_" in text else float(int(text[2:], base))
    except (ValueError, OverflowError):
        return math.nan


def is_equal(left: Any, right: Any, frame: Frame) -> bool:
    frame.run.spend(1)
    if isinstance(left, Word):
        return _is_word(left, right, frame)
    if isinstance(right, Word):
        return _is_word(right, left, frame)
    if isinstance(left, list):
        return (
            isinstance(right, list)
            and len(left) == len(right)
            and all(is_equal(one, other, frame) for one, other in zip(left, right, strict=True))
        )
    return _is_identical(left, right)


def _is_identical(left: Any, right: Any) -> bool:
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return left is right
    return type(left) is type(right) and bool(left == right)


def _is_word(word: Word, value: Any, frame: Frame) -> bool:
    if word is not NIL and isinstance(value, Word) and value is not NIL:
        return False
    value = plain(value)
    if word is NIL:
        return is_nothing(value)
    if word is BLANK and (value is False or is_nothing(value)):
        return True
    if word is BLANK and isinstance(value, str):
        frame.run.spend_text(len(value))
        return not value.strip(WHITESPACE)
    return isinstance(value, str | list | dict) and not value


def contains(left: Any, right: Any, frame: Frame) -> bool:
    left = plain(left)
    if isinstance(left, list):
        return any(is_equal(item, right, frame) for item in left)
    if isinstance(left, str):
        frame.run.spend_text(len(left))
        return frame.js_text(right) in left
    return False


def _compare(is_so: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Frame], bool]:
    def compare(left: Any, right: Any, frame: Frame) -> bool:
        if any(word in (NIL, EMPTY, BLANK) for word in (left, right) if isinstance(word, Word)):
            return False
        sides = [_primitive(side, frame) for side in (left, right)]
        if all(isinstance(side, str) for side in sides):
            return is_so(*(side.encode("utf-16-be", "surrogatepass") for side in sides))
        return is_so(*(number(side, frame) for side in sides))

    return compare


def _primitive(value: Any, frame: Frame) -> Any:
    return frame.js_text(value) if isinstance(value, list | dict) else value


BINARY_OPERATORS: dict[str, Callable[[Any, Any, Frame], bool]] = {
    "==": is_equal,
    "!=": lambda left, right, frame: not is_equal(left, right, frame),
    ">": _compare(lambda left, right: left > right),
    "<": _compare(lambda left, right: left < right),
    ">=": _compare(lambda left, right: left >= right),
    "<=": _compare(lambda left, right: left <= right),
    "contains": contains,
    "and": lambda left, right, _frame: is_true(left) and is_true(right),
    "or": lambda left, right, _frame: is_true(left) or is_true(right),
}
NOT = "not"
PRECEDENCE = {"and": 0, "or": 0, NOT: 1}
COMPARING = 2  # the precedence of all others
