"""Files with events to try something on: one as a JSON object, several as a list or one a line."""

import sys
from pathlib import Path
from typing import Any

from headwater.cli import json_text
from headwater.cli.config_files import STDIN, STDIN_NAME
from headwater.cli.usage import UsageError

MAX_BYTES = 1024 * 1024


def read(name: str) -> list[dict[str, Any]]:
    """Return the events in a file, or on stdin (-); of one that `list events` shows, the event itself.

    Raises UsageError.
    """
    text = _text(name)
    found = _parsed(text, STDIN_NAME if name == STDIN else name)
    if not found or not all(isinstance(one, dict) for one in found):
        raise UsageError(f"{name} must hold a JSON object, several one a line, or a list of them.")
    return [_event(one) for one in found]


def _event(shown: dict[str, Any]) -> dict[str, Any]:
    inner = shown.get("event")
    return inner if isinstance(inner, dict) else shown


def _parsed(text: str, origin: str) -> list[Any]:
    try:
        found = json_text.parse(text, origin=origin)
    except UsageError:
        lines = [line for line in text.splitlines() if line.strip()]
        if not (len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines)):
            raise
        return [json_text.parse(line, origin=origin) for line in lines]
    return found if isinstance(found, list) else [found]


def _text(name: str) -> str:
    try:
        if name == STDIN:
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as handle:
                content = handle.read(MAX_BYTES + 1)
        text = content.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{name}: this is no text in UTF-8.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{name} can't be read: {getattr(error, 'strerror', None) or 'it is no path'}.") from None
    if len(content) > MAX_BYTES:
        raise UsageError(f"{name} is larger than 1 MiB; try fewer events at once.")
    return text
