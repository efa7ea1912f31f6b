"""Segment's mapping directives (`{"email": {"@path": "$.traits.email"}}`): its mappings can be pasted as they are.

`compile` once, `apply` to each event; `explain` for a dry run. It does what @segment/actions-core does, quirks
included, and its tests run that beside it.
"""

from typing import Any

from headwater.core.clock import Clock
from headwater.mapping.directives import documents
from headwater.mapping.directives.compiler import Compiler
from headwater.mapping.directives.explaining import Explanation, Missing, explain
from headwater.mapping.directives.mapping import OUTPUT_BYTES, Mapping
from headwater.mapping.directives.problems import BadMappingError
from headwater.mapping.directives.values import UNDEFINED, Undefined

__all__ = [
    "UNDEFINED",
    "BadMappingError",
    "Explanation",
    "Mapping",
    "Missing",
    "Undefined",
    "compile",
    "explain",
    "is_directive_mapping",
]


def compile(document: Any, *, clock: Clock | None = None, output_bytes: int = OUTPUT_BYTES) -> Mapping:  # noqa: A001 - the verb it is
    """Return the mapping that `document` (a JSON object, or its text) describes.

    Raises BadMappingError with the JSON pointer, what was found and what is allowed: for what Segment refuses to
    save, and for what would fail with every event. `clock` is what Liquid's `now` asks.
    """
    return Mapping(Compiler().top(documents.read(document)), output_bytes=output_bytes, clock=clock)


def is_directive_mapping(document: Any) -> bool:
    """Return whether what was pasted as a mapping is one of Segment's (a JSON object), and not Jsonnet.

    A JSON object is Jsonnet, too, but means the same there: itself, for every event, unless it has directives.
    """
    return documents.is_object_text(document)
