"""`@if`: one value or another, by whether something exists, or is more than empty."""

from typing import Any

from headwater.mapping.directives import operands, problems, texts
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import ANY, fields
from headwater.mapping.directives.run import Run
from headwater.mapping.directives.values import UNDEFINED, is_nothing, is_truthy

RULE = fields({}, {"exists": ANY, "blank": ANY, "then": ANY, "else": ANY})
NOTHING = "has no value for this case"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part. An `else` that JavaScript takes for false (0, "", false, null) doesn't count."""
    given = operands.options(value, place)
    if not (is_truthy(given.get("exists")) or is_truthy(given.get("blank"))):
        raise problems.problem(place, "must have exists or blank, with a value that isn't empty")
    condition = _condition(given, place, builder)
    then = _branch(given, "then", place, builder)
    otherwise = _branch(given, "else", place, builder) if is_truthy(given.get("else")) else _nothing

    def decide(payload: Any, run: Run) -> Any:
        return (then if condition(payload, run) else otherwise)(payload, run)

    return decide


def _condition(given: dict[str, Any], place: Place, builder: Builder) -> Part:
    """`exists` decides when it is there at all, be it null."""
    name = "exists" if "exists" in given else "blank"
    asked = builder.part(given[name], (*place, name))
    if name == "exists":
        return lambda payload, run: not is_nothing(asked(payload, run))

    def is_filled(payload: Any, run: Run) -> bool:
        value = asked(payload, run)
        return not is_nothing(value) and not texts.is_loosely_empty(value, run, place)

    return is_filled


def _branch(given: dict[str, Any], name: str, place: Place, builder: Builder) -> Part:
    return builder.part(given[name], (*place, name)) if name in given else _nothing


def _nothing(_payload: Any, _run: Run) -> Any:
    return UNDEFINED
