"""From what the JSON Schema engine finds wrong with traits to Ory's messages on the right nodes."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
from jsonschema_rs import ValidationError, ValidationErrorKind

from headwater.identity.config.section import kind
from headwater.identity.messages import validation
from headwater.identity.messages.text import Complaint, UiText

# Enough for any form; without it a body of thousands of wrong items would be answered with megabytes.
MAX_COMPLAINTS = 100

# What a kind of error knows beyond its name (`limit`, `pattern`, …) differs from kind to kind: hence Any.
Translate = Callable[[Any, Any], UiText]


def complaints(errors: Iterable[ValidationError]) -> tuple[Complaint, ...]:
    """Return one complaint per error; alternatives (`anyOf`, `oneOf`) complain about each of their branches."""
    found = islice((complaint for error in errors for complaint in _complaints(error)), MAX_COMPLAINTS)
    unique = {(item.node, item.message.id, item.message.text): item for item in found}
    return tuple(unique.values())


def _complaints(error: ValidationError) -> Iterator[Complaint]:
    node = ".".join(str(step) for step in error.instance_path)
    detail: Any = error.kind
    if detail.name == "required":
        yield Complaint(node=f"{node}.{detail.property}", message=validation.required(detail.property))
    elif causes := [cause for branch in getattr(detail, "context", ()) for cause in branch]:
        yield from (complaint for cause in causes for complaint in _complaints(cause))
    else:
        # Also when every branch of a `oneOf` fits: no error may go without a complaint, or the traits would pass.
        yield Complaint(node=node, message=_message(detail, error))


def _message(detail: Any, error: ValidationError) -> UiText:
    translate = TRANSLATIONS.get(detail.name)
    return translate(detail, error.instance) if translate else validation.generic(error.message)


def _pattern(detail: Any, _value: Any) -> UiText:
    if isinstance(detail, ValidationErrorKind.BacktrackLimitExceeded | ValidationErrorKind.RegexEngineFailure):
        return validation.generic("the value takes too long to be matched against its pattern")
    return validation.pattern(detail.pattern)


def _format(detail: Any, value: Any) -> UiText:
    if detail.format == "email":
        return validation.email(str(value))
    if detail.format == "tel":
        return validation.phone(str(value))
    return validation.generic(f'"{value}" is not valid "{detail.format}"')


def _enum(detail: Any, _value: Any) -> UiText:
    return validation.generic("value must be one of " + ", ".join(f'"{option}"' for option in detail.options))


def _additional_properties(detail: Any, _value: Any) -> UiText:
    unexpected = ", ".join(f'"{name}"' for name in detail.unexpected)
    return validation.generic(f"additionalProperties {unexpected} not allowed")


def _unique_items(_detail: Any, items: Any) -> UiText:
    first_at: dict[bytes, int] = {}
    for index, item in enumerate(items):
        earlier = first_at.setdefault(msgspec.json.encode(item, order="deterministic"), index)
        if earlier != index:
            return validation.unique_items(earlier, index)
    return validation.generic("items are not unique")  # 1 and 1.0, which are equal but look different


TRANSLATIONS: dict[str, Translate] = {
    "minLength": lambda detail, value: validation.min_length(detail.limit, actual=len(value)),
    "maxLength": lambda detail, value: validation.max_length(detail.limit, actual=len(value)),
    "pattern": _pattern,
    "minimum": lambda detail, value: validation.minimum(detail.limit, actual=value),
    "exclusiveMinimum": lambda detail, value: validation.exclusive_minimum(detail.limit, actual=value),
    "maximum": lambda detail, value: validation.maximum(detail.limit, actual=value),
    "exclusiveMaximum": lambda detail, value: validation.exclusive_maximum(detail.limit, actual=value),
    "multipleOf": lambda detail, value: validation.multiple_of(detail.multiple_of, actual=value),
    "maxItems": lambda detail, value: validation.max_items(detail.limit, actual=len(value)),
    "minItems": lambda detail, value: validation.min_items(detail.limit, actual=len(value)),
    "uniqueItems": _unique_items,
    "type": lambda detail, value: validation.wrong_type(list(detail.types), actual=kind(value)),
    "const": lambda detail, _value: validation.constant(detail.expected_value),
    "enum": _enum,
    "additionalProperties": _additional_properties,
    "format": _format,
}
