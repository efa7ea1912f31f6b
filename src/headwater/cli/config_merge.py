"""Several files as one configuration, put together as `ory update` does: objects merge, lists append. Pure."""

from collections.abc import Iterable
from typing import Any

from headwater.core.errors import BadRequestError


class UnmergeableError(BadRequestError):
    """A configuration must hold keys and values."""

    code = "unmergeable_config"


def merged(documents: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the documents, given with their names, as one; of anything but objects and lists the last one wins.

    Raises UnmergeableError, naming the document that is no object.
    """
    whole: dict[str, Any] = {}
    for name, document in documents:
        if not isinstance(document, dict):
            raise UnmergeableError(f"{name} must hold keys and values (an object), such as selfservice: and identity:.")
        whole = _objects(whole, document)
    return whole


def _objects(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {**first, **{key: _values(first[key], value) if key in first else value for key, value in second.items()}}


def _values(first: Any, second: Any) -> Any:
    if isinstance(first, dict) and isinstance(second, dict):
        return _objects(first, second)
    if isinstance(first, list) and isinstance(second, list):
        return [*first, *second]
    return second
