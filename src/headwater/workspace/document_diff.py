"""What is different between two documents, as a list in the manner of JSON Patch. Pure.

Each entry is `{op: add | remove | replace, path, from?, to?}`: `from` is what was there, `to` what is there now. Lists
are compared place by place, after what they begin and end with alike: an item put in front is one `add`.
"""

from collections.abc import Iterator
from typing import Any

from headwater.workspace.json_equality import is_same


def diff(before: Any, after: Any) -> list[dict[str, Any]]:
    """Return the differences in the order of the documents; [] where there are none."""
    return list(_differences(before, after, ""))


def _differences(before: Any, after: Any, path: str) -> Iterator[dict[str, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, path)
    elif not is_same(before, after):
        yield {"op": "replace", "path": path, "from": before, "to": after}


def _of_objects(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    for key in dict.fromkeys((*before, *after)):
        place = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        if key not in after:
            yield {"op": "remove", "path": place, "from": before[key]}
        elif key not in before:
            yield {"op": "add", "path": place, "to": after[key]}
        else:
            yield from _differences(before[key], after[key], place)


def _of_lists(before: list[Any], after: list[Any], path: str) -> Iterator[dict[str, Any]]:
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    shared = min(len(old), len(new))
    for index in range(shared):
        yield from _differences(old[index], new[index], f"{path}/{start + index}")
    # From the back, so that whoever applies them one by one finds each where it says.
    for index in reversed(range(shared, len(old))):
        yield {"op": "remove", "path": f"{path}/{start + index}", "from": old[index]}
    for index in range(shared, len(new)):
        yield {"op": "add", "path": f"{path}/{start + index}", "to": new[index]}


def _alike(before: list[Any], after: list[Any]) -> int:
    """Return with how many items alike they begin."""
    count = 0
    while count < min(len(before), len(after)) and is_same(before[count], after[count]):
        count += 1
    return count
