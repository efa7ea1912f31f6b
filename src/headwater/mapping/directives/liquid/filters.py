"""Which filters there are: LiquidJS's, less those that Segment switched off. One that is unknown changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from headwater.mapping.directives.liquid import (
    code_filters,
    date_filters,
    html_filters,
    list_filters,
    number_filters,
    text_filters,
)
from headwater.mapping.directives.liquid.frame import Frame

Filter = Callable[[Frame, Any, list[Any]], Any]

FILTERS: Mapping[str, Filter] = {
    **text_filters.FILTERS,
    **html_filters.FILTERS,
    **number_filters.FILTERS,
    **list_filters.FILTERS,
    **date_filters.FILTERS,
    **code_filters.FILTERS,
}
# What Segment refuses; and `sample`, which is left to chance: the same event must always give the same.
REFUSED = frozenset(
    {
        "array_to_sentence_string",
        "concat",
        "find",
        "find_exp",
        "find_index",
        "find_index_exp",
        "group_by",
        "group_by_exp",
        "has",
        "has_exp",
        "map",
        "newline_to_br",
        "reject",
        "reject_exp",
        "reverse",
        "sample",
        "sort",
        "sort_natural",
        "type",
        "uniq",
        "where_exp",
    }
)
