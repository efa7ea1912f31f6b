"""Does a document fit the schema of the identity-config? Compiled once; to look at a document takes a millisecond."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import jsonschema_rs
from jsonschema_rs import ValidationError

from headwater.actions.problems import ConfigProblem
from headwater.identity.config_schema import keys, misfits
from headwater.identity.config_schema.nodes import Node
from headwater.identity.config_schema.whole import SCHEMA

# A document that is wrong in more places than that is put right in several goes.
MOST_ERRORS = 100
MOST_PATHS = 3
MOST_VALUES = 5_000

# An engine that never backtracks: whatever text is sent, looking at it takes as long as reading it.
_validator = jsonschema_rs.Draft202012Validator(SCHEMA, pattern_options=jsonschema_rs.RegexOptions())


class _Misfit:
    """One place that is wrong. `steps` lead to it, for a key that is missing to where it should stand."""

    def __init__(self, error: ValidationError, key: str | None = None) -> None:
        self.error = error
        self.key = key
        self.steps: list[str | int] = [*error.instance_path, *([] if key is None else [key])]

    def problem(self) -> ConfigProblem:
        path, node, detail = misfits.pointer(self.steps), _node(self.error), self.error.kind
        if self.key is None:
            return misfits.problem(path, detail, self.error.instance, node)
        if detail.name == "required":
            return misfits.missing(path, keys.at(self.steps).node)
        return misfits.unknown_key(self.steps, allowed=node["properties"])


def check(document: dict[str, Any]) -> None:
    """Raise ConfigProblem for the first place, in the order of the document, that the schema doesn't allow.

    The others are named, and no secret is quoted.
    """
    found: dict[str, _Misfit] = {}
    for one in sorted(_misfits(document), key=lambda one: _order(document, one)):
        found.setdefault(misfits.pointer(one.steps), one)
    if not found:
        return
    first, *others = found
    problem = found[first].problem()
    if not others:
        raise problem
    more = f", and {len(others) - MOST_PATHS} more" if len(others) > MOST_PATHS else ""
    raise ConfigProblem(f"{problem.message} Also wrong: {', '.join(others[:MOST_PATHS])}{more}.", **problem.context)


def _misfits(document: dict[str, Any]) -> Iterator[_Misfit]:
    for error in islice(_errors(document), MOST_ERRORS):
        detail: Any = error.kind
        if detail.name == "additionalProperties":
            yield from (_Misfit(error, key) for key in islice(detail.unexpected, MOST_ERRORS))
        elif detail.name == "required":
            yield _Misfit(error, detail.property)
        else:
            yield _Misfit(error)


def _errors(document: dict[str, Any]) -> Iterable[ValidationError]:
    """Return what is wrong; of a document that is all wrong, only the first: each costs time, and nobody reads them."""
    try:
        _validator.validate(document)
    except ValidationError as error:
        return _validator.iter_errors(document) if _is_small(document) else [error]
    return []


def _is_small(document: dict[str, Any]) -> bool:
    rest, count = deque[Any]([document]), 0
    while rest and count <= MOST_VALUES:
        value = rest.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        count += len(inner)
        rest.extend(inner)
    return count <= MOST_VALUES


def _order(document: Any, misfit: _Misfit) -> list[int]:
    """Return where in the document it is; what is missing comes after what is there."""
    order = []
    for step in misfit.steps:
        if isinstance(document, list):
            order.append(int(step))
            document = document[int(step)]
        elif step in document:
            order.append(list(document).index(step))
            document = document[step]
        else:
            order.append(len(document))
    # A wrong type is the reason for whatever else is wrong there.
    return [*order, misfit.error.kind.name != "type"]


def _node(error: ValidationError) -> Node:
    """Return the part of the schema whose last word was hurt."""
    node: Any = SCHEMA
    for step in error.schema_path[:-1]:
        node = node[step]
    found: Node = node
    return found
