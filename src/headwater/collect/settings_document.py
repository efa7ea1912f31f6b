"""The settings document that browser and mobile clients load first (reference/segment.md 1.10).

Its `apiHost` leads them to us: a client that was told our address as its CDN needs to be told nothing else. Mobile
decoders want an object, or nothing, under every name that they know; lists stand only where the browser alone looks.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from headwater.collect import consent_settings
from headwater.collect.calls import Route
from headwater.collect.consent_settings import Need
from headwater.core.errors import NotFoundError
from headwater.web.call import JSON_HEADERS, Call, Reply

HTTP, HTTPS = "http", "https"
# Short, so that a changed address reaches the pages soon.
HEADERS = (*JSON_HEADERS, ("cache-control", "public, max-age=60"))

# Patience: an event may wait for us half a day. That there is an httpConfig at all is what makes mobile clients
# honour Retry-After and back off.
HTTP_CONFIG = {
    "rateLimitConfig": {
        "enabled": True,
        "maxRetryCount": 100,
        "maxRetryInterval": 300,
        "maxRateLimitDuration": 43_200,
    },
    "backoffConfig": {
        "enabled": True,
        "maxRetryCount": 100,
        "baseBackoffInterval": 0.5,
        "maxBackoffInterval": 60,
        "maxTotalBackoffDuration": 43_200,
        "jitterPercent": 10,
        "default4xxBehavior": "drop",
        "default5xxBehavior": "retry",
        "unknownCodeBehavior": "drop",
        "statusCodeOverrides": {"408": "retry", "410": "retry", "429": "retry", "460": "retry", "501": "drop"},
    },
}
PLAN = {
    "track": {"__default": {"enabled": True, "integrations": {}}},
    "identify": {"__default": {"enabled": True}},
    "group": {"__default": {"enabled": True}},
}


class UnknownWriteKeyError(NotFoundError):
    """No source has this write key. `headwater list sources` shows the keys there are."""

    code = "unknown_write_key"


def reply(call: Call, route: Route, *, public_url: str | None, needs: Sequence[Need] = ()) -> Reply:
    """Return the document for the source of `route.write_key`; `needs` are its destinations'."""
    scheme, place = _address(call, public_url)
    api_host = f"{_joined(place, route.prefix)}/v1"
    document = consent_settings.added_to(_document(route.write_key, scheme, api_host), needs)
    return Reply(status=200, body=msgspec.json.encode(document), headers=HEADERS)


def _document(write_key: str, scheme: str, api_host: str) -> dict[str, Any]:
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": api_host,
                "protocol": scheme,
                "retryQueue": True,
                "addBundledMetadata": True,
                "unbundledIntegrations": [],
                "maybeBundledConfigIds": {},
                "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
                "httpConfig": HTTP_CONFIG,
            }
        },
        "plan": PLAN,
        "edgeFunction": {},
        "middlewareSettings": {"routingRules": []},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0, "host": api_host},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }


def _address(call: Call, public_url: str | None) -> tuple[str, str]:
    """Return the scheme and the place (host, port, path) that people see us at, as far as we know."""
    if public_url:
        parts = urlsplit(public_url)
        return parts.scheme, f"{parts.netloc}{parts.path.rstrip('/')}"
    # Only a trusted proxy's word gets this far, and without one there is no TLS before us.
    forwarded = call.headers.get("x-forwarded-proto", HTTP)
    return forwarded if forwarded in (HTTP, HTTPS) else HTTP, call.headers.get("host", "")


def _joined(place: str, prefix: str) -> str:
    """Return the place with the call's prefix; a proxy may or may not have taken the public path off it."""
    host, slash, path = place.partition("/")
    is_in_prefix = f"{prefix}/".startswith(f"{slash}{path}/")
    return f"{host}{prefix}" if is_in_prefix else f"{place}{prefix}"
