"""What is wrong with what somebody typed (4000xxx)."""

from collections.abc import Sequence
from typing import Any

from headwater.identity.messages import hints, printing
from headwater.identity.messages.printing import number, whole
from headwater.identity.messages.text import UiText, error

GENERIC = 4000001  # may quote what was typed


def generic(reason: str) -> UiText:
    return error(GENERIC, reason, reason=reason)


def required(name: str) -> UiText:
    return error(4000002, f"Property {name} is missing.", property=name)


def min_length(limit: int, *, actual: int) -> UiText:
    return error(4000003, f"length must be >= {limit}, but got {actual}", min_length=limit, actual_length=actual)


def pattern(expected: str) -> UiText:
    return error(4000004, f"does not match pattern {printing.quoted(expected)}", pattern=expected)


def password_refused(reason: str) -> UiText:
    return error(4000005, f"The password can not be used because {reason}.", reason=reason)


def invalid_credentials() -> UiText:
    text = (
        "The provided credentials are invalid, check for spelling mistakes in your password or username, email "
        "address, or phone number."
    )
    return error(4000006, text)


def duplicate_credentials() -> UiText:
    return error(4000007, "An account with the same identifier (email, phone, username, ...) exists already.")


def identifier_missing() -> UiText:
    text = (
        "Could not find any login identifiers. Did you forget to set them? "
        "This could also be caused by a server misconfiguration."
    )
    return error(4000009, text)


def address_not_verified() -> UiText:
    return error(4000010, "Account not active yet. Did you forget to verify your email address?")


def max_length(limit: int, *, actual: int) -> UiText:
    return error(4000017, f"length must be <= {limit}, but got {actual}", max_length=limit, actual_length=actual)


def minimum(limit: float, *, actual: float) -> UiText:
    return error(
        4000018, f"must be >= {number(limit)} but found {number(actual)}", minimum=whole(limit), actual=whole(actual)
    )


def exclusive_minimum(limit: float, *, actual: float) -> UiText:
    return error(
        4000019, f"must be > {number(limit)} but found {number(actual)}", minimum=whole(limit), actual=whole(actual)
    )


def maximum(limit: float, *, actual: float) -> UiText:
    return error(
        4000020, f"must be <= {number(limit)} but found {number(actual)}", maximum=whole(limit), actual=whole(actual)
    )


def exclusive_maximum(limit: float, *, actual: float) -> UiText:
    return error(
        4000021, f"must be < {number(limit)} but found {number(actual)}", maximum=whole(limit), actual=whole(actual)
    )


def multiple_of(base: float, *, actual: float) -> UiText:
    return error(4000022, f"{number(actual)} not multipleOf {number(base)}", base=whole(base), actual=whole(actual))


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


def duplicate_on_link() -> UiText:
    text = (
        "An account with the same identifier (email, phone, username, ...) exists already. "
        "Please sign in to your existing account to link your social profile."
    )
    return error(4000027, text)


def duplicate_with_hints(identifier: str, *, credential_types: Sequence[str], providers: Sequence[str]) -> UiText:
    return error(
        4000028,
        hints.sentences(identifier, credential_types=credential_types, providers=providers),
        available_credential_types=list(credential_types),
        available_oidc_providers=list(providers),
        credential_identifier_hint=identifier,
    )


def constant(expected: Any) -> UiText:
    """Name the one value that fits, unless it is an object or a list, which Kratos doesn't show."""
    if isinstance(expected, dict | list):
        return constant_unnamed()
    shown = printing.constant(expected)
    return error(4000029, f"must be equal to constant {shown}", expected=shown)


def constant_unnamed() -> UiText:
    return error(4000030, "const failed")


def password_too_similar() -> UiText:
    return error(4000031, "The password can not be used because it is too similar to the identifier.")


def password_too_short(limit: int, *, actual: int) -> UiText:
    text = f"The password must be at least {limit} characters long, but got {actual}."
    return error(4000032, text, min_length=limit, actual_length=actual)


def password_too_long(limit: int, *, actual: int) -> UiText:
    text = f"The password must be at most {limit} characters long, but got {actual}."
    return error(4000033, text, max_length=limit, actual_length=actual)


def password_breached(breaches: int) -> UiText:
    text = "The password has been found in data breaches and must no longer be used."
    return error(4000034, text, breaches=breaches)


def no_code_user() -> UiText:
    return error(4000035, "This account does not exist or has not setup sign in with code.")


def traits_mismatch() -> UiText:
    return error(4000036, "The provided traits do not match the traits previously associated with this flow.")


def account_not_found() -> UiText:
    return error(4000037, "This account does not exist or has no login method configured.")


def captcha_failed() -> UiText:
    return error(4000038, "Captcha verification failed, please try again.")


def password_same_as_old() -> UiText:
    return error(4000039, "The new password must be different from the old password.")


def email(value: str) -> UiText:
    return error(4000040, "Enter a valid email address", value=value)


def phone(value: str) -> UiText:
    return error(4000041, "Enter a valid phone number", value=value)
