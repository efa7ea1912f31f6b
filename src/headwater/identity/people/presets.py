"""Identity schemas a project can name instead of writing its own."""

from typing import Any

EMAIL_PRESET = "preset://email"

PRESETS: dict[str, dict[str, Any]] = {
    EMAIL_PRESET: {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Person",
        "type": "object",
        "properties": {
            "traits": {
                "type": "object",
                "properties": {
                    "email": {
                        "type": "string",
                        "format": "email",
                        "title": "E-Mail",
                        "maxLength": 320,
                        "ory.sh/kratos": {
                            "credentials": {"password": {"identifier": True}},
                            "verification": {"via": "email"},
                            "recovery": {"via": "email"},
                        },
                    }
                },
                "required": ["email"],
                "additionalProperties": False,
            }
        },
    }
}
