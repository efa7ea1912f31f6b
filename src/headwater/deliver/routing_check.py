"""Can a destination's routing do anything? Asked before it is stored: of its kind, FQL, directives and the sandbox."""

from collections.abc import Callable
from typing import Any

from headwater.core.errors import HeadwaterError
from headwater.deliver import filter_rules
from headwater.deliver.destination import Kind
from headwater.deliver.mapping_rules import ALWAYS, MappingRules
from headwater.deliver.routing_shape import refuse, unknown
from headwater.mapping.evaluation import Evaluator, MappingBusyError
from headwater.mapping.fql import triggers
from headwater.workspace.configuration import FilterRule, MappingRule, Routing


async def check(routing: Routing, *, kind: Kind, evaluator: Evaluator) -> None:
    """Return if each rule may do something. Raises BadRoutingError, which names the rule's path.

    MappingBusyError when nobody had the time to look at the Jsonnet: it is not at fault.
    """
    for number, one in enumerate(routing.filters):
        _check_filter(one, path=f"/filters/{number}")
    for number, rule in enumerate(routing.mappings):
        await _check_mapping(rule, kind=kind, evaluator=evaluator, path=f"/mappings/{number}")


def _check_filter(one: FilterRule, *, path: str) -> None:
    place = f"{path}/fql"
    _named(place, lambda: filter_rules.compiled([FilterRule(fql=one.fql)]))
    _named(path, lambda: filter_rules.compiled([one]))


async def _check_mapping(rule: MappingRule, *, kind: Kind, evaluator: Evaluator, path: str) -> None:
    names = [action.name for action in kind.actions]
    if rule.action and rule.action not in names:
        raise refuse(f"{path}/action", f"{kind.name}: {unknown('action', rule.action, names)}")
    problem = triggers.parse(rule.trigger).problem if rule.trigger not in ("", ALWAYS) else None
    if problem is not None:
        raise refuse(f"{path}/trigger", problem)
    place = f"{path}/template"
    compiled = _named(place, lambda: MappingRules([rule], kind=kind, evaluator=evaluator))
    try:
        await compiled.check()
    except MappingBusyError:
        raise
    except HeadwaterError as error:
        raise refuse(place, error.message) from None


def _named(path: str, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except HeadwaterError as error:
        raise refuse(path, error.message) from None
