"""What a blueprint changes: one change for each thing, with the values before and after, secrets hidden."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.core.clock import Clock
from headwater.core.secrets import Sealer
from headwater.workspace import document_diff
from headwater.workspace.revisions import Author

CREATE, UPDATE, DELETE = "create", "update", "delete"
PROJECT, SOURCE, DESTINATION, WORKSPACE = "project", "source", "destination", "workspace"
WAREHOUSE = "warehouse"
ANOTHER_VALUE = "*** (another value)"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that changes. Each of `changes` is {path, before, after}; without `before` it is new, and so on."""

    action: str
    kind: str
    name: str
    changes: list[dict[str, Any]] = []


class Hands(msgspec.Struct, frozen=True, kw_only=True):
    """What a change is made with, inside the one transaction.

    `starts`: by its path in the file, the offset above which a new destination's events are, where that isn't now.
    """

    connection: Connection
    clock: Clock
    sealer: Sealer
    newest_offset: int
    author: Author
    starts: dict[str, int] = {}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One change, and how it is made."""

    change: Change
    perform: Callable[[Hands], object]


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is there and that the file lacks."""

    kind: str
    name: str


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is different between two views of one thing, as `changes` has it."""
    return list(_told(document_diff.diff(before, after)))


def _told(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in found:
        told = {"path": one["path"]}
        if "from" in one:
            told["before"] = one["from"]
        if "to" in one:
            told["after"] = one["to"]
        yield told
