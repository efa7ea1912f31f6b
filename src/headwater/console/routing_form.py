"""A destination's routing as fields of a form, and back. What makes sense is for the API to say. Pure.

Rules are counted, `mapping-0-template`, `filter-2-fql`; one that is left empty is none, and the last one always is.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

MAPPING, FILTER = "mapping", "filter"
MAPPING_KEYS = ("template", "name", "trigger", "action")
FILTER_KEYS = ("fql", "action", "name", "percent", "path", "fields")
LEADS = {MAPPING: "template", FILTER: "fql"}  # what makes a rule one
NUMBERS = ("requests_per_second", "concurrency")
PLACE = re.compile(r"/(mapping|filter)s/(\d+)(?:/(\w+))?")


def typed(destination: Mapping[str, Any]) -> dict[str, str]:
    """Return what the form has in it for a destination as the API shows it."""
    form = {name: destination[name] for name in ("mode", "order")}
    form["consent_categories"] = ", ".join(destination["consent_categories"])
    form |= {name: _text(destination[name]) for name in (*NUMBERS, "patience")}
    for rule, listed in ((MAPPING, destination["mappings"]), (FILTER, destination["filters"])):
        for number, one in enumerate(listed):
            form |= {f"{rule}-{number}-{key}": _text(value) for key, value in one.items()}
    return form


def rows(form: Mapping[str, str], rule: str) -> list[int]:
    """Return the numbers of the rules that the form shows: those that are filled in, and an empty one."""
    filled = _filled(form, rule)
    return [*filled, max(filled, default=-1) + 1]


def wish(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the routing as the API takes it."""
    return {
        "mode": form.get("mode", "live"),
        "order": form.get("order", "unordered"),
        "mappings": [_mapping(form, number) for number in _filled(form, MAPPING)],
        "filters": [_filter(form, number) for number in _filled(form, FILTER)],
        "consent_categories": [name.strip() for name in form.get("consent_categories", "").split(",") if name.strip()],
        "patience": form.get("patience", "").strip() or None,
        **{name: _number(form.get(name, "")) for name in NUMBERS},
    }


def field_of(path: str, form: Mapping[str, str]) -> str:
    """Return which field the API means with a path of a routing, such as `/filters/0/fql`."""
    found = PLACE.match(path)
    if found is None:
        return path.lstrip("/").partition("/")[0]
    rule, number = found[1], int(found[2])
    shown = _filled(form, rule)
    key = found[3] if found[3] in (*MAPPING_KEYS, *FILTER_KEYS) else LEADS[rule]
    return f"{rule}-{shown[number] if number < len(shown) else 0}-{key}"


def _filled(form: Mapping[str, str], rule: str) -> list[int]:
    pattern = re.compile(rf"{rule}-(\d{{1,3}})-{LEADS[rule]}")
    return sorted(int(found[1]) for name, text in form.items() if (found := pattern.fullmatch(name)) and text.strip())


def _mapping(form: Mapping[str, str], number: int) -> dict[str, Any]:
    given = dict(_given(form, MAPPING, number, MAPPING_KEYS))
    directives = _json(given["template"])
    return {**given, "template": directives if isinstance(directives, dict) else given["template"]}


def _filter(form: Mapping[str, str], number: int) -> dict[str, Any]:
    given: dict[str, Any] = dict(_given(form, FILTER, number, FILTER_KEYS))
    if "percent" in given:
        given["percent"] = _number(given["percent"])
    if "fields" in given:
        given["fields"] = _json(given["fields"])
    return given


def _given(form: Mapping[str, str], rule: str, number: int, keys: Iterable[str]) -> Iterable[tuple[str, str]]:
    for key in keys:
        if (text := form.get(f"{rule}-{number}-{key}", "")).strip():
            yield key, text


def _number(text: str) -> float | str | None:
    """Return a number; a text that is none, as it is: the API says what it has to be."""
    found = _json(text.strip()) if text.strip() else None
    return found if isinstance(found, int | float) and not isinstance(found, bool) else text.strip() or None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
