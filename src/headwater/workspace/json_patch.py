"""JSON Patch as Ory applies it: RFC 6902, but `add` makes missing parents and `replace` of a missing member adds it.

No library here: the ones there are follow the RFC where Ory does not (reference: K/oryx/jsonx/patch.go).
Copy, move and test follow the RFC. A patch applies whole or not at all: the document given is never changed.
"""

import copy
import re
from collections.abc import Iterable
from typing import Any

from headwater.core.errors import BadRequestError
from headwater.workspace.json_equality import is_same

OPERATIONS = ("add", "replace", "remove", "copy", "move", "test")
APPEND = "-"
MAX_DEPTH = 64
MAX_OPERATIONS = 1_000
MAX_NODES = 50_000
MAX_CHARACTERS = 8_000_000
BITS_OF_A_DIGIT = 3
UNKNOWN_ESCAPE = re.compile(r"~(?![01])")


class PatchError(BadRequestError):
    """The JSON Patch can't be applied."""

    code = "bad_patch"


def apply(document: Any, operations: Any) -> Any:
    """Return a patched copy of `document`. Raises PatchError naming the operation and its path."""
    if not isinstance(operations, list) or len(operations) > MAX_OPERATIONS:
        raise PatchError(f"A JSON Patch is an array of at most {MAX_OPERATIONS} operations.")
    require_bounded(operations)
    result = copy.deepcopy(document)
    for number, operation in enumerate(operations):
        try:
            result = _apply_one(result, operation)
            require_bounded(result)
        except PatchError as error:
            raise PatchError(f"Operation {number}: {error.message}", **error.context) from error
    return result


def require_bounded(document: Any) -> None:
    """Refuse what could not be stored, shown or patched again; level by level, so that depth can't hurt."""
    level, nodes, characters = [document], 0, 0
    for _ in range(MAX_DEPTH):
        nodes += len(level)
        if nodes > MAX_NODES:
            raise PatchError(f"The document would have more than {MAX_NODES} values.")
        characters += sum(map(_length, level))
        if characters > MAX_CHARACTERS:
            raise PatchError(f"The document would hold more than {MAX_CHARACTERS} characters of text.")
        level = [child for value in level for child in _children(value)]
        if not level:
            return
    raise PatchError(f"The document would be deeper than {MAX_DEPTH} levels.")


def _length(value: Any) -> int:
    """Return how many characters stand in the value itself, not in what is below it."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // BITS_OF_A_DIGIT
    return sum(map(len, value)) if isinstance(value, dict) else 0


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _apply_one(document: Any, operation: Any) -> Any:
    if not isinstance(operation, dict) or operation.get("op") not in OPERATIONS:
        raise PatchError(f"`op` must be one of {', '.join(OPERATIONS)}.")
    name, path = operation["op"], _parse(operation.get("path"), "path")
    if name == "remove":
        return _remove(document, path)
    if name in ("copy", "move"):
        origin = _parse(operation.get("from"), "from")
        if name == "move" and path[: len(origin)] == origin and path != origin:
            raise PatchError("A value can't be moved into itself.", path=operation["path"])
        value = copy.deepcopy(_get(document, origin))
        return _add(_remove(document, origin) if name == "move" else document, path, value)
    if "value" not in operation:
        raise PatchError(f"`{name}` needs a `value`.", path=operation["path"])
    value = copy.deepcopy(operation["value"])
    if name == "test":
        if not is_same(_get(document, path), value):
            raise PatchError("The value tested for is not there.", path=operation["path"])
        return document
    return _add(document, path, value) if name == "add" else _replace(document, path, value)


def _parse(pointer: Any, key: str) -> list[str]:
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise PatchError(f"`{key}` must be a JSON pointer that begins with /, such as /selfservice/flows.")
    if UNKNOWN_ESCAPE.search(pointer):
        raise PatchError(f"`{key}` holds a ~ that begins neither ~0 nor ~1: ~0 means ~, and ~1 means /.", path=pointer)
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    if len(tokens) > MAX_DEPTH:
        raise PatchError(f"`{key}` is deeper than {MAX_DEPTH} levels.")
    return tokens


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _walk_making(document, path)
    if isinstance(parent, list):
        parent.insert(_index(parent, path, may_append=True), value)
    else:
        _member(parent, path)
        parent[path[-1]] = value
    return document


def _replace(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _walk_making(document, path)
    if isinstance(parent, list):
        parent[_index(parent, path, may_append=False)] = value
    else:
        _member(parent, path)
        parent[path[-1]] = value
    return document


def _remove(document: Any, path: list[str]) -> Any:
    if not path:
        raise PatchError("The whole document can't be removed.")
    parent = _get(document, path[:-1])
    _get(document, path)  # says where it ends
    if isinstance(parent, list):
        del parent[_index(parent, path, may_append=False)]
    else:
        del parent[path[-1]]
    return document


def _get(document: Any, path: list[str]) -> Any:
    found = document
    for depth, token in enumerate(path):
        if isinstance(found, dict) and token in found:
            found = found[token]
        elif isinstance(found, list):
            found = found[_index(found, path[: depth + 1], may_append=False)]
        else:
            raise PatchError(f"There is nothing at {_pointer(path[: depth + 1])}.", path=_pointer(path))
    return found


def _walk_making(document: Any, path: list[str]) -> Any:
    """Return the parent of `path`, with missing members on the way made, as Ory does."""
    found = document
    for depth, token in enumerate(path[:-1]):
        wants_list = path[depth + 1] in (APPEND, "0")
        if isinstance(found, list):
            index = _index(found, path[: depth + 1], may_append=True)
            if index == len(found):
                found.append([] if wants_list else {})
            found = found[index]
        else:
            _member(found, path[: depth + 1])
            found = found.setdefault(token, [] if wants_list else {})
    return found


def _member(parent: Any, path: list[str]) -> None:
    if not isinstance(parent, dict):
        where = _pointer(path[:-1])
        raise PatchError(f"{where} is {_kind(parent)}, so {_pointer(path)} can't be set.", path=_pointer(path))


def _index(parent: list[Any], path: list[str], *, may_append: bool) -> int:
    token, last = path[-1], len(parent) if may_append else len(parent) - 1
    if token == APPEND and may_append:
        return len(parent)
    if not token.isascii() or not token.isdigit() or (len(token) > 1 and token[0] == "0"):
        raise PatchError(f"{token!r} is not an index of the list {_pointer(path[:-1])}.", path=_pointer(path))
    if int(token) > last:
        held = f"holds {len(parent)} item{'' if len(parent) == 1 else 's'}"
        raise PatchError(f"The list {_pointer(path[:-1])} {held}: index {token} is past its end.", path=_pointer(path))
    return int(token)


def _pointer(path: list[str]) -> str:
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in path)


def _kind(value: Any) -> str:
    names = {type(None): "null", bool: "a boolean", str: "a string", list: "a list"}
    return names.get(type(value), "a number")
