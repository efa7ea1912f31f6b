"""The sentences that tell somebody whose identifier is taken how its owner signs in (4000028)."""

from collections.abc import Sequence

from headwater.identity.messages import printing

ANY_IDENTIFIER = "an email, phone, or username"

WAYS = {
    "password": "your password",
    "oidc": "social sign in",
    "saml": "social sign in",
    "webauthn": "your passkey or a security key",
    "passkey": "your passkey",
}


def sentences(identifier: str, *, credential_types: Sequence[str], providers: Sequence[str]) -> str:
    """Return what is taken and, as far as known, which ways of signing in and which providers are left."""
    text = f"You tried signing in with {identifier or ANY_IDENTIFIER} which is already in use by another account."
    if ways := _ways(credential_types):
        text += f" You can sign in using {_either(ways)}."
    if providers:
        names = ", ".join(_name(provider) for provider in providers)
        text += f" You can sign in using one of the following social sign in providers: {names}."
    return text


def _ways(credential_types: Sequence[str]) -> list[str]:
    """Return each way once. Kinds nobody has words for are named as they are, if there are no others."""
    known = [WAYS[kind] for kind in credential_types if kind in WAYS]
    return list(dict.fromkeys(known or credential_types))


def _either(ways: list[str]) -> str:
    """Return "a", "a, or b", "a, b, or c"."""
    return ", ".join([*ways[:-1], f"or {ways[-1]}"] if len(ways) > 1 else ways)


def _name(provider: str) -> str:
    is_placeholder = "{" in provider or "}" in provider
    return provider if is_placeholder else printing.titled(provider)
