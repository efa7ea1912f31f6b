"""Where in a typed text a refusal points, so that an editor can mark it. Each kind says it in its own way. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

JSONNET = re.compile(r"\b(?:mapping\.jsonnet|body):(\d+):(\d+)")
LINE_AND_COLUMN = re.compile(r"\bline (\d+),? column (\d+)")  # JSON; FQL of several lines
FQL = re.compile(r"\bcolumn (\d+)")
# DuckDB shows the line, and a caret below it. Of a long line it shows a part only.
SQL = re.compile(r"^LINE (\d+): (.*)\n( *)\^", re.MULTILINE)
PART = "..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Both count from one."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a page's piece says of a field while somebody types; a warning isn't refused."""

    field: str
    text: str
    place: Place | None
    is_warning: bool = False


def of(reason: str) -> Place | None:
    """Return the place that a reason names, None for one that names none."""
    found = JSONNET.search(reason) or LINE_AND_COLUMN.search(reason)
    if found:
        return Place(line=int(found[1]), column=int(found[2]))
    if found := SQL.search(reason):
        before = 0 if found[2].startswith(PART) else len(found[3]) - len(f"LINE {found[1]}: ")
        return Place(line=int(found[1]), column=max(before, 0) + 1)
    found = FQL.search(reason)
    return Place(line=1, column=int(found[1])) if found else None


def every(problems: Mapping[str, str]) -> dict[str, Place]:
    """Return the places of what is wrong by field, of those that name one."""
    return {field: place for field, reason in problems.items() if (place := of(reason))}


def first_remark(problems: Mapping[str, str]) -> Remark | None:
    """Return the first of what is wrong by field, None where nothing is."""
    for field, reason in problems.items():
        return Remark(field=field, text=reason, place=of(reason))
    return None
