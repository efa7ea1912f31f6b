"""A place inside a JSON document, written as RFC 6901 has it: `/a/b/0/c`. Empty, it is the whole document."""

import re
from typing import Any

from headwater.cli.json_path import ABSENT

ESCAPES = re.compile("~[01]")
MEANINGS = {"~0": "~", "~1": "/"}
POINTER = re.compile("(/([^/~]|~[01])*)*", re.DOTALL)


def is_one(text: str) -> bool:
    """Tell whether `text` is a pointer at all."""
    return POINTER.fullmatch(text) is not None


def find(document: Any, pointer: str) -> Any:
    """Return what is at `pointer`, or ABSENT."""
    found = document
    for step in pointer.split("/")[1:]:
        found = _member(found, ESCAPES.sub(lambda escape: MEANINGS[escape[0]], step))
    return found


def _member(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key, ABSENT)
    is_index = key.isascii() and key.isdecimal() and (key == "0" or not key.startswith("0"))
    if isinstance(value, list) and is_index and int(key) < len(value):
        return value[int(key)]
    return ABSENT
