"""`--file`, `--add`, `--replace` and `--remove` as one JSON Patch, in the order and with the paths of the `ory` CLI."""

from collections.abc import Iterator, Sequence
from typing import Any

from headwater.cli import file_embedding, json_text
from headwater.cli.usage import UsageError
from headwater.core.errors import BadRequestError

IDENTITY_CONFIG = "/services/identity/config"
OPERATIONS = ("add", "replace", "remove", "copy", "move", "test")
POINTERS = ("path", "from")


class PatchFileError(BadRequestError):
    """A patch file must hold a JSON Patch: a list of operations."""

    code = "bad_patch_file"


def operations(
    *,
    prefix: str = "",
    files: Sequence[tuple[str, Any]] = (),
    add: Sequence[str] = (),
    replace: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Return the patch: what `files` (name and content) hold, then all adds, all replaces, and all removes.

    Raises UsageError, also when there is nothing to do, and PatchFileError.
    """
    patch = [operation for name, content in files for operation in _of_file(name, content, prefix=prefix)]
    patch += [_with_value("add", text, prefix=prefix) for text in add]
    patch += [_with_value("replace", text, prefix=prefix) for text in replace]
    patch += [{"op": "remove", "path": prefix + _pointer(text, flag="--remove")} for text in remove]
    if not patch and not files:
        raise UsageError(
            "Say what to change: --add '/path=JSON', --replace '/path=JSON', --remove /path or --file FILE."
        )
    return patch


def _of_file(name: str, content: Any, *, prefix: str) -> Iterator[dict[str, Any]]:
    if not isinstance(content, list):
        example = '[{"op": "add", "path": "/…", "value": …}]'
        raise PatchFileError(f"{name} must hold a JSON Patch, a list of operations such as {example}.")
    for number, operation in enumerate(content):
        if not isinstance(operation, dict) or operation.get("op") not in OPERATIONS:
            raise PatchFileError(f"{name}: operation {number} needs an op, one of {', '.join(OPERATIONS)}.")
        given = {key: operation[key] for key in POINTERS if key in operation}
        wrong = [key for key, pointer in given.items() if not _is_pointer(pointer)]
        if wrong or "path" not in given:
            key = wrong[0] if wrong else "path"
            raise PatchFileError(f"{name}: operation {number} needs a {key} that begins with /.")
        yield {**operation, **{key: prefix + pointer for key, pointer in given.items()}}


def _is_pointer(pointer: Any) -> bool:
    """The empty one is all of the document."""
    return isinstance(pointer, str) and (not pointer or pointer.startswith("/"))


def _with_value(operation: str, text: str, *, prefix: str) -> dict[str, Any]:
    flag = f"--{operation}"
    # The first `=` separates: the value may hold more of them (base64 ends in `=`), a path of ours never does.
    path, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f"{flag} takes '/path=JSON'; there is no = in {text!r}.")
    pointer = _pointer(path, flag=flag)
    origin = f"{flag} {pointer}"
    parsed = file_embedding.embedded(
        json_text.parse(value, origin=origin), key=pointer.rpartition("/")[2], origin=origin
    )
    return {"op": operation, "path": prefix + pointer, "value": parsed}


def _pointer(text: str, *, flag: str) -> str:
    if not text.startswith("/"):
        raise UsageError(f"{flag}: a path begins with /, such as /selfservice/flows; {text!r} does not.")
    return text
