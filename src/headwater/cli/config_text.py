"""YAML or JSON that a person hands over, read safely: every configuration file that a command takes comes through here.

A few lines of YAML can stand for gigabytes (aliases of aliases), so the document is counted as it would be written
out before anything is built from it. Scalars mean what they mean to Ory's readers: `yes` and `12:30` are texts.
"""

import json
import math
import re
from typing import Any, NoReturn

import yaml

from headwater.core.errors import BadRequestError

MIB = 1024 * 1024
MAX_BYTES = 4 * MIB
MAX_NODES = 50_000
MAX_DEPTH = 64
TAG = "tag:yaml.org,2002:"
JSON_ENDING = ".json"


class ConfigTextError(BadRequestError):
    """This can't be read as YAML or JSON."""

    code = "unreadable_config"


# YAML 1.2's idea of scalars: tag, pattern, the letters that one may begin with ("" begins nothing).
RESOLVERS = tuple(
    (TAG + tag, re.compile(f"^(?:{pattern})$"), [*letters, *([""] if tag == "null" else [])])
    for tag, pattern, letters in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?(?:0|[1-9][0-9]*)|0o?[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", "-+.0123456789"),
        ("null", r"~|null|Null|NULL|", "~nN"),
        ("merge", r"<<", "<"),
    )
)


class _Loader(yaml.SafeLoader):
    """Reads scalars so, as Go's readers do; stops at more nodes than anybody writes."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  as its parent has it
    composed = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.composed += 1
        if self.composed > MAX_NODES:
            _refuse_size()
        return super().compose_node(parent, index)


for _tag, _pattern, _letters in RESOLVERS:
    _Loader.add_implicit_resolver(_tag, _pattern, _letters)


def parse(content: bytes, *, name: str) -> Any:
    """Return what `content` holds, which JSON could hold too. Raises ConfigTextError, which begins with `name`.

    YAML or JSON, whichever it is; JSON only where `name` ends in .json.
    """
    if len(content) > MAX_BYTES:
        raise ConfigTextError(f"{name} is larger than {MAX_BYTES // MIB} MiB, more than any configuration is.")
    try:
        document = _document(content.decode("utf-8-sig"), is_json=name.lower().endswith(JSON_ENDING))
        _require_json(document)
    except UnicodeDecodeError as error:
        raise ConfigTextError(f"{name} is not UTF-8 text, so it is neither YAML nor JSON.") from error
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ConfigTextError(f"{name} can't be read: {place}{error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise ConfigTextError(f"{name} can't be read: it holds characters that no YAML may hold.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigTextError(f"{name} is not JSON at {place}: {error.msg[0].lower() + error.msg[1:]}.") from error
    except ValueError as error:
        raise ConfigTextError(f"{name} can't be read: {error}.") from error
    except RecursionError as error:
        raise ConfigTextError(f"{name} can't be read: it is nested too deep.") from error
    return document


def _document(text: str, *, is_json: bool) -> Any:
    """YAML's reader knows most of JSON, but is slower, and takes tabs and some escapes for mistakes."""
    if is_json or text.lstrip().startswith(("{", "[")):
        try:
            return json.loads(text, object_pairs_hook=_object)
        except json.JSONDecodeError:
            if is_json:
                raise
    return _yaml(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


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
    _refuse_size()


def _refuse_size() -> NoReturn:
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


def _require_json(document: Any) -> None:
    """Refuse what YAML can say and JSON can't (keys that are no texts, infinity, bytes, sets), and too much of it."""
    level, count = [document], 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_NODES:
            break
        for value in level:
            _require_json_value(value)
        level = [child for value in level for child in _members(value)]
        if not level:
            return
    _refuse_size()


def _require_json_value(value: Any) -> None:
    is_number = isinstance(value, float)
    if is_number and not math.isfinite(value):
        raise ValueError(f"it holds {value}, which is not a number that JSON knows")
    if isinstance(value, dict) and (odd := [key for key in value if not isinstance(key, str)]):
        raise ValueError(f"it holds the key {odd[0]!r}, which is no text; put it in quotes")
    if not (is_number or value is None or isinstance(value, dict | list | str | bool | int)):
        raise ValueError(f"it holds a {type(value).__name__}, which JSON doesn't know; put it in quotes")


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
