"""Is a part of a blueprint an object of the right keys and types? Says where it isn't, and what is meant. Pure."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from headwater.core.errors import BadRequestError

MAX_SHOWN_CHARS = 60

Types = type | tuple[type, ...]

WORDS: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    dict: "an object",
    list: "a list",
    type(None): "null",
}
ANYTHING: Types = (*WORDS, float)
FOUND = {**WORDS, bool: "true or false", float: "a number"}


class BlueprintError(BadRequestError):
    """The configuration file is wrong. `path` says where."""

    code = "bad_blueprint"


def refuse(path: str, reason: str) -> BlueprintError:
    """Return the error for what stands at `path`, as one line."""
    return BlueprintError(f"{path or '/'}: {reason}", path=path or "/")


def check(value: Any, *, path: str, types: Mapping[str, Types], required: Sequence[str] = ()) -> dict[str, Any]:
    """Return `value`, an object that has no keys but those of `types`. Raises BlueprintError."""
    if not isinstance(value, dict):
        raise refuse(path, f"must be an object, not {_found(value)}.")
    for name, member in value.items():
        if name not in types:
            raise refuse(f"{path}/{name}", _unknown(str(name), tuple(types)))
        _check_type(member, types[name], path=f"{path}/{name}")
    for name in required:
        if name not in value:
            raise refuse(path, f"`{name}` is missing.")
    return value


def items(value: Any, *, path: str) -> list[tuple[str, Any]]:
    """Return each item of a list with its path. Raises BlueprintError."""
    if not isinstance(value, list):
        raise refuse(path, f"must be a list, not {_found(value)}.")
    return [(f"{path}/{number}", item) for number, item in enumerate(value)]


def texts(value: list[Any], *, path: str) -> list[str]:
    """Return a list of texts. Raises BlueprintError."""
    for place, item in items(value, path=path):
        if not isinstance(item, str):
            raise refuse(place, f"must be a text, not {_found(item)}.")
    return value


def nearest(name: str, known: Sequence[str]) -> str:
    """Return a sentence that names what was probably meant, and what there is."""
    close = get_close_matches(name, known, n=1)
    meant = f"Did you mean `{close[0]}`? " if close else ""
    return f"{meant}There are {', '.join(known)}." if known else "There are none."


def _unknown(name: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(name, known, n=1)
    meant = f" Did you mean `{close[0]}`?" if close else ""
    return f"there is no such key here.{meant} It may have {', '.join(known)}."


def _check_type(value: Any, types: Types, *, path: str) -> None:
    allowed = types if isinstance(types, tuple) else (types,)
    if type(value) not in allowed:
        expected = " or ".join(WORDS[one] for one in allowed)
        raise refuse(path, f"must be {expected}, not {_found(value)}.")


def _found(value: Any) -> str:
    """Say what was found; a text is quoted only where it is short, and never below settings."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {value}"
    return FOUND.get(type(value), "something else")
