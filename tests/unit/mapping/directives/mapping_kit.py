"""The judge: @segment/actions-core's own mapping kit, in one Node process for many mappings and events."""

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Any, NamedTuple

from acceptance.programs import need_npm_clients
from headwater.mapping import directives
from headwater.mapping.directives import values
from headwater.mapping.evaluation import MappingRuntimeError

THREW = "(threw)"
NOTHING = "(undefined)"


class Case(NamedTuple):
    mapping: Any
    event: Any


def process(**pipes: Any) -> subprocess.Popen[str]:
    """Start the judge; it ends with its input."""
    node, folder = need_npm_clients()
    # The zone and the language of Segment's servers, which dates depend on.
    env = {**os.environ, "TZ": "UTC", "LC_ALL": "en_US.UTF-8"}
    return subprocess.Popen([node, "mapping_kit.cjs"], cwd=folder, env=env, **pipes)


def theirs(cases: Sequence[Case]) -> list[Any]:
    """Return what Segment's code makes of each case: a JSON value, NOTHING or THREW."""
    lines = "".join(json.dumps(case._asdict()) + "\n" for case in cases)
    with process(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as judge:
        answers, _ = judge.communicate(lines, timeout=100)
    return [read(json.loads(line)) for line in answers.split("\n") if line]


def ours(case: Case) -> Any:
    """Return what we make of a mapping. Raises BadMappingError where we refuse it."""
    mapping = directives.compile(case.mapping)
    try:
        made = mapping.apply(case.event)
    except MappingRuntimeError:
        return THREW
    return NOTHING if made is directives.UNDEFINED else made


def as_javascript(value: Any) -> Any:
    """Return `value` with every number a double, as Node reads it, and U+FFFD for half a character, as we write it."""
    if isinstance(value, str):
        return values.well_formed(value)
    if isinstance(value, dict):
        return {key: as_javascript(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_javascript(item) for item in value]
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if is_whole else value


def differences(cases: Sequence[Case], answers: Sequence[Any]) -> list[str]:
    """Return each case in which we and Segment's answers don't agree."""
    return [
        f"{json.dumps(case._asdict())}\n  theirs: {expected!r}\n  ours:   {made!r}"
        for case, expected in zip(cases, answers, strict=True)
        if not is_same(expected, made := _ours_or_refused(case))
    ]


def _ours_or_refused(case: Case) -> Any:
    try:
        return ours(case)
    except directives.BadMappingError:
        return THREW


def is_same(expected: Any, made: Any) -> bool:
    return json.dumps(as_javascript(expected), sort_keys=True) == json.dumps(as_javascript(made), sort_keys=True)


def read(answer: dict[str, Any]) -> Any:
    if "threw" in answer:
        return THREW
    return NOTHING if "nothing" in answer else json.loads(answer["json"])
