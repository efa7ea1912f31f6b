"""Is a piece of configuration the object we know? Keys, types, and what must be there. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from headwater.actions.problems import escape, problem, unknown

Types = Mapping[str, type]

NAMES = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def check_object(value: Any, *, path: str, types: Types, required: Collection[str] = ()) -> dict[str, Any]:
    """Return `value` if it is an object of `types` that has what is `required`. Raises ConfigProblem."""
    found: dict[str, Any] = check_type(value, dict, path=path)
    for key, member in found.items():
        where = f"{path}/{escape(key)}"
        if key not in types:
            raise unknown(where, key, what="key", allowed=types)
        check_type(member, types[key], path=where)
    for key in required:
        if key not in found:
            raise problem(f"{path}/{key}", f"is missing; it must be {NAMES[types[key]]}", allowed=NAMES[types[key]])
    return found


def check_type(value: Any, wanted: type, *, path: str) -> Any:
    """Return `value` if it is `wanted`. Raises ConfigProblem that names the types, not the value."""
    if type(value) is not wanted:
        found = NAMES.get(type(value), "something else")
        raise problem(path, f"must be {NAMES[wanted]}, not {found}", found=found, allowed=NAMES[wanted])
    return value


def check_choice(value: str, allowed: tuple[str, ...], *, path: str, what: str) -> None:
    """Raise ConfigProblem unless `value` is one of `allowed`."""
    if value not in allowed:
        raise unknown(path, value, what=what, allowed=allowed)
