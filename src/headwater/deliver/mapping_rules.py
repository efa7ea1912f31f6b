"""The mappings that an operator has configured: which of them an event triggers, and what they make of it."""

from collections.abc import Sequence
from typing import Any, Protocol

from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError
from headwater.core.outcomes import Filtered, Rejected, RetryLater
from headwater.deliver import decide
from headwater.deliver.destination import ACTION, Kind, Payload
from headwater.deliver.directive_mapping import DirectiveMapping
from headwater.deliver.jsonnet_mapping import JsonnetMapping, Mapped
from headwater.mapping import directives
from headwater.mapping.evaluation import Evaluator
from headwater.mapping.fql import triggers
from headwater.workspace.configuration import MappingRule

MAX_RULES = 50  # as at Segment
ALWAYS = "all"


class BadMappingRuleError(BadRequestError):
    """A mapping can't be used as it is."""

    code = "bad_mapping_rule"


class _Mapping(Protocol):
    async def check(self) -> None: ...

    async def apply(self, events: Sequence[dict[str, Any]]) -> list[Mapped]: ...


class MappingRules:
    """All rules of one destination. An event may trigger several: their payloads go out in the rules' order.

    Raises BadMappingRuleError, BadMappingError.
    """

    def __init__(
        self, rules: Sequence[MappingRule], *, kind: Kind, evaluator: Evaluator, clock: Clock | None = None
    ) -> None:
        if len(rules) > MAX_RULES:
            raise BadMappingRuleError(f"A destination has at most {MAX_RULES} mappings, not {len(rules)}.")
        self._rules = [_Rule(rule, kind=kind, evaluator=evaluator, clock=clock) for rule in rules]

    @property
    def are_none(self) -> bool:
        return not self._rules

    async def check(self) -> None:
        """Raise a HeadwaterError if one of them can never do anything: before it is stored, not at each event."""
        for rule in self._rules:
            await rule.check()

    async def apply(self, events: Sequence[dict[str, Any]]) -> list[Mapped]:
        """Return what becomes of each event. Never raises."""
        found: list[list[Mapped]] = [[] for _ in events]
        for rule in self._rules:
            triggered = [number for number, event in enumerate(events) if rule.is_for(event)]
            for number, mapped in zip(triggered, await rule.apply([events[n] for n in triggered]), strict=True):
                found[number].append(mapped)
        return [_together(each) for each in found]


class _Rule:
    def __init__(self, rule: MappingRule, *, kind: Kind, evaluator: Evaluator, clock: Clock | None) -> None:
        names = [action.name for action in kind.actions]
        if rule.action and rule.action not in names:
            raise BadMappingRuleError(f"{kind.name} has no action {rule.action!r}; there are {', '.join(names)}.")
        self._action = rule.action if len(names) > 1 else ""
        self._trigger = triggers.parse(rule.trigger) if rule.trigger not in ("", ALWAYS) else None
        self._mapping = _mapping(rule, evaluator, clock)

    def is_for(self, event: dict[str, Any]) -> bool:
        return self._trigger is None or self._trigger.is_for(event)

    async def check(self) -> None:
        if self._trigger is not None and self._trigger.problem is not None:
            raise BadMappingRuleError(self._trigger.problem)
        await self._mapping.check()

    async def apply(self, events: Sequence[dict[str, Any]]) -> list[Mapped]:
        if not events:
            return []
        mapped = await self._mapping.apply(events)
        return [self._named(one) for one in mapped] if self._action else mapped

    def _named(self, mapped: Mapped) -> Mapped:
        if isinstance(mapped, Filtered | Rejected | RetryLater):
            return mapped
        return [{ACTION: self._action} | payload for payload in mapped]


def _mapping(rule: MappingRule, evaluator: Evaluator, clock: Clock | None) -> _Mapping:
    name = rule.name or "mapping"
    if isinstance(rule.template, dict) or directives.is_directive_mapping(rule.template):
        return DirectiveMapping(rule.template, clock=clock)
    return JsonnetMapping(rule.template, evaluator=evaluator, name=f"{name}.jsonnet")


def _together(mapped: Sequence[Mapped]) -> Mapped:
    """Return what several rules make of one event: nothing goes out if one of them fails, or can't tell yet."""
    payloads: list[Payload] = []
    filtered: Filtered | None = None
    for one in mapped:
        if isinstance(one, Rejected | RetryLater):
            return one
        if isinstance(one, Filtered):
            filtered = filtered or one
        else:
            payloads += one
    return payloads or filtered or Filtered(decide.NO_MATCHING_MAPPING)
