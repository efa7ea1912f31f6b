"""Objects in objects as one object with long keys."""

from typing import Any

from headwater.mapping.directives.run import Run
from headwater.mapping.directives.values import entries


def flatten(value: Any, separator: str, run: Run, *, is_omitting_lists: bool) -> dict[str, Any]:
    """Return `value` flat. Empty objects and lists leave nothing; what is no object stands under the empty key."""
    flat: dict[str, Any] = {}
    _add(value, "", flat, _Way(separator, run, is_omitting_lists=is_omitting_lists))
    return flat


class _Way:
    """How this one is flattened."""

    def __init__(self, separator: str, run: Run, *, is_omitting_lists: bool) -> None:
        self.separator = separator
        self.run = run
        self._containers = dict if is_omitting_lists else (dict, list)

    def goes_into(self, value: Any) -> bool:
        return isinstance(value, self._containers)


def _add(value: Any, prefix: str, flat: dict[str, Any], way: _Way) -> None:
    way.run.spend_text(len(prefix))
    if not way.goes_into(value):
        flat[prefix] = value
        return
    for key, inner in entries(value):
        _add(inner, f"{prefix}{way.separator}{key}" if prefix else key, flat, way)
