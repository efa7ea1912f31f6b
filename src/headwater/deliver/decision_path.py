"""How it was decided about one event, step by step, for whoever tries a destination out: each filter, each mapping.

It asks the parts that the engine asks, each by itself, where the engine asks for the end of it only.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core.clock import Clock
from headwater.core.event import Record
from headwater.core.outcomes import Filtered, Rejected, RetryLater
from headwater.deliver import decide, filter_rules
from headwater.deliver.decide import Candidate
from headwater.deliver.destination import Kind
from headwater.deliver.jsonnet_mapping import Mapped
from headwater.deliver.mapping_rules import MappingRules
from headwater.deliver.plan import Plan, Sendable
from headwater.deliver.suppression import Verdict
from headwater.mapping import directives
from headwater.mapping.evaluation import Evaluator
from headwater.mapping.fql import filters
from headwater.mapping.fql.filters import Dropped
from headwater.workspace.configuration import Destination, FilterRule, MappingRule

PASSED, STOPPED, CHANGED, SKIPPED = "passed", "stopped", "changed", "skipped"
MAPPED, FAILED = "mapped", "failed"
FILTER, MAPPING = "filter", "mapping"

Step = dict[str, Any]


class DecisionPath:
    """The way of one event to one destination. Its rules are good: they were checked."""

    def __init__(self, destination: Destination, *, kind: Kind, evaluator: Evaluator, clock: Clock) -> None:
        self._destination = destination
        self._kind = kind
        self._evaluator = evaluator
        self._clock = clock

    async def steps(
        self, record: Record, event: dict[str, Any], plan: Plan, *, suppressed: Verdict = None
    ) -> list[Step]:
        """Return each step up to the one that stops the event; `plan` is what the engine would do."""
        found = self._conditions(record, event, suppressed)
        if found[-1]["verdict"] == STOPPED:
            return found
        routing = self._destination.routing
        found += [_filtered(rule, event) for rule in routing.filters]
        kept = filters.apply(event, filter_rules.compiled(routing.filters))
        if isinstance(kept, Dropped):
            return found
        if not routing.mappings:
            return [*found, _by_kind(plan)]
        return [*found, *[await self._mapped(rule, kept.event) for rule in routing.mappings]]

    def _conditions(self, record: Record, event: dict[str, Any], suppressed: Verdict) -> list[Step]:
        candidate = Candidate(
            record=record, event=event, destination=self._destination, kind=self._kind, suppressed=suppressed
        )
        found: list[Step] = []
        for step in decide.STEPS:
            reason = step(candidate)
            found.append({"step": step.__name__, "verdict": PASSED if reason is None else STOPPED})
            if reason is not None:
                found[-1]["reason"] = reason.reason
                break
        return found

    def _alone(self, rule: MappingRule) -> MappingRules:
        return MappingRules([rule], kind=self._kind, evaluator=self._evaluator, clock=self._clock)

    def _missing(self, rule: MappingRule, event: dict[str, Any]) -> Step:
        """Return which keys of a mapping in directives have nothing, and why."""
        template: Any = rule.template
        if isinstance(template, str) and not directives.is_directive_mapping(template):
            return {}
        missing: Sequence[Any] = directives.explain(template, event, clock=self._clock).missing
        return {"missing": [msgspec.to_builtins(one) for one in missing]} if missing else {}

    async def _mapped(self, rule: MappingRule, event: dict[str, Any]) -> Step:
        told = {"step": MAPPING, "name": rule.name, "trigger": rule.trigger, "action": rule.action}
        said = {name: value for name, value in told.items() if value}
        (mapped,) = await self._alone(rule).apply([event])
        if isinstance(mapped, Filtered) and mapped.reason == decide.NO_MATCHING_MAPPING:
            return {**said, "verdict": SKIPPED, "reason": "its trigger does not match"}
        return {**said, **_outcome(mapped), **self._missing(rule, event)}


def _filtered(rule: FilterRule, event: dict[str, Any]) -> Step:
    """Each filter looks at the event as it came, whatever the others do."""
    said = {"step": FILTER, "name": rule.name, "fql": rule.fql, "action": rule.action}
    kept = filters.apply(event, filter_rules.compiled([rule]))
    said = {name: value for name, value in said.items() if value}
    if isinstance(kept, Dropped):
        return {**said, "verdict": STOPPED, "reason": kept.reason}
    return {**said, "verdict": PASSED} if kept.event == event else {**said, "verdict": CHANGED, "event": kept.event}


def _by_kind(plan: Plan) -> Step:
    """The kind's own mapping has made what the engine has planned."""
    said = {"step": MAPPING, "name": "the kind's own"}
    if isinstance(plan, Sendable):
        return {**said, **_outcome([item.payload for load in plan.loads for item in load.items])}
    return {**said, **_outcome(plan)}


def _outcome(mapped: Mapped) -> Step:
    match mapped:
        case Filtered():
            return {"verdict": STOPPED, "reason": mapped.reason}
        case Rejected() | RetryLater():
            return {"verdict": FAILED, "reason": mapped.reason}
    return {"verdict": MAPPED, "payloads": list(mapped)}
