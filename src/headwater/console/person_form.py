"""A person's traits as a form, made from their schema, and back: what it has no plain field for is JSON. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

TEXTS = {"email": "email", "uri": "url", "date": "date", "tel": "tel"}
NUMBERS = ("number", "integer")
MOST_DEEP = 4
MOST_PARTS = 500  # a form of more is one that nobody fills in
TRAITS = "traits"
BOOLEANS = (("true", "yes"), ("false", "no"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input. `name` is the path from `traits`, with dots; `kind` text, email, …, number, choice or json."""

    name: str
    label: str
    kind: str
    is_required: bool
    choices: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    value: str = ""


def fields(schema: Mapping[str, Any], traits: Mapping[str, Any], form: Mapping[str, str] | None = None) -> list[Field]:
    """Return the inputs of a schema, filled in with `traits`, or with what was typed into `form`."""
    return [_filled(one, traits, form or {}) for one in _fields_of(schema)]


def typed(
    schema: Mapping[str, Any], form: Mapping[str, str], before: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the traits that a form asks for, and what is wrong by field. What the schema doesn't name stays."""
    traits: dict[str, Any] = json.loads(json.dumps(before))
    problems: dict[str, str] = {}
    for field in _fields_of(schema):
        text = form.get(field.name, "").strip()
        try:
            _set(traits, field.steps, value=_value(field, text), is_there=bool(text))
        except ValueError as error:
            problems[field.name] = str(error)
    return traits, problems


def json_or_problem(text: str, name: str, problems: dict[str, str]) -> Any:
    """Return the JSON that was typed, None for nothing; where it is none, `problems` learns it."""
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError) as error:
        problems[name] = f"This is no JSON: {error}."
        return None


def _fields_of(schema: Mapping[str, Any]) -> Iterator[Field]:
    traits = _resolved((schema.get("properties") or {}).get(TRAITS), schema)
    looked_at = islice(_every(traits, (), root=schema), MOST_PARTS)
    return (field for field in looked_at if field is not None)


def _every(node: Mapping[str, Any], steps: tuple[str, ...], *, root: Mapping[str, Any]) -> Iterator[Field | None]:
    """Yield the fields, None for what is none: so whoever takes so many has looked at no more."""
    required = node.get("required") or ()
    for name, raw in (node.get("properties") or {}).items():
        inner, below = _resolved(raw, root), (*steps, str(name))
        if isinstance(inner.get("properties"), Mapping) and len(steps) < MOST_DEEP:
            yield None
            yield from _every(inner, below, root=root)
        else:
            yield _field(inner, below, is_required=name in required)


def _resolved(node: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a node says, or what it refers to within its schema; {} for what is neither."""
    for _ in range(MOST_DEEP):
        if not isinstance(node, Mapping) or "$ref" not in node:
            break
        found: Any = root
        for step in str(node["$ref"]).removeprefix("#").split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, Mapping) else None
        node = found
    return node if isinstance(node, Mapping) and "$ref" not in node else {}


def _field(node: Mapping[str, Any], steps: tuple[str, ...], *, is_required: bool) -> Field:
    kind, choices = _kind(node)
    label = str(node.get("title") or steps[-1])
    return Field(
        name=".".join((TRAITS, *steps)),
        label=label if len(steps) == 1 else f"{' '.join(steps[:-1])}: {label}",
        kind=kind,
        is_required=is_required,
        choices=choices,
        steps=steps,
    )


def _kind(node: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    named = node.get("type")
    types = [one for one in (named if isinstance(named, list) else [named]) if one != "null"]
    if isinstance(node.get("enum"), list):
        return "choice", tuple((json.dumps(one), str(one)) for one in node["enum"])
    if types == ["boolean"]:
        return "choice", BOOLEANS
    if types == ["string"]:
        return TEXTS.get(str(node.get("format")), "text"), ()
    return ("number", ()) if len(types) == 1 and types[0] in NUMBERS else ("json", ())


def _filled(field: Field, traits: Mapping[str, Any], form: Mapping[str, str]) -> Field:
    text = form[field.name] if field.name in form else _shown(field, _get(traits, field.steps))
    return Field(
        name=field.name,
        label=field.label,
        kind=field.kind,
        is_required=field.is_required,
        choices=field.choices,
        steps=field.steps,
        value=text,
    )


def _shown(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.kind == "json":
        return json.dumps(value, indent=2, ensure_ascii=False)
    return json.dumps(value) if field.kind in ("choice", "number") else str(value)


def _value(field: Field, text: str) -> Any:
    """Return what was typed as the schema has it. Raises ValueError, in words."""
    if not text or field.kind not in ("json", "number", "choice"):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        wanted = {"json": f"JSON, such as [] or {{}}: {error}", "number": "a number, such as 7"}
        raise ValueError(f"This must be {wanted.get(field.kind, 'one of the list')}.") from None
    if field.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError("This must be a number, such as 7.")
    return value


def _get(traits: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        traits = traits.get(step) if isinstance(traits, Mapping) else None
    return traits


def _set(traits: dict[str, Any], steps: tuple[str, ...], *, value: Any, is_there: bool) -> None:
    """Put a value where it belongs; nothing typed takes it away."""
    place = traits
    for step in steps[:-1]:
        inner = place.get(step)
        if not isinstance(inner, dict):
            if not is_there:
                return
            inner = place[step] = {}
        place = inner
    if is_there:
        place[steps[-1]] = value
    else:
        place.pop(steps[-1], None)
