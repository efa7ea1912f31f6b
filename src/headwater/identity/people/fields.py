"""The leaves of an identity schema's traits, in the schema's order: what a form asks for."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

MAX_SCHEMA_DEPTH = 32
MAX_FIELDS = 500
# Parts that are looked at: a few that refer to each other can unfold into more than anybody has time for.
MAX_PARTS = 5_000
ARRAY = "array"
LEAF_TYPES = ("string", "number", "integer", "boolean")


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One trait a person can fill in. `name` is dotted: `traits.name.first`. `item_type` is a list's."""

    name: str
    type: str
    item_type: str = "string"
    title: str = ""
    format: str = ""
    pattern: str = ""
    choices: tuple[Any, ...] = ()
    required: bool = False


def of(document: dict[str, Any]) -> tuple[Field, ...]:
    """Return the fields of a schema that `check_schema` accepted: neither free-form objects nor lists of objects."""
    traits = resolve(document["properties"]["traits"], document)
    looked_at = islice(_leaves(traits, document, prefix="traits", above=()), MAX_PARTS)
    return tuple(islice((leaf for leaf in looked_at if leaf is not None), MAX_FIELDS))


def resolve(schema: Any, document: dict[str, Any]) -> dict[str, Any]:
    """Follow local references (`#/definitions/…`); anything else, circles included, counts as an open schema."""
    for _ in range(MAX_SCHEMA_DEPTH):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if reference is None:
            break
        schema = _target(reference, document)
    else:
        return {}
    return schema if isinstance(schema, dict) else {}


def _target(reference: str, document: dict[str, Any]) -> Any:
    target: Any = document
    for step in reference.removeprefix("#").split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        target = target.get(key) if isinstance(target, dict) else None
    return target


def _leaves(
    schema: dict[str, Any], document: dict[str, Any], *, prefix: str, above: tuple[int, ...]
) -> Iterator[Field | None]:
    """Yield the leaves, None for what is none; a schema that contains itself has no end, so it is not entered again."""
    if id(schema) in above or len(above) > MAX_SCHEMA_DEPTH:
        return
    required = schema.get("required", [])
    for name, raw in schema.get("properties", {}).items():
        child = resolve(raw, document)
        path = f"{prefix}.{name}"
        if "properties" in child:
            yield None
            yield from _leaves(child, document, prefix=path, above=(*above, id(schema)))
        elif (leaf := _leaf_type(child)) is not None:
            yield _field(path, child, type_=leaf, required=name in required)
        elif child.get("type") == ARRAY and (item := _leaf_type(resolve(child.get("items", {}), document))) is not None:
            field = _field(path, child, type_=ARRAY, required=name in required)
            yield msgspec.structs.replace(field, item_type=item)
        else:
            yield None


def _leaf_type(schema: dict[str, Any]) -> str | None:
    declared = schema.get("type")
    if declared is None:
        return "string" if "enum" in schema or "const" in schema or "format" in schema else None
    types = declared if isinstance(declared, list) else [declared]
    return next((name for name in types if name in LEAF_TYPES), None)


def _field(path: str, schema: dict[str, Any], *, type_: str, required: bool) -> Field:
    return Field(
        name=path,
        type=type_,
        title=schema.get("title", ""),
        format=schema.get("format", ""),
        pattern=schema.get("pattern", ""),
        choices=tuple(schema.get("enum", ())),
        required=required,
    )
