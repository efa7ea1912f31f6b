"""The catalogue of destination kinds: whatever lies in `destinations/`, and what plug-ins bring, found by itself."""

import functools
import importlib
import importlib.metadata
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from headwater.core.errors import NotFoundError
from headwater.deliver import destinations, plug_ins
from headwater.deliver.destination import Kind
from headwater.deliver.plug_ins import PlugIns


class UnknownKindError(NotFoundError):
    """There is no such kind of destination."""

    code = "unknown_kind"


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by its name, sorted."""
    every = {**built_in(), **_plugged_in().kinds}
    return MappingProxyType({name: every[name] for name in sorted(every)})


def kind(name: str) -> Kind:
    """Return the kind called `name`. Raises UnknownKindError, which lists what there is."""
    found = kinds().get(name)
    if found is None:
        broken = _plugged_in().problems.get(name)
        why = f"There is no destination kind `{name}`." if broken is None else f"No destination kind `{name}`: {broken}"
        raise UnknownKindError(f"{why} Known kinds: {', '.join(kinds())}.")
    return found


@functools.cache
def built_in() -> Mapping[str, Kind]:
    """Return the kinds that come with Headwater."""
    names = [module.name for module in pkgutil.iter_modules(destinations.__path__)]
    found = [importlib.import_module(f"{destinations.__name__}.{name}").KIND for name in names]
    return MappingProxyType({kind.name: kind for kind in found})


@functools.cache
def _plugged_in() -> PlugIns:
    return plug_ins.load(importlib.metadata.entry_points(group=plug_ins.GROUP), taken=built_in())
