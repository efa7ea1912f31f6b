"""Where in a JSON text, as its author has typed it, a pointer points. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from headwater.console.text_places import Place

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


@dataclass(slots=True, kw_only=True)
class _Inside:
    """An object or a list that is not at its end yet: at which member or element the reading is."""

    is_list: bool
    step: str = ""
    index: int = 0


def of(text: str, pointer: str) -> Place | None:
    """Return where the member or element stands that `pointer` names, or the nearest around it that is there.

    None for the whole document, and for a pointer of which nothing is there. `text` has to be JSON.
    """
    wanted = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    found, at = 0, 0
    for steps, offset in _members(text, deepest=len(wanted)):
        if len(steps) > found and steps == wanted[: len(steps)]:
            found, at = len(steps), offset
    return _place(text, at) if found else None


def _members(text: str, *, deepest: int) -> Iterator[tuple[list[str], int]]:
    """Yield each member and element, down to a depth, by the steps that lead to it, and where it begins."""
    inside: list[_Inside] = []
    is_name = False
    for match in TOKEN.finditer(text):
        mark = match[0]
        if mark in "}]":
            inside.pop()
        elif mark == ",":
            is_name = not inside[-1].is_list
            inside[-1].index += 1
        elif mark != ":":
            if inside and (is_name or inside[-1].is_list):
                inside[-1].step = json.loads(mark) if is_name else str(inside[-1].index)
                if len(inside) <= deepest:
                    yield [one.step for one in inside], match.start()
            is_name = mark == "{"
            if mark in "{[":
                inside.append(_Inside(is_list=mark == "["))


def _place(text: str, offset: int) -> Place:
    line_begins = text.rfind("\n", 0, offset) + 1
    return Place(line=text.count("\n", 0, offset) + 1, column=offset - line_begins + 1)
