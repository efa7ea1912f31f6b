"""What clients' consent wrappers read in the settings document: which categories a source's destinations have. Pure.

A wrapper asks about no category that nobody has, and sends us nothing of who has agreed to none, unless there
is a destination that needs no consent.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

# Tools are fed by us: whatever their names, no client is to look for code of theirs.
FED_BY_US = {"type": "server", "bundlingStatus": "unbundled"}


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """The consent categories of one destination of a source; none: it needs no consent. `name` is as events call it."""

    name: str
    categories: tuple[str, ...] = ()


def added_to(document: dict[str, Any], needs: Sequence[Need]) -> dict[str, Any]:
    """Return a settings document with what `needs` say; the same where none of them has a category."""
    mapped = [need for need in needs if need.categories]
    if not mapped:
        return document
    every = {category for need in mapped for category in need.categories}
    return {
        **document,
        "integrations": {**_entries(mapped), **document["integrations"]},
        "consentSettings": {"allCategories": sorted(every), "hasUnmappedDestinations": len(mapped) < len(needs)},
    }


def _entries(mapped: Sequence[Need]) -> dict[str, Any]:
    """Return an entry for each name; two destinations of one name share it, with the categories of both."""
    entries: dict[str, Any] = {}
    for need in mapped:
        entry = entries.setdefault(need.name, {**FED_BY_US, "consentSettings": {"categories": []}})
        categories = entry["consentSettings"]["categories"]
        categories += [one for one in need.categories if one not in categories]
    return entries
