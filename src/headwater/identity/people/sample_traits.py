"""From an identity schema to traits that nobody has: all of them, the fewest possible, and what lies between.

For those who try an Action's Jsonnet before people meet it. The values are of the right type and shape; they need not
satisfy every pattern. Pure.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from headwater.identity.people.claims import BRANCHES, CONDITIONALS, EXTENSION, SMS
from headwater.identity.people.fields import ARRAY, MAX_SCHEMA_DEPTH, resolve

EMAIL_VALUE, PHONE_VALUE = "ada@example.org", "+436601234567"
TEXTS = {
    "email": EMAIL_VALUE,
    "tel": PHONE_VALUE,
    "uri": "https://example.org/ada",
    "uri-reference": "/ada",
    "date": "1815-12-10",
    "time": "12:00:00Z",
    "date-time": "2026-11-23T12:00:00Z",
    "uuid": "6f0f5c0a-6f57-4a43-9a6f-1d3c1f3e9b52",
    "ipv4": "203.0.113.7",
    "hostname": "example.org",
}
TEXT = "Ada"
# A schema whose parts refer to each other can be endless; nobody reads a sample of more values.
MAX_VALUES = 500

FULL, SPARSE, LEAN = "full", "sparse", "lean"


class SampleTraits(msgspec.Struct, frozen=True, kw_only=True):
    """`full` has every trait with all its members, `sparse` has every trait bare, `lean` has what is required."""

    full: dict[str, Any]
    sparse: dict[str, Any]
    lean: dict[str, Any]


def of(document: dict[str, Any]) -> SampleTraits:
    """Return the samples of a schema that `check_schema` accepted."""
    made = {
        how: _Filler(document, how).object(_traits(document), above=(), is_inside=False) for how in (FULL, SPARSE, LEAN)
    }
    return SampleTraits(full=made[FULL], sparse=made[SPARSE], lean=made[LEAN])


def _traits(document: dict[str, Any]) -> dict[str, Any]:
    return resolve(document["properties"]["traits"], document)


class _Filler:
    """Makes values, one way, of one document."""

    def __init__(self, document: dict[str, Any], how: str) -> None:
        self._document = document
        self._how = how
        self._left = MAX_VALUES

    def object(self, schema: dict[str, Any], *, above: tuple[int, ...], is_inside: bool) -> dict[str, Any]:
        """`is_inside` something that need not be there: then a sparse one has only what it must have."""
        if id(schema) in above or len(above) > MAX_SCHEMA_DEPTH:
            return {}
        made = {}
        for name, child, is_required in _members(schema, self._document):
            is_left_out = self._how == LEAN or (self._how == SPARSE and is_inside)
            if is_required or not is_left_out:
                inside = is_inside or not is_required
                made[name] = self._value(resolve(child, self._document), above=(*above, id(schema)), is_inside=inside)
        return made

    def _value(self, schema: dict[str, Any], *, above: tuple[int, ...], is_inside: bool) -> Any:
        self._left -= 1
        types = _types(schema)
        if self._how == LEAN and "null" in types:
            return None
        for known in _given(schema):
            return known
        kind = next((name for name in types if name != "null"), "")
        if self._left < 0 or len(above) > MAX_SCHEMA_DEPTH:
            return None
        if kind == "object" or (not kind and _has_members(schema)):
            return self.object(schema, above=above, is_inside=is_inside)
        if kind == ARRAY:
            return self._array(schema, above=above)
        return _scalar(kind, schema)

    def _array(self, schema: dict[str, Any], *, above: tuple[int, ...]) -> list[Any]:
        least = schema.get("minItems", 0)
        if self._how == LEAN and not least:
            return []
        items = schema.get("items")
        first = items[0] if isinstance(items, list) and items else items
        return [self._value(resolve(first or {}, self._document), above=(*above, id(schema)), is_inside=True)]


def _members(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Yield (name, schema, whether it has to be there) of an object, with what its branches add."""
    required: set[str] = {*schema.get("required", ())}
    found: dict[str, Any] = dict(schema.get("properties", {}))
    for keyword in (*BRANCHES, *CONDITIONALS):
        branches = schema.get(keyword, ())
        for raw in branches if isinstance(branches, list) else [branches]:
            branch = resolve(raw, document)
            found = {**branch.get("properties", {}), **found}
            required |= {*branch.get("required", ())} if keyword == "allOf" else set()
    yield from ((name, child, name in required) for name, child in found.items())


def _has_members(schema: dict[str, Any]) -> bool:
    return "properties" in schema or any(keyword in schema for keyword in BRANCHES)


def _types(schema: dict[str, Any]) -> list[str]:
    declared = schema.get("type", [])
    return declared if isinstance(declared, list) else [declared]


def _given(schema: dict[str, Any]) -> Iterator[Any]:
    """Yield values that the schema itself names."""
    if "const" in schema:
        yield schema["const"]
    for keyword in ("examples", "enum"):
        yield from schema.get(keyword) or ()
    if "default" in schema:
        yield schema["default"]


def _scalar(kind: str, schema: dict[str, Any]) -> Any:
    if kind == "boolean":
        return True
    if kind in ("number", "integer"):
        return schema.get("minimum", schema.get("maximum", 1))
    extension = schema.get(EXTENSION) or {}
    purposes = (
        extension.get("verification"),
        extension.get("recovery"),
        (extension.get("credentials") or {}).get("code"),
    )
    ways = [purpose.get("via", "email") for purpose in purposes if purpose]
    if ways:
        return PHONE_VALUE if SMS in ways else EMAIL_VALUE
    return TEXTS.get(schema.get("format", ""), TEXT)
