"""Which directives there are."""

from collections.abc import Mapping
from types import MappingProxyType

from headwater.mapping.directives import (
    at_array_path,
    at_case,
    at_exclude_when_null,
    at_flatten,
    at_if,
    at_json,
    at_liquid,
    at_literal,
    at_merge,
    at_path,
    at_replace,
    at_template,
    at_transform,
)
from headwater.mapping.directives.parts import Directive

DIRECTIVES: Mapping[str, Directive] = MappingProxyType(
    {
        "@arrayPath": at_array_path,
        "@case": at_case,
        "@excludeWhenNull": at_exclude_when_null,
        "@flatten": at_flatten,
        "@if": at_if,
        "@json": at_json,
        "@liquid": at_liquid,
        "@literal": at_literal,
        "@merge": at_merge,
        "@path": at_path,
        "@replace": at_replace,
        "@template": at_template,
        "@transform": at_transform,
    }
)
