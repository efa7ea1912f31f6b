"""Documents to be looked at: a new project's, changed at one place or at several."""

import base64
import itertools
from typing import Any

from headwater.identity.config.defaults import default_document


def base64_of(jsonnet: str) -> str:
    return "base64://" + base64.b64encode(jsonnet.encode()).decode()


BODY = base64_of("function(ctx) {id: ctx.identity.id}")
MAPPER = base64_of("local claims = std.extVar('claims'); {identity: {traits: {email: claims.email}}}")


def web_hook(**config: Any) -> dict[str, Any]:
    return {
        "hook": "web_hook",
        "config": {"url": "https://receiver.example.org/", "method": "POST", "body": BODY, **config},
    }


def without(hook: dict[str, Any], key: str) -> dict[str, Any]:
    return {**hook, "config": {name: value for name, value in hook["config"].items() if name != key}}


def provider(**settings: Any) -> dict[str, Any]:
    return {
        "id": "acme",
        "provider": "generic",
        "client_id": "headwater",
        "client_secret": "lovelace",
        "issuer_url": "https://acme.example.org",
        "mapper_url": MAPPER,
        **settings,
    }


def channel(**settings: Any) -> dict[str, Any]:
    request = {"url": "https://sms.example.org/", "method": "POST", "body": BODY}
    return {"id": "sms", "type": "http", "request_config": request, **settings}


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """Return a new project's document with each value put at its path; lists are appended to with `-`."""
    document = default_document()
    for path, value in changes:
        steps = path.removeprefix("/").split("/")
        place: Any = document
        for step, following in itertools.pairwise(steps):
            inner: Any = [] if following == "-" else {}
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, inner)
        if isinstance(place, list):
            place.append(value)
        else:
            place[steps[-1].replace("~1", "/").replace("~0", "~")] = value
    return document
