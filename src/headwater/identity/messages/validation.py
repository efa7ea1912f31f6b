"""What is wrong with what somebody typed (4000xxx)."""

from collections.abc import Sequence
from typing import Any

from headwater.identity.messages.text import UiText, error


def generic(reason: str) -> UiText:
    return error(4000001, reason, reason=reason)


def required(name: str) -> UiText:
    return error(4000002, f"Property {name} is missing.", property=name)


def min_length(limit: int, *, actual: int) -> UiText:
    return error(4000003, f"length must be >= {limit}, but got {actual}", min_length=limit, actual_length=actual)


def pattern(expected: str) -> UiText:
    return error(4000004, f'does not match pattern "{expected}"', pattern=expected)


def duplicate_credentials() -> UiText:
    return error(4000007, "An account with the same identifier (email, phone, username, ...) exists already.")


def identifier_missing() -> UiText:
    text = (
        "Could not find any login identifiers. Did you forget to set them? "
        "This could also be caused by a server misconfiguration."
    )
    return error(4000009, text)


def max_length(limit: int, *, actual: int) -> UiText:
    return error(4000017, f"length must be <= {limit}, but got {actual}", max_length=limit, actual_length=actual)


def minimum(limit: float, *, actual: float) -> UiText:
    return error(4000018, f"must be >= {limit} but found {actual}", minimum=limit, actual=actual)


def exclusive_minimum(limit: float, *, actual: float) -> UiText:
    return error(4000019, f"must be > {limit} but found {actual}", minimum=limit, actual=actual)


def maximum(limit: float, *, actual: float) -> UiText:
    return error(4000020, f"must be <= {limit} but found {actual}", maximum=limit, actual=actual)


def exclusive_maximum(limit: float, *, actual: float) -> UiText:
    return error(4000021, f"must be < {limit} but found {actual}", maximum=limit, actual=actual)


def multiple_of(base: float, *, actual: float) -> UiText:
    return error(4000022, f"{actual} not multipleOf {base}", base=base, actual=actual)


def max_items(limit: int, *, actual: int) -> UiText:
    text = f"maximum {limit} items allowed, but found {actual} items"
    return error(4000023, text, max_items=limit, actual_items=actual)


def min_items(limit: int, *, actual: int) -> UiText:
    text = f"minimum {limit} items allowed, but found {actual} items"
    return error(4000024, text, min_items=limit, actual_items=actual)


def unique_items(first: int, second: int) -> UiText:
    return error(4000025, f"items at index {first} and {second} are equal", index_a=first, index_b=second)


def wrong_type(allowed: Sequence[str], *, actual: str) -> UiText:
    text = f"expected {' or '.join(allowed)}, but got {actual}"
    return error(4000026, text, allowed_types=list(allowed), actual_type=actual)


def constant(expected: Any) -> UiText:
    return error(4000029, f"must be equal to constant {expected}", expected=expected)


def password_too_similar() -> UiText:
    return error(4000031, "The password can not be used because it is too similar to the identifier.")


def password_too_short(limit: int, *, actual: int) -> UiText:
    text = f"The password must be at least {limit} characters long, but got {actual}."
    return error(4000032, text, min_length=limit, actual_length=actual)


def password_too_long(limit: int, *, actual: int) -> UiText:
    text = f"The password must be at most {limit} characters long, but got {actual}."
    return error(4000033, text, max_length=limit, actual_length=actual)


def traits_mismatch() -> UiText:
    return error(4000036, "The provided traits do not match the traits previously associated with this flow.")


def email(value: str) -> UiText:
    return error(4000040, "Enter a valid email address", value=value)


def phone(value: str) -> UiText:
    return error(4000041, "Enter a valid phone number", value=value)


def invalid_credentials() -> UiText:
    text = (
        "The provided credentials are invalid, check for spelling mistakes in your password or username, email "
        "address, or phone number."
    )
    return error(4000006, text)


def address_not_verified() -> UiText:
    return error(4000010, "Account not active yet. Did you forget to verify your email address?")


def password_breached(breaches: int) -> UiText:
    text = "The password has been found in data breaches and must no longer be used."
    return error(4000034, text, breaches=breaches)


def no_code_user() -> UiText:
    return error(4000035, "This account does not exist or has not setup sign in with code.")


def account_not_found() -> UiText:
    return error(4000037, "This account does not exist or has no login method configured.")


def password_same_as_old() -> UiText:
    return error(4000039, "The new password must be different from the old password.")
