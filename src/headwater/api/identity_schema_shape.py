"""An identity schema as the API shows it, from a project as it is shown. Pure."""

import base64
from typing import Any

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.identity.people import identifying, sample_traits, schema

SCHEMAS = "/services/identity/config/identity/schemas"


def listed(project: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is known of each schema without opening it."""
    identity = _identity(project)
    default = identity.get("default_schema_id", "default")
    return [_entry(one, default=default) for one in identity.get("schemas", ())]


def one_of(project: dict[str, Any], place: int) -> dict[str, Any]:
    """Return the schema at a place of the list: itself, what it makes of each trait, and traits that nobody has."""
    entry = listed(project)[place]
    document = document_of(str(_identity(project)["schemas"][place].get("url", "")))
    if document is None:
        return {**entry, "schema": None, "uses": [], "sample": {}}
    return {**entry, "schema": document, "uses": uses(document), "sample": sample_traits.of(document).full}


def find(project: dict[str, Any], schema_id: str) -> int | None:
    """Return where in the list a schema is, by its id, plain or as URLs write it; None where there is none."""
    for place, one in enumerate(listed(project)):
        if schema_id in (one["id"], one["encoded_id"]):
            return place
    return None


def uses(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the traits that people sign in with, are reached at, or get back in by."""
    return [msgspec.to_builtins(use) for use in identifying.of(document)]


def document_of(url: str) -> dict[str, Any] | None:
    """Return what a stored url holds; None for one that a folder from elsewhere has, and that isn't read here."""
    try:
        return schema.read(url, path="url")
    except HeadwaterError:
        return None


def encoded_url(document: dict[str, Any]) -> str:
    """Return a schema as an identity-config holds it."""
    return schema.BASE64 + base64.b64encode(msgspec.json.encode(document)).decode()


def _identity(project: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = project["services"]["identity"]["config"].get("identity") or {}
    return found


def _entry(one: dict[str, Any], *, default: str) -> dict[str, Any]:
    schema_id, url = str(one.get("id", "")), str(one.get("url", ""))
    return {
        "id": schema_id,
        "encoded_id": schema.encoded(schema_id),
        "preset": url if url.startswith(schema.PRESET) else None,
        "is_default": schema_id == default,
        "selfservice_selectable": bool(one.get("selfservice_selectable")),
    }
