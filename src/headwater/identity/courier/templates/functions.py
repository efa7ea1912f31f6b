"""The functions a template may call: Go's own, and of sprig those that only look at their arguments.

sprig's time, randomness, environment and network are left out, as Kratos leaves them out of templates that come
by configuration. Arguments stand as in sprig: what is piped in comes last.
"""

import base64
import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

import msgspec

from headwater.identity.courier.templates.errors import TemplateLimitError, TemplateRunError
from headwater.identity.courier.templates.limits import LARGEST_NUMBER, OUTPUT_LETTERS
from headwater.identity.courier.templates.values import is_less, is_same, is_something, text_of, whole, written

Function = Callable[..., Any]

# These look at their arguments one by one and stop early; the interpreter runs them itself.
AND, OR = "and", "or"


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        value = _item(value, key)
    return value


def _item(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get(key) if isinstance(key, str) else None
    if isinstance(value, list):
        position = whole(key)
        if not 0 <= position < len(value):
            raise TemplateRunError(f"asks for item {position} of {len(value)}")
        return value[position]
    if value is None:
        return None
    raise TemplateRunError("uses index on something that is neither a list nor a map")


def _length(value: Any) -> int:
    if isinstance(value, str | list | Mapping):
        return len(value)
    raise TemplateRunError("asks for the length of something that has none")


def _equal(first: Any, *others: Any) -> bool:
    return any(is_same(first, other) for other in others)


def _printed(pattern: Any, *arguments: Any) -> str:
    """`printf` with %s, %v, %d, %q and %%."""
    made: list[str] = []
    rest, pending = text_of(pattern), list(arguments)
    while True:
        before, percent, after = rest.partition("%")
        made.append(before)
        if not percent:
            return "".join(made)
        verb, rest = after[:1], after[1:]
        if verb == "%":
            made.append("%")
        elif verb in VERBS and pending:
            made.append(VERBS[verb](pending.pop(0)))
        else:
            raise TemplateRunError(f"uses printf with %{verb}, which isn't supported or has no argument")


def quoted(value: Any) -> str:
    return msgspec.json.encode(text_of(value)).decode()


VERBS: Mapping[str, Callable[[Any], str]] = {
    "s": text_of,
    "v": written,
    "d": lambda value: str(whole(value)),
    "q": quoted,
}


def _replace(old: Any, new: Any, value: Any) -> str:
    old, new, text = text_of(old), text_of(new), text_of(value)
    times = text.count(old)
    if len(text) + times * len(new) > OUTPUT_LETTERS:
        raise TemplateLimitError(f"makes a text longer than {OUTPUT_LETTERS} letters")
    return text.replace(old, new)


def _truncated(length: Any, value: Any) -> str:
    letters, text = whole(length), text_of(value)
    if letters >= 0:
        return text[:letters]
    return text[letters:] if -letters < len(text) else text


def _default(instead: Any, value: Any = None) -> Any:
    return value if is_something(value) else instead


def _title(value: Any) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text_of(value).split(" "))


def _joined(separator: Any, items: Any) -> str:
    parts = [text_of(item) for item in items] if isinstance(items, list) else [text_of(items)]
    glue = text_of(separator)
    if sum(map(len, parts)) + len(glue) * len(parts) > OUTPUT_LETTERS:
        raise TemplateLimitError(f"makes a text longer than {OUTPUT_LETTERS} letters")
    return glue.join(parts)


def _split_list(separator: Any, value: Any) -> list[str]:
    glue, text = text_of(separator), text_of(value)
    return text.split(glue) if glue else list(text)


def _edge(items: Any, position: int) -> Any:
    return items[position] if isinstance(items, list) and items else None


def _listed(*values: Any) -> list[Any]:
    # Lists in lists would let a template of a few lines build one that takes hours to write.
    if any(isinstance(value, list | Mapping) for value in values):
        raise TemplateRunError("makes a list of lists or maps")
    return list(values)


def _sum(*values: Any) -> int | float:
    total = sum(map(_number, values))
    if abs(total) > LARGEST_NUMBER:
        raise TemplateRunError("adds up to a number that is too large")
    return total


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return whole(value)
    return value


def _urlquery(*values: Any) -> str:
    return quote_plus("".join(map(text_of, values)))


def _encoded(value: Any) -> str:
    return base64.b64encode(text_of(value).encode()).decode()


FUNCTIONS: Mapping[str, Function] = {
    "not": lambda value: not is_something(value),
    "eq": _equal,
    "ne": lambda left, right: not is_same(left, right),
    "lt": is_less,
    "le": lambda left, right: not is_less(right, left),
    "gt": lambda left, right: is_less(right, left),
    "ge": lambda left, right: not is_less(left, right),
    "index": _index,
    "len": _length,
    "print": lambda *values: "".join(map(written, values)),
    "println": lambda *values: " ".join(map(written, values)) + "\n",
    "printf": _printed,
    "urlquery": _urlquery,
    "default": _default,
    "coalesce": lambda *values: next(filter(is_something, values), None),
    "empty": lambda value: not is_something(value),
    "ternary": lambda yes, no, test: yes if is_something(test) else no,
    "upper": lambda value: text_of(value).upper(),
    "lower": lambda value: text_of(value).lower(),
    "title": _title,
    "trim": lambda value: text_of(value).strip(),
    "trimAll": lambda letters, value: text_of(value).strip(text_of(letters)),
    "trimPrefix": lambda start, value: text_of(value).removeprefix(text_of(start)),
    "trimSuffix": lambda ending, value: text_of(value).removesuffix(text_of(ending)),
    "trunc": _truncated,
    "nospace": lambda value: "".join(text_of(value).split()),
    "cat": lambda *values: " ".join(text_of(value) for value in values if value is not None),
    "quote": lambda *values: " ".join(quoted(value) for value in values if value is not None),
    "replace": _replace,
    "contains": lambda part, value: text_of(part) in text_of(value),
    "hasPrefix": lambda start, value: text_of(value).startswith(text_of(start)),
    "hasSuffix": lambda ending, value: text_of(value).endswith(text_of(ending)),
    "join": _joined,
    "splitList": _split_list,
    "first": lambda items: _edge(items, 0),
    "last": lambda items: _edge(items, -1),
    "list": _listed,
    "has": lambda item, items: isinstance(items, list) and any(is_same(item, other) for other in items),
    "get": lambda mapping, key: mapping.get(text_of(key), "") if isinstance(mapping, Mapping) else "",
    "hasKey": lambda mapping, key: isinstance(mapping, Mapping) and text_of(key) in mapping,
    "toString": text_of,
    "int": whole,
    "add": _sum,
    "sub": lambda left, right: _sum(left, -_number(right)),
    "b64enc": _encoded,
    "toJson": lambda value: msgspec.json.encode(value).decode(),
}
NAMES = frozenset({*FUNCTIONS, AND, OR})


def call(name: str, arguments: list[Any]) -> Any:
    """Run a function. Raises TemplateRunError when the arguments don't fit."""
    try:
        return FUNCTIONS[name](*arguments)
    except TypeError:
        raise TemplateRunError(f"calls {name} with {len(arguments)} arguments that don't fit") from None
