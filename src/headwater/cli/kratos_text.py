"""The text of a kratos.yml as a JSON document: read safely, since it may come from anywhere.

A few lines of YAML can stand for gigabytes (aliases of aliases), so the document is counted as it would be written
out before anything is built from it. Scalars mean what they mean to Kratos: `yes` and `12:30` are texts.
"""

import json
import math
import re
from typing import Any

import yaml

from headwater.core.errors import BadRequestError

MAX_BYTES = 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 64
KIB = 1024
TAG = "tag:yaml.org,2002:"


class KratosFileError(BadRequestError):
    """This is no configuration of Kratos."""

    code = "bad_kratos_config"


class _Loader(yaml.SafeLoader):
    """YAML 1.2's idea of scalars, as Go's readers have it."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  as its parent has it


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)|0o?[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("merge", r"<<", "<"),
):
    _letters = [letter if letter != "\0" else "" for letter in _first]
    _Loader.add_implicit_resolver(TAG + _tag, re.compile(f"^(?:{_pattern})$"), _letters)


def parse(content: bytes, *, name: str) -> dict[str, Any]:
    """Return the document in `content`, YAML or JSON. Raises KratosFileError, which begins with `name`."""
    if len(content) > MAX_BYTES:
        raise KratosFileError(f"{name} is larger than {MAX_BYTES // KIB} KiB. Is it a kratos.yml?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KratosFileError(f"{name} is not UTF-8 text. Is it a kratos.yml?") from error
    try:
        document = _json_or_none(text)
        document = _yaml(text) if document is None else document
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise KratosFileError(f"{name} can't be read: {place}{error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise KratosFileError(f"{name} can't be read: it holds characters that no YAML may hold.") from error
    except ValueError as error:
        raise KratosFileError(f"{name} can't be read: {error}.") from error
    except RecursionError as error:
        raise KratosFileError(f"{name} is nested too deep.") from error
    if not isinstance(document, dict):
        raise KratosFileError(f"{name} must hold keys and values, such as identity: and selfservice:.")
    _require_json(document, name=name)
    return document


def _json_or_none(text: str) -> Any:
    """YAML's reader knows most of JSON, but is slower, and takes tabs and some escapes for mistakes."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _yaml(text: str) -> Any:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _require_bounded(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _require_bounded(root: yaml.Node) -> None:
    """Refuse what would be too much once its aliases are written out, and keys that stand twice in one place.

    An alias of itself never ends, and so meets the limit, too.
    """
    level, count = [root], 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_NODES:
            break
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise ValueError(f"written out, it has more than {MAX_NODES} values or {MAX_DEPTH} levels")


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if not isinstance(node, yaml.MappingNode):
        return []
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode) and key.value in seen:
            raise ValueError(f"line {key.start_mark.line + 1}: the key {key.value!r} stands there twice")
        seen.add(str(key.value))
    return [part for pair in node.value for part in pair]


def _require_json(document: Any, *, name: str) -> None:
    """Refuse what YAML can say and JSON can't: keys that are no texts, infinity, bytes, sets."""
    level = [document]
    while level:
        for value in level:
            is_number = isinstance(value, float)
            if is_number and not math.isfinite(value):
                raise KratosFileError(f"{name} holds {value}, which is not a number that JSON knows.")
            if isinstance(value, dict) and (odd := next((key for key in value if not isinstance(key, str)), None)):
                raise KratosFileError(f"{name} holds the key {odd!r}, which is no text. Put it in quotes.")
            if not (is_number or value is None or isinstance(value, dict | list | str | bool | int)):
                raise KratosFileError(f"{name} holds a {type(value).__name__}, which JSON doesn't know.")
        level = [child for value in level for child in _members(value)]


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
