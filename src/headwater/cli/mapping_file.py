"""A file with a mapping: Jsonnet as it is, or in a .json the object that Segment's mapping is. Read within bounds."""

from pathlib import Path
from typing import Any

from headwater.cli import json_text
from headwater.cli.usage import UsageError

KIB = 1024
MAX_BYTES = 64 * KIB
JSON_ENDING = ".json"


def read(name: str, *, folder: Path | None = None, origin: str = "--mapping") -> str | dict[str, Any]:
    """Return the mapping in a file, whose path is one from `folder` on. Raises UsageError, beginning with `origin`."""
    text = _text(name, Path() if folder is None else folder, origin)
    if not name.lower().endswith(JSON_ENDING):
        return text
    found = json_text.parse(text, origin=f"{origin} {name}")
    if not isinstance(found, dict):
        raise UsageError(
            f"{origin} {name}: a mapping in JSON is an object, such as Segment's; Jsonnet ends in .jsonnet."
        )
    return found


def _text(name: str, folder: Path, origin: str) -> str:
    try:
        with (folder / name).open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
        text = content.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{origin} {name}: this is no text in UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is no path"
        raise UsageError(f"{origin} {name} can't be read: {reason}.") from None
    if len(content) > MAX_BYTES:
        raise UsageError(f"{origin} {name} is larger than {MAX_BYTES // KIB} KiB, more than a mapping may be.")
    return text
