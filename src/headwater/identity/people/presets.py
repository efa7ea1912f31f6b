"""Identity schemas a project can name instead of writing its own, under the names they have at Ory."""

from typing import Any

EMAIL_PRESET = "preset://email"
USERNAME_PRESET = "preset://username"
PHONE_PRESET = "preset://phone"

EMAIL_LENGTH = 320
USERNAME_LENGTH = 100
PHONE_LENGTH = 32


def _person(name: str, trait: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of people who have this one trait."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Person",
        "type": "object",
        "properties": {
            "traits": {
                "type": "object",
                "properties": {name: trait},
                "required": [name],
                "additionalProperties": False,
            }
        },
    }


def _credentials(**more: Any) -> dict[str, Any]:
    """Return the ways to sign in that every preset has, and more."""
    return {
        "password": {"identifier": True},
        "webauthn": {"identifier": True},
        "passkey": {"display_name": True},
        "totp": {"account_name": True},
        **more,
    }


PRESETS: dict[str, dict[str, Any]] = {
    EMAIL_PRESET: _person(
        "email",
        {
            "type": "string",
            "format": "email",
            "title": "E-Mail",
            "maxLength": EMAIL_LENGTH,
            "ory.sh/kratos": {
                "credentials": _credentials(code={"identifier": True, "via": "email"}),
                "verification": {"via": "email"},
                "recovery": {"via": "email"},
            },
        },
    ),
    USERNAME_PRESET: _person(
        "username",
        {
            "type": "string",
            "title": "Username",
            "minLength": 1,
            "maxLength": USERNAME_LENGTH,
            "ory.sh/kratos": {"credentials": _credentials()},
        },
    ),
    PHONE_PRESET: _person(
        "phone",
        {
            "type": "string",
            "format": "tel",
            "title": "Phone number",
            "maxLength": PHONE_LENGTH,
            "ory.sh/kratos": {
                "credentials": _credentials(code={"identifier": True, "via": "sms"}),
                "verification": {"via": "sms"},
                "recovery": {"via": "sms"},
            },
        },
    ),
}
