"""What the sender of an event wishes: which tools may have it (`integrations`), and which have it already. Pure.

As at Segment: a specific key beats `All`, and only `false` says no. Of warehouses `All` says nothing, as they keep the
record of everything; `Warehouses` does.
"""

from collections.abc import Sequence
from typing import Any

ALL, WAREHOUSES = "All", "Warehouses"
METADATA, BUNDLED = "_metadata", "bundled"
TO_US = "Segment.io"  # what SDKs call the way to whoever collects; every browser's events name it


def refuses(event: dict[str, Any], keys: Sequence[str]) -> bool:
    """Tell whether a tool known by `keys`, the most specific first, may not have the event."""
    wishes = event.get("integrations")
    return isinstance(wishes, dict) and _first(wishes, (*keys, ALL)) is False


def refuses_warehouse(event: dict[str, Any], keys: Sequence[str], *, warehouse_id: str) -> bool:
    """Tell whether a warehouse may not have it: by a key of its own, else by what is wished of all of them."""
    wishes = event.get("integrations")
    if not isinstance(wishes, dict):
        return False
    own = _first(wishes, keys)
    if own is not None:
        return own is False
    of_all = wishes.get(WAREHOUSES)
    if not isinstance(of_all, dict):
        return of_all is False
    chosen = of_all.get("warehouseIds")
    if isinstance(chosen, list):
        return warehouse_id not in chosen and not set(keys) & {one for one in chosen if isinstance(one, str)}
    return _first(of_all, ("all", ALL)) is False


def has_sent(event: dict[str, Any], keys: Sequence[str]) -> bool:
    """Tell whether the browser or app has sent the event to this tool itself: sent by us, too, it would count twice."""
    metadata = event.get(METADATA)
    bundled = metadata.get(BUNDLED) if isinstance(metadata, dict) else None
    return isinstance(bundled, list) and any(key in bundled for key in keys if key != TO_US)


def _first(wishes: dict[str, Any], keys: Sequence[str]) -> Any:
    return next((wishes[key] for key in keys if key in wishes), None)
