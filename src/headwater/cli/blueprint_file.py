"""The file of `plan` and `apply`: read within bounds, and the files that it names in identity-configs embedded."""

import sys
from pathlib import Path
from typing import Any

from headwater.cli import config_text, file_embedding
from headwater.cli.config_files import STDIN, STDIN_NAME, UnreadableFileError
from headwater.cli.config_text import MAX_BYTES

PROJECTS, IDENTITY_CONFIG = "projects", "identity_config"


def read(file: str) -> Any:
    """Return the document in `file`, or on stdin (-). What file:// names is read from the file's own folder on.

    Raises UnreadableFileError, ConfigTextError, UsageError.
    """
    if file == STDIN:
        return _embedded(_parsed(sys.stdin.buffer.read(MAX_BYTES + 1), STDIN_NAME), STDIN_NAME, Path())
    path = Path(file)
    return _embedded(_parsed(_content(path), file), file, path.parent)


def _parsed(content: bytes, name: str) -> Any:
    return config_text.parse(content, name=name)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise UnreadableFileError(f"{path} can't be read: {reason}.") from error


def _embedded(document: Any, name: str, folder: Path) -> Any:
    """Embed in the identity-configs only: elsewhere file:// means nothing."""
    projects = document.get(PROJECTS) if isinstance(document, dict) else None
    for item in projects if isinstance(projects, list) else ():
        if isinstance(item, dict) and IDENTITY_CONFIG in item:
            item[IDENTITY_CONFIG] = file_embedding.embedded(
                item[IDENTITY_CONFIG], key=IDENTITY_CONFIG, origin=name, folder=folder
            )
    return document
