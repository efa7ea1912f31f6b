"""A web_hook in an identity-config, as Ory's guide writes it, and the patch that adds it. Pure."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

SEGMENT = "https://api.segment.io/"
IDENTIFY_URL = SEGMENT + "v1/identify"
MOMENTS = ("before", "after")


def web_hook(jsonnet: str, *, url: str, verb: str, auth: Mapping[str, Any] | None, **config: Any) -> dict[str, Any]:
    """Return the hook."""
    body = "base64://" + base64.b64encode(jsonnet.encode()).decode()
    proof = {} if auth is None else {"auth": dict(auth)}
    return {"hook": "web_hook", "config": {"url": url, "method": verb, "body": body, **proof, **config}}


def key_auth(write_key: str) -> dict[str, Any]:
    """Return the proof that Segment asks for."""
    return {"type": "basic_auth", "config": {"user": write_key, "password": ""}}


def appended(
    config: Mapping[str, Any], hook: Mapping[str, Any], *, trigger: str, method: str | None
) -> Iterator[dict[str, Any]]:
    """Yield the operations that put `hook` behind those of its trigger, such as `after/registration`.

    Raises ValueError for a trigger that isn't one.
    """
    steps = [*_steps(trigger), *([method] if method else []), "hooks"]
    there: Any = config
    for place, step in enumerate(steps):
        if not isinstance(there, Mapping) or step not in there:
            missing: Any = [hook]
            for later in reversed(steps[place + 1 :]):
                missing = {later: missing}
            yield {"op": "add", "path": "/" + "/".join(steps[: place + 1]), "value": missing}
            return
        there = there[step]
    yield {"op": "add", "path": "/" + "/".join(steps) + "/-", "value": hook}


def _steps(trigger: str) -> list[str]:
    words = trigger.strip("/").split("/")
    moment = next((word for word in words[:2] if word in MOMENTS), None)
    if moment is None or len(words) < 2:  # noqa: PLR2004  a moment and a flow
        raise ValueError(f"{trigger!r} is no trigger. Write the moment and the flow: after/registration, before/login.")
    flow = next(word for word in words if word != moment)
    return ["selfservice", "flows", flow, moment, *words[2:]]
