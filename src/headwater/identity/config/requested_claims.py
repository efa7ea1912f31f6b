"""What a provider is asked to say about people (`requested_claims`): the claims parameter of OpenID Connect. Pure.

Source: OpenID Connect Core 1.0, section 5.5, as Kratos's schema has it.
"""

from typing import Any

import msgspec

from headwater.actions.problems import escape
from headwater.identity.config.section import Section, kind, problem

# It travels in the address of the provider's page.
MOST_BYTES = 4096
PLACES = ("id_token", "userinfo")
CLAIM_KEYS = {"essential": bool, "value": object, "values": list}


def read(section: Section, key: str) -> dict[str, Any]:
    """Return the request, empty if nothing is asked. JSON may stand there as a text. Raises ConfigProblem."""
    path = section.at(key)
    found = section.raw(key)
    if isinstance(found, str):
        found = _decoded(found, path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise problem(path, f'must be an object such as {{"id_token": {{"email": null}}}}, not {kind(found)}')
    if len(msgspec.json.encode(found)) > MOST_BYTES:
        raise problem(path, f"is larger than {MOST_BYTES} bytes, more than fits into an address")
    for place in PLACES:
        _check_place(found.get(place, {}), f"{path}/{place}")
    return found


def _decoded(text: str, path: str) -> Any:
    if not text.strip():
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise problem(path, "is a text that isn't JSON; write the object itself") from None


def _check_place(claims: Any, path: str) -> None:
    if not isinstance(claims, dict):
        raise problem(path, f"must be an object of claims, not {kind(claims)}")
    for name, wish in claims.items():
        where = f"{path}/{escape(name)}"
        if wish is not None and not isinstance(wish, dict):
            raise problem(where, f'must be null or an object such as {{"essential": true}}, not {kind(wish)}')
        for key, value in (wish or {}).items():
            _check_wish(key, value, f"{where}/{escape(key)}")


def _check_wish(key: str, value: Any, path: str) -> None:
    if key not in CLAIM_KEYS:
        raise problem(path, f"is none of {', '.join(CLAIM_KEYS)}, which is all that can be said of a claim")
    if not isinstance(value, CLAIM_KEYS[key]):
        raise problem(path, "must be true or false" if key == "essential" else "must be a list")
