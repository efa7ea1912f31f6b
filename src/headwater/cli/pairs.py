"""`--set key=value`, repeated: a mapping of settings, as texts or, where the receiver wants JSON, as values."""

from collections.abc import Iterable
from typing import Any

from headwater.cli import json_text
from headwater.cli.usage import UsageError

FLAG = "--set"
WORDS = frozenset({"true", "false", "null"})
JSON_OPENINGS = ("{", "[", '"')


def texts(flags: Iterable[str]) -> dict[str, str]:
    """Return the mapping `flags` spell, every value a text. The last of two equal keys wins. Raises UsageError."""
    pairs: dict[str, str] = {}
    for flag in flags:
        key, separator, value = flag.partition("=")
        if not separator or not key:
            raise UsageError(f"{FLAG} takes key=value, such as {FLAG} url=https://example.com; {flag!r} is not that.")
        pairs[key] = value
    return pairs


def values(flags: Iterable[str]) -> dict[str, Any]:
    """Return the same with true, false, null and what begins with `{`, `[` or `"` read as JSON."""
    return {key: _value(text, origin=f"{FLAG} {key}") for key, text in texts(flags).items()}


def _value(text: str, *, origin: str) -> Any:
    is_json = text in WORDS or text.startswith(JSON_OPENINGS)
    return json_text.parse(text, origin=origin) if is_json else text
