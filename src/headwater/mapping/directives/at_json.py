"""`@json`: a value as JSON text, or the value that a JSON text says."""

from typing import Any

from headwater.mapping.directives import json_texts, operands
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import ANY, fields, one_of
from headwater.mapping.directives.run import Run
from headwater.mapping.directives.values import UNDEFINED

RULE = fields({"value": ANY, "mode": one_of("encode", "decode")})
NOTHING = "has no value"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part. Another mode than these two gives nothing: `ENCODE`, which Segment saves, does."""
    given = operands.options(value, place)
    mode = operands.needed(given, "mode", place)
    part = builder.part(operands.needed(given, "value", place), (*place, "value"))
    if mode == "encode":
        return lambda payload, run: json_texts.encode(part(payload, run), run)
    if mode == "decode":
        return lambda payload, run: _decoded(part(payload, run), run)

    def nothing(payload: Any, run: Run) -> Any:
        part(payload, run)
        return UNDEFINED

    return nothing


def _decoded(value: Any, run: Run) -> Any:
    """Return what a text says, or the value itself when it is no JSON."""
    if not isinstance(value, str):
        return value
    run.spend_text(len(value))
    try:
        return json_texts.decode(value)
    except ValueError:
        return value
