"""Kinds of destination that others' packages bring, by the entry point group `headwater.destinations`.

An entry point's name is its kind's name, and what it points to a `Kind`. One that can't be used is a line in the
logger and costs nobody else anything.
"""

from collections.abc import Collection, Iterable
from importlib.metadata import EntryPoint

import msgspec
import structlog

from headwater.deliver.destination import COMMON_FIELDS, Kind

GROUP = "headwater.destinations"

logger = structlog.get_logger(__name__)


class PlugIns(msgspec.Struct, frozen=True):
    """What there is: kinds by name, and by name what is wrong with those that can't be used."""

    kinds: dict[str, Kind]
    problems: dict[str, str]


class _UnusableError(Exception):
    """It loads, and is no good."""


def load(entry_points: Iterable[EntryPoint], *, taken: Collection[str]) -> PlugIns:
    """Load each of them. `taken` are the names of kinds that are there already. Never raises."""
    kinds: dict[str, Kind] = {}
    problems: dict[str, str] = {}
    for entry in sorted(entry_points, key=lambda entry: (entry.name, _package(entry))):
        try:
            kinds[entry.name] = _usable(entry, taken={*taken, *kinds})
        # Every Exception, and SystemExit: it is others' code that runs here, as it is imported.
        except (Exception, SystemExit) as error:  # noqa: BLE001  a line in the logger is what it is worth
            problem = f"{_package(entry)} brings it as {entry.value}, which can't be used: {_words(error)}"
            logger.warning("plug_in_unusable", kind=entry.name, problem=problem)
            problems.setdefault(entry.name, problem)
    return PlugIns(kinds, problems)


def _usable(entry: EntryPoint, *, taken: Collection[str]) -> Kind:
    if entry.name in taken:
        raise _UnusableError("there is another kind of that name.")
    kind = entry.load()
    if not isinstance(kind, Kind):
        raise _UnusableError("it is no headwater.deliver.destination.Kind.")
    if kind.name != entry.name:
        raise _UnusableError(f"its kind calls itself {kind.name!r}.")
    taken_settings = {field.name for field in kind.fields} & {field.name for field in COMMON_FIELDS}
    if taken_settings:
        raise _UnusableError(f"its setting {min(taken_settings)!r} is one that every kind has.")
    return kind


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "a package"


def _words(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    words = text[0] if text else "no more is said."
    return words if isinstance(error, _UnusableError) else f"{type(error).__name__}: {words}"
