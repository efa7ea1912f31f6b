"""The mappings that an operator has configured: which of them an event triggers, and what they make of it."""

from collections.abc import Sequence
from typing import Any

from headwater.core.outcomes import Filtered, Rejected, RetryLater
from headwater.deliver import decide
from headwater.deliver.destination import ACTION, Kind, Payload
from headwater.deliver.jsonnet_mapping import JsonnetMapping, Mapped
from headwater.mapping.evaluation import Evaluator
from headwater.workspace.configuration import MappingRule


class MappingRules:
    """All rules of one destination. An event may trigger several: their payloads go out in the rules' order."""

    def __init__(self, rules: Sequence[MappingRule], *, kind: Kind, evaluator: Evaluator) -> None:
        self._mappings = [_Rule(rule, kind=kind, evaluator=evaluator) for rule in rules]

    @property
    def are_none(self) -> bool:
        return not self._mappings

    async def apply(self, events: Sequence[dict[str, Any]]) -> list[Mapped]:
        """Return what becomes of each event. Never raises."""
        found: list[list[Mapped]] = [[] for _ in events]
        for rule in self._mappings:
            triggered = [number for number, event in enumerate(events) if rule.is_triggered_by(event)]
            for number, mapped in zip(triggered, await rule.apply([events[n] for n in triggered]), strict=True):
                found[number].append(mapped)
        return [_together(each) for each in found]


class _Rule:
    def __init__(self, rule: MappingRule, *, kind: Kind, evaluator: Evaluator) -> None:
        self._action = rule.action if len(kind.actions) > 1 else ""
        self._mapping = JsonnetMapping(str(rule.template), evaluator=evaluator, name=rule.name or "mapping.jsonnet")

    def is_triggered_by(self, _event: dict[str, Any]) -> bool:
        return True

    async def apply(self, events: Sequence[dict[str, Any]]) -> list[Mapped]:
        mapped = await self._mapping.apply(events)
        return [self._named(one) for one in mapped] if self._action else mapped

    def _named(self, mapped: Mapped) -> Mapped:
        if isinstance(mapped, Filtered | Rejected | RetryLater):
            return mapped
        return [{ACTION: self._action} | payload for payload in mapped]


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
