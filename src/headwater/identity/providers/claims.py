"""What a provider says of somebody, in Ory's shape: what mappers read as `std.extVar('claims')`. Pure.

Known claims of a wrong type are left out rather than refused: they are still there under `raw_claims`. As in Kratos,
what is empty or false isn't there at all.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from headwater.identity.providers.errors import ProviderAnswerError

RAW = "raw_claims"
SUBJECT, ISSUER, ACR, AMR = "sub", "iss", "acr", "amr"
MAX_SUBJECT_LENGTH = 255

Claims = dict[str, Any]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: object) -> bool | None:
    return True if value is True else None


def _convertible_flag(value: object) -> bool | None:
    """Apple says "true"."""
    return True if value is True or value == "true" else None


def _locale(value: object) -> str | None:
    """LinkedIn says {language, country}."""
    if isinstance(value, dict):
        return "-".join(part for part in (_text(value.get("language")), _text(value.get("country"))) if part) or None
    return _text(value)


def _epoch_seconds(value: object) -> int | None:
    """Auth0 and Salesforce write a date where OpenID Connect asks for a number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) or None
    try:
        return int(datetime.fromisoformat(value).timestamp()) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _texts(value: object) -> list[str] | None:
    return [item for item in value if isinstance(item, str)] or None if isinstance(value, list) else None


# In Ory's order (selfservice/strategy/oidc/provider.go, Claims).
READ: dict[str, Callable[[object], Any]] = {
    ISSUER: _text,
    SUBJECT: _text,
    "oid": _text,
    "name": _text,
    "given_name": _text,
    "family_name": _text,
    "last_name": _text,
    "middle_name": _text,
    "nickname": _text,
    "preferred_username": _text,
    "profile": _text,
    "picture": _text,
    "website": _text,
    "email": _text,
    "email_verified": _convertible_flag,
    "gender": _text,
    "birthdate": _text,
    "zoneinfo": _text,
    "locale": _locale,
    "phone_number": _text,
    "phone_number_verified": _flag,
    "updated_at": _epoch_seconds,
    "hd": _text,
    "team": _text,
    "nonce": _text,
    "nonce_supported": _flag,
    ACR: _text,
    AMR: _texts,
}


def cleaned(said: Mapping[str, Any], *, names: Iterable[str] = READ) -> Claims:
    """Return the known claims among what is said, each of its type."""
    read = ((name, READ[name](said[name])) for name in names if name in said)
    return {name: value for name, value in read if value is not None}


def proof(said: Mapping[str, Any]) -> Claims:
    """Return what is said of how somebody proved who they are, cleaned."""
    return cleaned(said, names=(ACR, AMR))


def with_raw(said: dict[str, Any]) -> Claims:
    """Return the known claims, and all that was said beside them."""
    return {**cleaned(said), RAW: said}


def require_person(claims: Claims, *, host: str) -> str:
    """Return the subject. Raises ProviderAnswerError unless the claims say who it is, and who says so."""
    subject = claims.get(SUBJECT, "")
    if not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
        raise ProviderAnswerError(f"{host} did not say who signed in (sub). Whoever runs this site has to look at it.")
    if not claims.get(ISSUER):
        raise ProviderAnswerError(
            f"{host} did not say who it is itself (iss). Whoever runs this site has to look at it."
        )
    return str(subject)
