"""A destination's routing as operators write it and are shown it: mode, order, mappings, filters, consent, pace. Pure.

It is read strictly: whatever would never do anything, or something else than meant, is refused, by its path. What
stands in a mapping's template is `routing_check`'s business.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.deliver import consent, filter_rules, patience, routing_shape
from headwater.deliver.destination_route import SHADOW
from headwater.deliver.mapping_rules import MAX_RULES
from headwater.deliver.routing_shape import LIST, NUMBER, TEXT, WHOLE, Types, refuse
from headwater.mapping.fql.filters import MAX_FILTERS
from headwater.workspace.configuration import FilterRule, MappingRule, Routing

MODES = ("live", SHADOW)
ORDERS = ("unordered", "per-user")
MAX_TEMPLATE_BYTES = 64 * 1024
LEAST_PER_SECOND, MOST_PER_SECOND = 0.01, 10_000
MOST_AT_ONCE = 100
NOTHING = type(None)
PATIENCE = "patience"
MAPPING, MAPPINGS, FILTERS, CONSENT = "mapping", "mappings", "filters", "consent_categories"
FILE = "file://"
MAX_SHOWN = 40

TEMPLATE: Types = (str, dict)
KEYS: dict[str, Types] = {
    "mode": TEXT,
    "order": TEXT,
    MAPPING: (*TEMPLATE, NOTHING),
    MAPPINGS: LIST,
    FILTERS: LIST,
    CONSENT: LIST,
    "requests_per_second": (*NUMBER, NOTHING),
    "concurrency": (*WHOLE, NOTHING),
    PATIENCE: (*TEXT, NOTHING),
}
MAPPING_KEYS: dict[str, Types] = {"name": TEXT, "trigger": TEXT, "action": TEXT, "template": TEMPLATE}
FILTER_KEYS: dict[str, Types] = {"name": TEXT, "fql": TEXT, "action": TEXT, "percent": NUMBER, "path": TEXT}
FILTER_KEYS |= {"fields": (dict,)}
# What says more of an action; with any other it would say nothing.
ONLY_WITH = {
    "percent": (filter_rules.SAMPLE,),
    "path": (filter_rules.SAMPLE,),
    "fields": (filter_rules.DROP_PROPERTIES, filter_rules.ALLOW_PROPERTIES),
}


def changed(before: Routing, given: Mapping[str, Any]) -> Routing:
    """Return `before` with what `given` says otherwise; null is the kind's own. Raises BadRoutingError.

    `mapping` is short for one mapping that is for every event; lists that are given are all there is.
    """
    found = routing_shape.check_object(dict(given), path="", types=KEYS)
    if MAPPING in found and MAPPINGS in found:
        raise refuse(f"/{MAPPING}", f"is short for `{MAPPINGS}`, and says the same; leave one of them out.")
    values = {name: value for name, value in found.items() if name not in (MAPPING, MAPPINGS, FILTERS, CONSENT)}
    if MAPPING in found:
        template = found[MAPPING]
        values[MAPPINGS] = () if template is None else (MappingRule(template=_template(template, f"/{MAPPING}")),)
    if MAPPINGS in found:
        values[MAPPINGS] = tuple(_mapping(item, path) for path, item in _items(found, MAPPINGS, MAX_RULES))
    if FILTERS in found:
        values[FILTERS] = tuple(_filter(item, path) for path, item in _items(found, FILTERS, MAX_FILTERS))
    if CONSENT in found:
        values[CONSENT] = consent.check_categories(found[CONSENT], path=f"/{CONSENT}")
    if found.get(PATIENCE) is not None:
        values[PATIENCE] = _patience(found[PATIENCE])
    routing = msgspec.structs.replace(before, **values)
    _check_values(routing)
    return routing


def shown(routing: Routing) -> dict[str, Any]:
    """Return a routing as it is written: given back, it changes nothing. What says nothing is left out of the rules."""
    return {
        "mode": routing.mode,
        "order": routing.order,
        MAPPINGS: [_said(rule, MAPPING_KEYS) for rule in routing.mappings],
        FILTERS: [_said(rule, FILTER_KEYS) for rule in routing.filters],
        CONSENT: list(routing.consent_categories),
        "requests_per_second": routing.requests_per_second,
        "concurrency": routing.concurrency,
        PATIENCE: routing.patience,
    }


def _said(rule: MappingRule | FilterRule, keys: Mapping[str, Types]) -> dict[str, Any]:
    values = {key: getattr(rule, key) for key in keys}
    needed = ("template", "percent")  # an empty object is a mapping, and 0 a share
    return {key: value for key, value in values.items() if value or (key in needed and value is not None)}


def _items(found: dict[str, Any], name: str, most: int) -> list[tuple[str, Any]]:
    if len(found[name]) > most:
        raise refuse(f"/{name}", f"a destination has at most {most} {name}, not {len(found[name])}.")
    return [(f"/{name}/{number}", item) for number, item in enumerate(found[name])]


def _mapping(item: Any, path: str) -> MappingRule:
    found = routing_shape.check_object(item, path=path, types=MAPPING_KEYS, required=("template",))
    routing_shape.check_name(found.get("name", ""), path=f"{path}/name")
    _template(found["template"], f"{path}/template")
    return MappingRule(**found)


def _template(template: str | dict[str, Any], path: str) -> str | dict[str, Any]:
    text = template if isinstance(template, str) else msgspec.json.encode(template).decode()
    size = len(text.encode(errors="surrogatepass"))
    if size > MAX_TEMPLATE_BYTES:
        raise refuse(path, f"is {size} bytes long; a mapping has at most {MAX_TEMPLATE_BYTES}.")
    if text.startswith(FILE):
        raise refuse(path, "names a file: `headwater` reads it, the server doesn't. Put the mapping itself here.")
    if not text.strip():
        raise refuse(path, "is empty: a mapping is Jsonnet, function(event), or an object with Segment's directives.")
    return template


def _filter(item: Any, path: str) -> FilterRule:
    """Return a filter. Its action is asked for: what one may think goes without saying keeps, or drops, the rest."""
    found = routing_shape.check_object(item, path=path, types=FILTER_KEYS, required=("fql", "action"))
    routing_shape.check_name(found.get("name", ""), path=f"{path}/name")
    action = routing_shape.check_choice(
        found["action"], filter_rules.ACTIONS, path=f"{path}/action", what="filter action"
    )
    for name, actions in ONLY_WITH.items():
        if name in found and action not in actions:
            raise refuse(
                f"{path}/{name}", f"says nothing with `action: {action}`; it goes with {' or '.join(actions)}."
            )
    _check_fields(found.get("fields", {}), path=f"{path}/fields")
    return FilterRule(**found)


def _patience(text: str) -> str:
    """Return a patience in the one way it is kept, so that `24h` is no change from `1d`."""
    try:
        return patience.written(patience.of(text))
    except ValueError:
        raise refuse(f"/{PATIENCE}", f"must be {patience.FORMS}, not {text[:MAX_SHOWN]!r}.") from None


def _check_fields(fields: dict[str, Any], *, path: str) -> None:
    for name, listed in fields.items():
        place = f"{path}/{name}"
        for number, one in enumerate(routing_shape.check_type(listed, LIST, path=place)):
            routing_shape.check_type(one, TEXT, path=f"{place}/{number}")


def _check_values(routing: Routing) -> None:
    routing_shape.check_choice(routing.mode, MODES, path="/mode", what="mode")
    routing_shape.check_choice(routing.order, ORDERS, path="/order", what="order")
    routing_shape.check_range(
        routing.requests_per_second, least=LEAST_PER_SECOND, most=MOST_PER_SECOND, path="/requests_per_second"
    )
    routing_shape.check_range(routing.concurrency, least=1, most=MOST_AT_ONCE, path="/concurrency")
