"""A destination's filters, from what is configured to what is applied. Pure."""

from collections.abc import Sequence

from headwater.mapping.fql import filters
from headwater.mapping.fql.filter_actions import Action, AllowProperties, BadFilterError, Drop, DropProperties, Sample
from headwater.mapping.fql.filters import Filter
from headwater.workspace.configuration import FilterRule

KEEP, DROP, SAMPLE = "keep", "drop", "sample"
DROP_PROPERTIES, ALLOW_PROPERTIES = "drop_properties", "allow_properties"
ACTIONS = (KEEP, DROP, SAMPLE, DROP_PROPERTIES, ALLOW_PROPERTIES)


def compiled(rules: Sequence[FilterRule]) -> tuple[Filter, ...]:
    """Return the filters. Raises BadFqlError or BadFilterError."""
    found = tuple(_compiled(rule) for rule in rules)
    filters.check_number(found)
    return found


def _compiled(rule: FilterRule) -> Filter:
    if rule.action == KEEP:
        return filters.keep(rule.fql, title=rule.name)
    return filters.filtering(rule.fql, _action(rule), title=rule.name)


def _action(rule: FilterRule) -> Action:
    if rule.action == DROP:
        return Drop()
    if rule.action == SAMPLE:
        if rule.percent is None or not 0 <= rule.percent <= 1:
            raise BadFilterError("A sample needs `percent`, from 0 to 1, such as 0.1 for a tenth.")
        return Sample(percent=rule.percent, path=rule.path)
    if rule.action in (DROP_PROPERTIES, ALLOW_PROPERTIES):
        if not rule.fields:
            raise BadFilterError(f'{rule.action} needs `fields`, such as {{"properties": ["email"]}}.')
        return (DropProperties if rule.action == DROP_PROPERTIES else AllowProperties)(fields=rule.fields)
    raise BadFilterError(f"A filter's action is one of {', '.join(ACTIONS)}, not {rule.action!r}.")
