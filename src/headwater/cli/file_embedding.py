"""`file://` in what is patched: the files are read here, and travel in the document, as the `ory` CLI has it.

They are the files of whoever types the command; a server reads none of its own for it.
"""

import base64
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from headwater.cli.usage import UsageError

FILE, BASE64 = "file://", "base64://"
# URIs that name a JSON schema; what they say is theirs.
LEFT_ALONE = frozenset({"$id", "$schema"})
HERE = Path()
MIB = 1024 * 1024
MAX_BYTES = MIB


def embedded(value: Any, *, key: str, origin: str, folder: Path = HERE) -> Any:
    """Return `value`, which stands under `key`, with each text that begins with file:// replaced by that file.

    A path is one from `folder` on. Raises UsageError, beginning with `origin`, for a file that can't be read.
    """
    if isinstance(value, dict):
        return {name: embedded(member, key=name, origin=origin, folder=folder) for name, member in value.items()}
    if isinstance(value, list):
        return [embedded(item, key=key, origin=origin, folder=folder) for item in value]
    if isinstance(value, str) and value.startswith(FILE) and key not in LEFT_ALONE:
        return BASE64 + base64.b64encode(_content(value, origin, folder)).decode()
    return value


def _content(url: str, origin: str, folder: Path) -> bytes:
    path = folder / unquote(url.removeprefix(FILE))
    try:
        with path.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is no path"
        raise UsageError(
            f"{origin}: {url} can't be embedded: {reason}. It is read here, from {folder.absolute()} on."
        ) from None
    if len(content) > MAX_BYTES:
        raise UsageError(f"{origin}: {url} is larger than {MAX_BYTES // MIB} MiB, and can't be embedded.")
    return content
