"""Is this mapping one that Segment would save? The same is refused, and what it doesn't look at isn't looked at here.

So an object in a list may mix directives with other keys: it is then a plain object.
"""

from typing import Any

from headwater.mapping.directives import problems, table
from headwater.mapping.directives.marks import MARK, METADATA, is_marked
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import (
    DIRECTIVE,
    FLAG,
    LIST,
    NULL,
    NUMBER,
    OBJECT,
    TEXT,
    WELL_FORMED,
    Rule,
)
from headwater.mapping.directives.values import length

NAMES = {
    DIRECTIVE: "a directive",
    OBJECT: "an object",
    LIST: "a list",
    TEXT: "a text",
    NUMBER: "a number",
    FLAG: "true or false",
    NULL: "null",
}


def whole(document: Any, place: Place = ()) -> None:
    """Raises BadMappingError for the first thing in `document` that Segment would refuse."""
    _value(document, WELL_FORMED, place)


def _value(value: Any, rule: Rule, place: Place) -> None:
    kind = _kind(value)
    if kind not in rule.kinds:
        raise problems.misfit(place, found=NAMES[kind], allowed=rule.allowed)
    if kind == DIRECTIVE:
        _directive(value, place)
    elif kind == OBJECT and rule.is_looked_into:
        _object(value, rule, place)
    elif kind == LIST:
        _list(value, rule, place)
    elif kind == TEXT:
        _text(value, rule, place)


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return DIRECTIVE if is_marked(value) else OBJECT
    if isinstance(value, list):
        return LIST
    if isinstance(value, str):
        return TEXT
    if isinstance(value, bool):
        return FLAG
    return NULL if value is None else NUMBER


def _directive(value: dict[str, Any], place: Place) -> None:
    marked = [key for key in value if key.startswith(MARK)]
    if len(marked) > 1:
        names = ", ".join(map(problems.short, marked))
        raise problems.problem(place, f"has {len(marked)} directives, and must have one: {names}", found=names)
    others = [key for key in value if not key.startswith(MARK) and key != METADATA]
    if others:
        reason = f"mixes {problems.short(marked[0])} with other keys, and must have it alone"
        raise problems.problem(place, f"{reason}: {', '.join(map(problems.short, others))}")
    name = marked[0]
    if name not in table.DIRECTIVES:
        raise problems.unknown((*place, name), name, allowed=table.DIRECTIVES)
    _value(value[name], table.DIRECTIVES[name].RULE, (*place, name))


def _object(value: dict[str, Any], rule: Rule, place: Place) -> None:
    for name in rule.fields:
        if name in rule.required and name not in value:
            allowed = rule.fields[name].allowed
            raise problems.problem((*place, name), f"is missing, and must be {allowed}", allowed=allowed)
    for key, inner in value.items():
        _value(inner, rule.fields.get(key, WELL_FORMED), (*place, key))


def _list(value: list[Any], rule: Rule, place: Place) -> None:
    if rule.first and not value:
        raise problems.problem((*place, "0"), f"is missing, and must be {rule.first[0].allowed}")
    for index, (inner, each) in enumerate(zip(value, rule.first, strict=False)):
        _value(inner, each, (*place, str(index)))
    if rule.each is not None:
        for index, inner in enumerate(value):
            _value(inner, rule.each, (*place, str(index)))


def _text(value: str, rule: Rule, place: Place) -> None:
    if rule.words and value.lower() not in rule.words:
        raise problems.misfit(place, found=repr(problems.short(value)), allowed=rule.allowed)
    size = length(value)
    if size < rule.shortest or (rule.longest is not None and size > rule.longest):
        raise problems.misfit(place, found=f"one of {size}", allowed=rule.allowed)
