"""The identity-config a new project starts with: what a new Ory Network project's holds, as far as we go."""

from typing import Any

from headwater.identity.people.presets import EMAIL_PRESET

# Where Ory allows a list of hooks for each method (reference 1.1). A new project has every list, so that
# `--add …/hooks/0=…` works at once: JSON Patch refuses to add to a list that isn't there.
METHODS = {
    "login": ("password", "webauthn", "passkey", "oidc", "code", "totp", "lookup_secret"),
    "registration": ("password", "webauthn", "passkey", "oidc", "code"),
    "settings": ("password", "totp", "oidc", "webauthn", "passkey", "lookup_secret", "profile"),
    "recovery": (),
    "verification": (),
}


EXTRAS: dict[str, dict[str, Any]] = {
    "login": {"style": "unified"},
    "registration": {"enabled": True, "style": "unified"},
    "settings": {"privileged_session_max_age": "1h"},
    "recovery": {"enabled": True, "use": "code"},
    "verification": {"enabled": True, "use": "code"},
}


def default_document() -> dict[str, Any]:
    """Return a fresh identity-config document."""
    return {
        "identity": {
            "default_schema_id": EMAIL_PRESET,
            "schemas": [{"id": EMAIL_PRESET, "url": EMAIL_PRESET}],
        },
        "selfservice": {
            "allowed_return_urls": [],
            "flows": {flow: _flow(flow, methods) for flow, methods in METHODS.items()},
            "methods": {
                "password": {
                    "enabled": True,
                    "config": {
                        "min_password_length": 8,
                        "identifier_similarity_check_enabled": True,
                        "haveibeenpwned_enabled": False,
                        "common_passwords_enabled": True,
                    },
                },
                "code": {"enabled": True, "passwordless_enabled": False, "config": {"lifespan": "1h"}},
                "link": {"enabled": False, "config": {"lifespan": "1h"}},
                "profile": {"enabled": True},
                "oidc": {"enabled": False, "config": {"providers": []}},
                # Not offered yet. They are here because Ory's documentation tells people to patch what a new
                # project holds: `--remove` of what isn't there is refused.
                **{name: {"enabled": False} for name in ("totp", "lookup_secret", "webauthn", "passkey")},
            },
        },
        "session": {
            "lifespan": "24h",
            "cookie": {"name": "ory_kratos_session", "persistent": True, "same_site": "Lax"},
        },
        "cookies": {"path": "/", "same_site": "Lax"},
        "hashers": {"algorithm": "argon2"},
        # Without it a native app gets no session after a recovery.
        "feature_flags": {"use_continue_with_transitions": True},
    }


def _flow(flow: str, methods: tuple[str, ...]) -> dict[str, Any]:
    after: dict[str, Any] = {"hooks": []}
    for method in methods:
        after[method] = {"hooks": [{"hook": "session"}] if flow == "registration" else []}
    return {"lifespan": "1h", **EXTRAS[flow], "after": after}
