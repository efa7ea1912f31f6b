"""Filters of texts. Each counts what it makes before it makes it, so that no template grows without bounds."""

import math
import re
from collections.abc import Callable
from typing import Any

from headwater.mapping.directives.liquid import number_filters, operators
from headwater.mapping.directives.liquid.frame import Frame, Word, plain
from headwater.mapping.directives.values import UNDEFINED, WHITESPACE, is_nothing, is_truthy, units

Filter = Callable[[Frame, Any, list[Any]], Any]

SHORT, FEW = 50, 15
ELLIPSIS = "..."
SPACE = re.compile(f"[{WHITESPACE}]+")
CJK = "\u4e00-\u9fff\uf900-\ufaff\u3400-\u4dbf\u3040-\u309f\u30a0-\u30ff\uac00-\ud7af"
_CJK = re.compile(f"[{CJK}]")
_NO_CJK = re.compile(f"[^{CJK}{WHITESPACE}]+")


def given_text(frame: Frame, given: list[Any], index: int, default: str = "") -> str:
    """Return an argument as text, `default` where there is none."""
    return frame.text(given[index]) if len(given) > index and given[index] is not UNDEFINED else default


def _most(frame: Frame, given: list[Any], default: int) -> int:
    """Return how much a filter was told to leave."""
    return number_filters.index(given[0], frame) if given and given[0] is not UNDEFINED else default


def _simple(change: Callable[[str], str]) -> Filter:
    return lambda frame, value, _given: frame.made(change(frame.text(value)))


def _append(frame: Frame, value: Any, given: list[Any]) -> Any:
    _need_one(frame, given, "append")
    return frame.made(frame.text(value) + given_text(frame, given, 0))


def _prepend(frame: Frame, value: Any, given: list[Any]) -> Any:
    _need_one(frame, given, "prepend")
    return frame.made(given_text(frame, given, 0) + frame.text(value))


def _need_one(frame: Frame, given: list[Any], name: str) -> None:
    if len(given) != 1:
        raise frame.failure(f"the filter {name} needs one argument")


def _strip(frame: Frame, value: Any, given: list[Any]) -> Any:
    return frame.text(value).strip(_characters(frame, given))


def _lstrip(frame: Frame, value: Any, given: list[Any]) -> Any:
    return frame.text(value).lstrip(_characters(frame, given))


def _rstrip(frame: Frame, value: Any, given: list[Any]) -> Any:
    return frame.text(value).rstrip(_characters(frame, given))


def _characters(frame: Frame, given: list[Any]) -> str:
    return given_text(frame, given, 0) if given and is_truthy(plain(given[0])) else WHITESPACE


def _replace(frame: Frame, value: Any, given: list[Any]) -> Any:
    return replaced(frame, frame.text(value), given_text(frame, given, 0), given_text(frame, given, 1))


def _remove(frame: Frame, value: Any, given: list[Any]) -> Any:
    return replaced(frame, frame.text(value), given_text(frame, given, 0), "")


def replaced(frame: Frame, text: str, pattern: str, replacement: str) -> str:
    """Return `text` with `pattern` replaced everywhere; the empty one stands between all characters."""
    pieces = text.split(pattern) if pattern else units(text)
    frame.run.spend(len(pieces))
    frame.run.spend_text(len(text) + len(pieces) * (len(replacement) - len(pattern)))
    return replacement.join(pieces)


def _replace_first(frame: Frame, value: Any, given: list[Any]) -> Any:
    text = frame.text(value).replace(given_text(frame, given, 0), given_text(frame, given, 1), 1)
    return frame.made(text)


def _remove_first(frame: Frame, value: Any, given: list[Any]) -> Any:
    return frame.made(frame.text(value).replace(given_text(frame, given, 0), "", 1))


def _replace_last(frame: Frame, value: Any, given: list[Any]) -> Any:
    return _last(frame, value, given_text(frame, given, 0), given_text(frame, given, 1))


def _remove_last(frame: Frame, value: Any, given: list[Any]) -> Any:
    return _last(frame, value, given_text(frame, given, 0), "")


def _last(frame: Frame, value: Any, pattern: str, replacement: str) -> str:
    text = frame.text(value)
    at = text.rfind(pattern)
    return text if at < 0 else frame.made(text[:at] + replacement + text[at + len(pattern) :])


def _split(frame: Frame, value: Any, given: list[Any]) -> Any:
    text, separator = frame.made(frame.text(value)), given_text(frame, given, 0)
    pieces = text.split(separator) if separator else units(text)
    frame.run.spend(len(pieces))
    while pieces and not pieces[-1]:
        pieces.pop()
    return pieces


def _truncate(frame: Frame, value: Any, given: list[Any]) -> Any:
    text, most = frame.made(frame.text(value)), _most(frame, given, SHORT)
    ending = given_text(frame, given, 1, ELLIPSIS)
    if len(text) <= max(most, 0):
        return value
    return frame.made(text[: max(most - len(ending), 0)] + ending)


def _truncate_words(frame: Frame, value: Any, given: list[Any]) -> Any:
    if given and given[0] is not UNDEFINED and math.isnan(operators.number(given[0], frame)):
        return ""
    most = max(_most(frame, given, FEW), 1)
    ending = given_text(frame, given, 1, ELLIPSIS)
    words = SPACE.split(frame.made(frame.text(value)).lstrip(WHITESPACE))
    return frame.made(" ".join(words[:most]) + (ending if len(words) >= most else ""))


def _number_of_words(frame: Frame, value: Any, given: list[Any]) -> Any:
    text = frame.made(frame.text(value)).strip(WHITESPACE)
    mode = given_text(frame, given, 0)
    if not text:
        return 0
    characters = len(_CJK.findall(text))
    if mode == "cjk" or (mode == "auto" and characters):
        return characters + len(_NO_CJK.findall(text))
    return len(SPACE.split(text))


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def _default(frame: Frame, value: Any, given: list[Any]) -> Any:
    value = plain(value)
    other = given[0] if given else UNDEFINED
    if isinstance(value, list | str):
        return value or other
    if value is False and _is_false_allowed(frame, given[1:]):
        return False
    return other if value is False or is_nothing(value) else value


def _is_false_allowed(frame: Frame, given: list[Any]) -> bool:
    if not all(isinstance(one, list | dict | Word) for one in given):
        raise frame.failure("the filter default takes one value, and allow_false: true")
    return any(
        isinstance(one, list) and one[:1] == ["allow_false"] and any(map(is_truthy, map(plain, one[1:2])))
        for one in given
    )


FILTERS: dict[str, Filter] = {
    "append": _append,
    "prepend": _prepend,
    "strip": _strip,
    "lstrip": _lstrip,
    "rstrip": _rstrip,
    "replace": _replace,
    "replace_first": _replace_first,
    "replace_last": _replace_last,
    "remove": _remove,
    "remove_first": _remove_first,
    "remove_last": _remove_last,
    "split": _split,
    "truncate": _truncate,
    "truncatewords": _truncate_words,
    "number_of_words": _number_of_words,
    "upcase": _simple(str.upper),
    "downcase": _simple(str.lower),
    "capitalize": _simple(_capitalize),
    "strip_newlines": _simple(lambda text: text.replace("\r\n", "").replace("\n", "")),
    "squish": _simple(lambda text: SPACE.sub(" ", text).strip(WHITESPACE)),
    "normalize_whitespace": _simple(lambda text: SPACE.sub(" ", text)),
    "default": _default,
    "raw": lambda _frame, value, _given: value,
}
