"""A mapping as it comes in: JSON, as text or read already. What is too large or too deep to be worked on is refused."""

from typing import Any

import msgspec

from headwater.mapping.directives import problems

KIB = 1024
MOST_BYTES = 256 * KIB
MOST_LEVELS = 64


def read(document: Any) -> dict[str, Any]:
    """Return the mapping. Raises BadMappingError when it is no JSON object, or out of bounds."""
    if isinstance(document, str | bytes):
        document = _parsed(document)
    if not isinstance(document, dict):
        raise problems.problem((), "must be a JSON object: a Segment mapping is one, field by field")
    if is_deeper(document, MOST_LEVELS):
        raise problems.problem((), f"is nested in more than {MOST_LEVELS} levels")
    if len(_written(document)) > MOST_BYTES:
        raise problems.problem((), f"is larger than {MOST_BYTES // KIB} KiB")
    return document


def is_object_text(document: Any) -> bool:
    """Return whether `document` is a JSON object or the text of one; Jsonnet of another shape is not."""
    if not isinstance(document, str | bytes):
        return isinstance(document, dict)
    try:
        return isinstance(msgspec.json.decode(document), dict)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False


def is_deeper(value: Any, most: int) -> bool:
    """Return whether lists and objects stand in each other more than `most` levels deep. Takes no stack."""
    level = [value]
    for _ in range(most):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _parsed(text: str | bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise problems.problem((), f"is no JSON: {error}") from None
    except RecursionError:
        raise problems.problem((), f"is nested in more than {MOST_LEVELS} levels") from None


def _written(document: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(document)
    except (TypeError, ValueError, OverflowError) as error:
        raise problems.problem((), f"can't be written as JSON: {error}") from None
