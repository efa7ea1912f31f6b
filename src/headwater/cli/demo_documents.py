"""The documents of the story that are its own: the schema, a provider with its mapper, an Action that has to wait."""

import base64
import json
from typing import Any

from headwater.core import ids

SCHEMA: dict[str, Any] = {
    "$id": "https://headwater.example/customer.schema.json",
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Customer",
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string",
                    "format": "email",
                    "title": "E-mail",
                    "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}},
                },
                "name": {"type": "string", "title": "Name"},
                "consent": {
                    "type": "object",
                    "properties": {"newsletter": {"type": "boolean", "title": "Newsletter"}},
                    "required": ["newsletter"],
                },
            },
            "required": ["email", "name", "consent"],
            "additionalProperties": False,
        }
    },
}

WELCOME = """\
function(ctx) { welcome: ctx.identity.traits.name, userId: ctx.identity.id }
"""

MAPPER = """\
local claims = std.extVar('claims');
{
  identity: {
    traits: {
      // An address that the provider hasn't verified may be anybody's.
      [if std.get(claims, 'email_verified', false) then 'email']: claims.email,
      [if 'name' in claims then 'name']: claims.name,
    },
  },
}
"""


def identity_schemas() -> list[dict[str, str]]:
    """Return the identity-config's list of schemas: ours."""
    return [{"id": "customer", "url": _base64(json.dumps(SCHEMA))}]


def social_method(provider_id: str, *, issuer: str) -> dict[str, Any]:
    """Return the identity-config's social sign-in: on, with one OpenID provider, which takes any client."""
    provider = {
        "id": provider_id,
        "provider": "generic",
        "label": "Acme",
        "issuer_url": issuer,
        "client_id": "headwater-demo",
        "client_secret": ids.new_token("demo-"),
        "scope": ["openid", "email", "profile"],
        "mapper_url": _base64(MAPPER),
    }
    return {"enabled": True, "config": {"providers": [provider]}}


def welcome_action(url: str) -> dict[str, Any]:
    """Return an Action that waits in the queue while its receiver is down."""
    return {
        "hook": "web_hook",
        "config": {
            "url": url,
            "method": "POST",
            "body": _base64(WELCOME),
            "response": {"on_error": "queue"},
        },
    }


def _base64(text: str) -> str:
    return "base64://" + base64.b64encode(text.encode()).decode()
