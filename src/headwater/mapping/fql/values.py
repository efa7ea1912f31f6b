"""What FQL says of JSON values: their types, when two are the same, and how one is written as text."""

import json
from itertools import starmap
from typing import Any

from headwater.mapping.fql import numbers

TYPES = {str: "string", int: "number", float: "number", bool: "bool", list: "list", dict: "object"}
NULL = "null"

_json = json.JSONEncoder(ensure_ascii=False).encode


def type_of(value: Any) -> str:
    return TYPES.get(type(value), NULL)


def is_number(value: Any) -> bool:
    return type(value) is float or type(value) is int


def are_same(left: Any, right: Any) -> bool:
    """Tell whether two values are of one type and the same all through; the order of an object's fields counts."""
    # A stack of its own: how deep an event goes is for whoever sends it to say.
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if type_of(one) != type_of(other):
            return False
        if type(one) in (list, dict):
            if len(one) != len(other):
                return False
            pairs.extend(zip(_parts(one), _parts(other), strict=True))
        elif one != other:
            return False
    return True


def _parts(value: Any) -> list[Any]:
    return value if type(value) is list else [part for field in value.items() for part in field]


def text_of(value: Any) -> str:
    """Return `value` as compact JSON, spelled as JavaScript does. RecursionError when it is nested too deeply."""
    if type(value) is dict:
        return "{" + ",".join(starmap(_field, value.items())) + "}"
    if type(value) is list:
        return "[" + ",".join(map(text_of, value)) + "]"
    if is_number(value):
        return numbers.text_of(value)
    return _json(value)


def _field(name: str, value: Any) -> str:
    return f"{_json(name)}:{text_of(value)}"
