"""A place inside a JSON document, written as the `ory` CLI's users write it: `a.b.0.c`, `list.#`, `list.#.key`."""

import re
from typing import Any

from headwater.cli import json_query
from headwater.cli.json_query import Query

EACH = "#"
# A query may hold dots and brackets, in texts of its own; a backslash takes the meaning from what follows.
_TEXT = r'"(?:[^"\\]|\\.)*"'
_LABEL = re.compile(
    rf"#\((?P<query>(?:[^()\"]|{_TEXT})*)\)(?P<all>#?)(?:\.|$)|(?P<key>(?:[^.\\]|\\.)*)(?:\.|$)", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WILD = re.compile(r"(?<!\\)[*?]")

# What `find` returns when nothing is there: null is a value like any other.
ABSENT = object()


def find(document: Any, path: str) -> Any:
    r"""Return what is at `path`, or ABSENT; `\.` is a plain dot.

    `#` alone is a list's length, `#.key` each item's; `#(key=="x")` is the first item that is so, `#(key=="x")#` all
    of them; `*` and `?` in a key stand for any letters, or one, of the first key that fits.
    """
    return _walk(document, _labels(path))


def _labels(path: str) -> list[re.Match[str]]:
    labels = list(_LABEL.finditer(path))
    is_empty = bool(labels) and labels[-1]["key"] == ""
    return labels[:-1] if not path.endswith(".") and is_empty else labels


def _walk(value: Any, labels: list[re.Match[str]]) -> Any:
    if not labels:
        return value
    label, rest = labels[0], labels[1:]
    if label["query"] is not None:
        return _chosen(value, json_query.parse(label["query"]), rest, is_all=bool(label["all"]))
    if isinstance(value, dict):
        key = _key(value, label["key"])
        return _walk(value[key], rest) if key in value else ABSENT
    return _in_list(value, label["key"], rest) if isinstance(value, list) else ABSENT


def _key(value: dict[str, Any], written: str) -> str:
    plain = _ESCAPED.sub(r"\1", written)
    if plain in value or not _WILD.search(written):
        return plain
    pattern = re.compile(
        "".join({"*": ".*", "?": "."}.get(part) or re.escape(_ESCAPED.sub(r"\1", part)) for part in _parts(written)),
        re.DOTALL,
    )
    return next((key for key in value if pattern.fullmatch(key)), plain)


def _parts(written: str) -> list[str]:
    return re.findall(r"\\.|[*?]|[^*?\\]+", written, re.DOTALL)


def _in_list(items: list[Any], key: str, rest: list[re.Match[str]]) -> Any:
    if key == EACH:
        return _each(items, rest) if rest else len(items)
    if key.isdecimal() and int(key) < len(items):
        return _walk(items[int(key)], rest)
    return ABSENT


def _each(items: list[Any], rest: list[re.Match[str]]) -> list[Any]:
    return [found for item in items if (found := _walk(item, rest)) is not ABSENT]


def _chosen(value: Any, query: Query, rest: list[re.Match[str]], *, is_all: bool) -> Any:
    if not isinstance(value, list):
        return ABSENT
    fitting = [item for item in value if _fits(item, query)]
    if is_all:
        return _each(fitting, rest)
    return _walk(fitting[0], rest) if fitting else ABSENT


def _fits(item: Any, query: Query) -> bool:
    found = find(item, query.path) if query.path else item
    return found is not ABSENT and query.fits(found)
