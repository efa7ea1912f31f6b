"""What Ory's user interfaces say: message ids and texts are the contract, front ends translate by id."""

from collections.abc import Sequence
from typing import Any

import msgspec

INFO = "info"
ERROR = "error"


class UiText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message. Its `id` never changes its meaning; `context` holds what the text was filled in with."""

    id: int
    text: str
    type: str
    context: dict[str, Any] | None = None


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """A message and the UI node it belongs to; the empty name means the flow as a whole."""

    node: str = ""
    message: UiText


def _info(id: int, text: str, **context: Any) -> UiText:  # noqa: A002  Ory's word
    return UiText(id=id, text=text, type=INFO, context=context or None)


def _error(id: int, text: str, **context: Any) -> UiText:  # noqa: A002  Ory's word
    return UiText(id=id, text=text, type=ERROR, context=context or None)


def sign_up() -> UiText:
    return _info(1040001, "Sign up")


def label_password() -> UiText:
    return _info(1070001, "Password")


def label(title: str, *, name: str) -> UiText:
    return _info(1070002, title, title=title, name=name)


def generic(reason: str) -> UiText:
    return _error(4000001, reason, reason=reason)


def required(name: str) -> UiText:
    return _error(4000002, f"Property {name} is missing.", property=name)


def min_length(limit: int, *, actual: int) -> UiText:
    return _error(4000003, f"length must be >= {limit}, but got {actual}", min_length=limit, actual_length=actual)


def pattern(expected: str) -> UiText:
    return _error(4000004, f'does not match pattern "{expected}"', pattern=expected)


def duplicate_identifier() -> UiText:
    return _error(4000007, "An account with the same identifier (email, phone, username, ...) exists already.")


def identifier_missing() -> UiText:
    text = (
        "Could not find any login identifiers. Did you forget to set them? "
        "This could also be caused by a server misconfiguration."
    )
    return _error(4000009, text)


def max_length(limit: int, *, actual: int) -> UiText:
    return _error(4000017, f"length must be <= {limit}, but got {actual}", max_length=limit, actual_length=actual)


def minimum(limit: float, *, actual: float) -> UiText:
    return _error(4000018, f"must be >= {limit} but found {actual}", minimum=limit, actual=actual)


def exclusive_minimum(limit: float, *, actual: float) -> UiText:
    return _error(4000019, f"must be > {limit} but found {actual}", minimum=limit, actual=actual)


def maximum(limit: float, *, actual: float) -> UiText:
    return _error(4000020, f"must be <= {limit} but found {actual}", maximum=limit, actual=actual)


def exclusive_maximum(limit: float, *, actual: float) -> UiText:
    return _error(4000021, f"must be < {limit} but found {actual}", maximum=limit, actual=actual)


def multiple_of(base: float, *, actual: float) -> UiText:
    return _error(4000022, f"{actual} not multipleOf {base}", base=base, actual=actual)


def max_items(limit: int, *, actual: int) -> UiText:
    text = f"maximum {limit} items allowed, but found {actual} items"
    return _error(4000023, text, max_items=limit, actual_items=actual)


def min_items(limit: int, *, actual: int) -> UiText:
    text = f"minimum {limit} items allowed, but found {actual} items"
    return _error(4000024, text, min_items=limit, actual_items=actual)


def unique_items(first: int, second: int) -> UiText:
    return _error(4000025, f"items at index {first} and {second} are equal", index_a=first, index_b=second)


def wrong_type(allowed: Sequence[str], *, actual: str) -> UiText:
    text = f"expected {' or '.join(allowed)}, but got {actual}"
    return _error(4000026, text, allowed_types=list(allowed), actual_type=actual)


def constant(expected: Any) -> UiText:
    return _error(4000029, f"must be equal to constant {expected}", expected=expected)


def password_too_similar() -> UiText:
    return _error(4000031, "The password can not be used because it is too similar to the identifier.")


def password_too_short(limit: int, *, actual: int) -> UiText:
    text = f"The password must be at least {limit} characters long, but got {actual}."
    return _error(4000032, text, min_length=limit, actual_length=actual)


def password_too_long(limit: int, *, actual: int) -> UiText:
    text = f"The password must be at most {limit} characters long, but got {actual}."
    return _error(4000033, text, max_length=limit, actual_length=actual)


def traits_mismatch() -> UiText:
    return _error(4000036, "The provided traits do not match the traits previously associated with this flow.")


def email(value: str) -> UiText:
    return _error(4000040, "Enter a valid email address", value=value)


def phone(value: str) -> UiText:
    return _error(4000041, "Enter a valid phone number", value=value)


def no_strategy() -> UiText:
    return _error(4010003, "Could not find a strategy to sign you up with. Did you fill out the form correctly?")


def flow_expired(minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
    text = f"The registration flow expired {minutes_ago:.2f} minutes ago, please try again."
    return _error(4040001, text, expired_at=expired_at, expired_at_unix=expired_at_unix)
