"""The file of `plan` and `apply`: read within bounds, and the files that it names embedded.

They are named in identity-configs, anywhere, and as destinations' mappings.
"""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from headwater.cli import config_text, file_embedding, mapping_file
from headwater.cli.config_files import STDIN, STDIN_NAME, UnreadableFileError
from headwater.cli.config_text import MAX_BYTES
from headwater.cli.file_embedding import FILE

PROJECTS, IDENTITY_CONFIG = "projects", "identity_config"
DESTINATIONS, MAPPING, MAPPINGS, TEMPLATE = "destinations", "mapping", "mappings", "template"


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
    """Embed in identity-configs and mappings only: elsewhere file:// means nothing."""
    for item in _items(document, PROJECTS):
        if IDENTITY_CONFIG in item:
            item[IDENTITY_CONFIG] = file_embedding.embedded(
                item[IDENTITY_CONFIG], key=IDENTITY_CONFIG, origin=name, folder=folder
            )
    for item in _items(document, DESTINATIONS):
        _read_mapping(item, MAPPING, name, folder)
        for mapping in _items(item, MAPPINGS):
            _read_mapping(mapping, TEMPLATE, name, folder)
    return document


def _items(document: Any, name: str) -> list[dict[str, Any]]:
    found = document.get(name) if isinstance(document, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _read_mapping(item: dict[str, Any], key: str, name: str, folder: Path) -> None:
    value = item.get(key)
    if isinstance(value, str) and value.startswith(FILE):
        item[key] = mapping_file.read(unquote(value.removeprefix(FILE)), folder=folder, origin=f"{name}: {key}")
