"""The root directive: `__segment_internal_directive` holds one directive; the other keys become its `mapping`."""

from typing import Any

from headwater.mapping.directives import problems
from headwater.mapping.directives.places import MAPPING, ROOT_KEY, Place
from headwater.mapping.directives.run import type_name


def unfold(document: dict[str, Any], place: Place) -> tuple[dict[str, Any], Place]:
    """Return the mapping that really runs, and where it stands. Raises BadMappingError when it can't."""
    if ROOT_KEY not in document:
        return document, place
    place = (*place, ROOT_KEY)
    directive = document[ROOT_KEY]
    if not isinstance(directive, dict):
        raise problems.misfit(place, found=type_name(directive), allowed="an object with one directive")
    if len(directive) != 1:
        raise problems.misfit(place, found=f"one of {len(directive)} keys", allowed="an object with one directive")
    ((name, value),) = directive.items()
    if not isinstance(value, dict | list):
        raise problems.misfit((*place, name), found=type_name(value), allowed="an object, or @arrayPath's list")
    others = {key: inner for key, inner in document.items() if key != ROOT_KEY}
    # A list can't hold them: with @arrayPath Segment loses the other keys, and so do we.
    return {name: {**value, MAPPING: others} if isinstance(value, dict) else value}, place
