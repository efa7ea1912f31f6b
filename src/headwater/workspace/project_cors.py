"""A project's `cors_public`, which Ory keeps beside the identity-config: in force like the one in it. Pure."""

from typing import Any

CORS_PUBLIC = "cors_public"
ANY = "*"


def folded(identity_config: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return the identity-config with the origins that `document` lets in besides. Of two rules, both hold."""
    beside, inside = document.get(CORS_PUBLIC) or {}, identity_config.get(CORS_PUBLIC) or {}
    if not beside.get("enabled"):
        return identity_config
    # No `*` here: this rule says nothing of credentials, and with them every site could act as the person.
    origins = [origin for origin in beside.get("origins", ()) if origin != ANY]
    return {**identity_config, CORS_PUBLIC: {"enabled": True, "origins": [*inside.get("origins", ()), *origins]}}
