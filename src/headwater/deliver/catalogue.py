"""The catalogue of destination kinds: whatever lies in `destinations/`, found by itself."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from headwater.core.errors import NotFoundError
from headwater.deliver import destinations
from headwater.deliver.destination import Kind


class UnknownKindError(NotFoundError):
    """There is no such kind of destination."""

    code = "unknown_kind"


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by its name, sorted."""
    names = sorted(module.name for module in pkgutil.iter_modules(destinations.__path__))
    found = [importlib.import_module(f"{destinations.__name__}.{name}").KIND for name in names]
    return MappingProxyType({kind.name: kind for kind in found})


def kind(name: str) -> Kind:
    """Return the kind called `name`. Raises UnknownKindError, which lists what there is."""
    found = kinds().get(name)
    if found is None:
        raise UnknownKindError(f"There is no destination kind `{name}`. Known kinds: {', '.join(kinds())}.")
    return found
