"""What an identity schema makes of each trait: what people sign in with, are reached at, get back in by. Pure.

`claims` finds the same in one person's traits; here it is told of a schema that nobody need have yet.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from headwater.identity.people.claims import BRANCHES, CONDITIONALS, EMAIL, EXTENSION
from headwater.identity.people.fields import MAX_PARTS, MAX_SCHEMA_DEPTH, resolve

BY_IDENTIFIER = ("password", "webauthn")
BY_NAME = {"passkey": "display_name", "totp": "account_name"}


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """A trait and what it is for: `password` and its like are true, of the others it is said by which channel."""

    trait: str
    ways: dict[str, Any]


def of(document: dict[str, Any]) -> list[Use]:
    """Return the traits that are for anything, of a schema that `check_schema` accepted, in its order."""
    found: dict[str, dict[str, Any]] = {}
    parts = _parts(document["properties"]["traits"], document, name="traits", above=())
    for name, part in islice(parts, MAX_PARTS):
        if EXTENSION in part:
            found.setdefault(name, {}).update(_ways(part[EXTENSION]))
    return [Use(trait=name, ways=ways) for name, ways in found.items() if ways]


def _ways(extension: dict[str, Any]) -> dict[str, Any]:
    credentials = extension.get("credentials", {})
    ways: dict[str, Any] = {name: True for name in BY_IDENTIFIER if credentials.get(name, {}).get("identifier")}
    ways |= {name: True for name, key in BY_NAME.items() if credentials.get(name, {}).get(key)}
    code = credentials.get("code", {})
    if code.get("identifier"):
        ways["code"] = code.get("via", EMAIL)
    return ways | {name: via for name in ("verification", "recovery") if (via := extension.get(name, {}).get("via"))}


def _parts(
    raw: Any, document: dict[str, Any], *, name: str, above: tuple[int, ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield names and parts; nothing but the name where one goes no further, so that who counts counts all."""
    part = resolve(raw, document)
    if id(part) in above or len(above) > MAX_SCHEMA_DEPTH:
        yield name, {}
        return
    yield name, part
    for inner_name, inner in _below(part, name):
        yield from _parts(inner, document, name=inner_name, above=(*above, id(part)))


def _below(part: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    for keyword in BRANCHES:
        yield from ((name, branch) for branch in part.get(keyword, ()))
    yield from ((name, part[keyword]) for keyword in CONDITIONALS if keyword in part)
    yield from ((f"{name}.{key}", child) for key, child in part.get("properties", {}).items())
    if isinstance(part.get("items"), dict):
        yield f"{name}.*", part["items"]
