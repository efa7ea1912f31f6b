"""`--add`, `--replace` and `--remove` as one JSON Patch, in the order and with the paths the `ory` CLI sends."""

from collections.abc import Sequence
from typing import Any

from headwater.cli import file_embedding, json_text
from headwater.cli.usage import UsageError

IDENTITY_CONFIG = "/services/identity/config"


def operations(
    *, prefix: str = "", add: Sequence[str] = (), replace: Sequence[str] = (), remove: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the patch: all adds, then all replaces, then all removes. Raises UsageError, also when there are none."""
    patch = [_with_value("add", text, prefix=prefix) for text in add]
    patch += [_with_value("replace", text, prefix=prefix) for text in replace]
    patch += [{"op": "remove", "path": prefix + _pointer(text, flag="--remove")} for text in remove]
    if not patch:
        raise UsageError("Say what to change: --add '/path=JSON', --replace '/path=JSON' or --remove /path.")
    return patch


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
