"""One destination on the screen: its sheet, and below it what each filter and each mapping does."""

import json
from collections.abc import Iterator
from typing import Any

from headwater.cli import one_line
from headwater.cli.output import View
from headwater.cli.session import Session

COLUMNS = "id kind name sources enabled mode order consent_categories requests_per_second concurrency patience settings"
SHEET = View(columns=tuple(COLUMNS.split()))
INDENT = "  "
ACTIONS = {
    "keep": "keep only",
    "drop": "drop",
    "sample": "sample",
    "drop_properties": "drop fields of",
    "allow_properties": "keep only fields of",
}


def show(at: Session, destination: dict[str, Any]) -> None:
    """Print the destination as asked; for people also its routing, line by line."""
    at.show(destination, view=SHEET)
    if at.is_table:
        for line in _routing(destination):
            print(one_line.visible(line))


def _routing(destination: dict[str, Any]) -> Iterator[str]:
    filters, mappings = destination.get("filters") or [], destination.get("mappings") or []
    if filters:
        yield from ("", "Filters")
    for one in filters:
        yield from (INDENT + line for line in _filter(one))
    for mapping in mappings:
        yield from ("", _title(mapping))
        yield from (INDENT + line for line in _text(mapping["template"]).splitlines())


def _filter(one: dict[str, Any]) -> Iterator[str]:
    name = f"{one['name']}: " if one.get("name") else ""
    yield f"{name}{ACTIONS.get(one['action'], one['action'])} {' '.join(one['fql'].split())}"
    if "percent" in one:
        by = f" by {one['path']}" if one.get("path") else ""
        yield f"{INDENT}{one['percent'] * 100:g}%{by}"
    for parent, names in one.get("fields", {}).items():
        yield f"{INDENT}{parent or 'the event'}: {', '.join(names)}"


def _title(mapping: dict[str, Any]) -> str:
    name = f" {mapping['name']}" if mapping.get("name") else ""
    events = f"events where {' '.join(mapping['trigger'].split())}" if mapping.get("trigger") else "every event"
    action = f", action {mapping['action']}" if mapping.get("action") else ""
    return f"Mapping{name}, for {events}{action}"


def _text(template: Any) -> str:
    return template if isinstance(template, str) else json.dumps(template, ensure_ascii=False, indent=2)
