"""Identity schemas written out in a blueprint: `schema: {...}` where a stored identity-config has `url: base64://…`."""

import base64
import binascii
import copy
from typing import Any

import msgspec

from headwater.blueprint.shape import refuse

BASE64 = "base64://"
SCHEMA, URL = "schema", "url"


def written_out(config: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of an identity-config in which each embedded schema can be read."""
    copied = copy.deepcopy(config)
    for item in _schemas(copied):
        schema = _decoded_or_none(item.get(URL))
        if schema is not None and SCHEMA not in item:
            del item[URL]
            item[SCHEMA] = schema
    return copied


def folded(config: dict[str, Any], *, live: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a copy in which each schema written out is a URL again: the live one's, if that says the same.

    Raises BlueprintError.
    """
    copied = copy.deepcopy(config)
    known = [item[URL] for item in _schemas(live) if isinstance(item.get(URL), str)]
    for number, item in enumerate(_schemas(copied)):
        if SCHEMA not in item:
            continue
        place = f"{path}/identity/schemas/{number}"
        if URL in item:
            raise refuse(place, "has both `schema` and `url`; one of them says what the schema is.")
        schema = item.pop(SCHEMA)
        if not isinstance(schema, dict):
            raise refuse(f"{place}/schema", "must be an object; a file is named by `url: file://…`.")
        item[URL] = next((url for url in known if _decoded_or_none(url) == schema), _encoded(schema))
    return copied


def _schemas(config: dict[str, Any]) -> list[dict[str, Any]]:
    identity = config.get("identity")
    schemas = identity.get("schemas") if isinstance(identity, dict) else None
    return [item for item in schemas if isinstance(item, dict)] if isinstance(schemas, list) else []


def _encoded(schema: dict[str, Any]) -> str:
    return BASE64 + base64.b64encode(msgspec.json.encode(schema)).decode()


def _decoded_or_none(url: Any) -> dict[str, Any] | None:
    if not isinstance(url, str) or not url.startswith(BASE64):
        return None
    try:
        return msgspec.json.decode(base64.b64decode(url.removeprefix(BASE64), validate=True), type=dict[str, Any])
    except (binascii.Error, ValueError):
        return None
