"""Is a part of a routing document of the right keys and types? Says where it isn't, and what is meant. Pure."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from headwater.core.errors import BadRequestError

MAX_NAME = 64  # as Segment has it of filters' titles

Types = tuple[type, ...]

TEXT: Types = (str,)
OBJECT: Types = (dict,)
LIST: Types = (list,)
WHOLE: Types = (int,)
NUMBER: Types = (int, float)

WORDS: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "an object",
    list: "a list",
    type(None): "null",
}


class BadRoutingError(BadRequestError):
    """A destination's routing can't be used as it is. `path` says where, `reason` why."""

    code = "bad_routing"

    @property
    def path(self) -> str:
        """The JSON pointer of what is wrong."""
        return str(self.context["path"])

    @property
    def reason(self) -> str:
        """The message without its path."""
        return str(self.context["reason"])


def refuse(path: str, reason: str) -> BadRoutingError:
    """Return the error for what stands at `path`, as one line."""
    return BadRoutingError(f"{path}: {reason}", path=path, reason=reason)


def check_object(
    value: Any, *, path: str, types: Mapping[str, Types], required: Collection[str] = ()
) -> dict[str, Any]:
    """Return `value`, an object that has no keys but those of `types`. Raises BadRoutingError."""
    found: dict[str, Any] = check_type(value, OBJECT, path=path)
    for name, member in found.items():
        if name not in types:
            raise refuse(f"{path}/{name}", unknown("key", str(name), list(types)))
        check_type(member, types[name], path=f"{path}/{name}")
    for name in required:
        if name not in found:
            raise refuse(path, f"`{name}` is missing.")
    return found


def check_type(value: Any, types: Types, *, path: str) -> Any:
    """Return `value`, if it is of one of `types`. Raises BadRoutingError."""
    if type(value) not in types:
        named = [one for one in types if one is not int or float not in types]
        raise refuse(path, f"must be {' or '.join(WORDS[one] for one in named)}, not {_found(value)}.")
    return value


def check_choice(value: str, allowed: Collection[str], *, path: str, what: str) -> str:
    """Return `value`, if it is one of `allowed`. Raises BadRoutingError."""
    if value not in allowed:
        raise refuse(path, unknown(what, value, list(allowed)))
    return value


def check_range(value: float | None, *, least: float, most: float, path: str) -> None:
    """Raise BadRoutingError for a number that isn't from `least` to `most`."""
    if value is not None and not least <= value <= most:
        raise refuse(path, f"must be from {least:g} to {most:g}, not {value:g}.")


def check_name(value: str, *, path: str) -> str:
    """Return a name, if it can be shown on a line. Raises BadRoutingError."""
    if len(value) > MAX_NAME or not value.isprintable():
        raise refuse(path, f"must be one line of at most {MAX_NAME} characters.")
    return value


def unknown(what: str, name: str, known: list[str]) -> str:
    """Return a sentence about a name that isn't known: what was probably meant, and what there is."""
    close = get_close_matches(name, known, n=1)
    meant = f" Did you mean `{close[0]}`?" if close else ""
    return f"there is no {what} `{name[:MAX_NAME]}`.{meant} There are {', '.join(known)}."


def _found(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {value}"
    return WORDS.get(type(value), "something else")
