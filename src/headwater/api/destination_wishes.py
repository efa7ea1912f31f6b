"""What requests say of a destination: what it is made from, and what is to change."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from headwater.deliver import routing_document
from headwater.log.starts import NOW


class RoutingKeys(msgspec.Struct, frozen=True, kw_only=True):
    """How events get to it: what is not there stays, and null is the kind's own. Read by `routing_document`."""

    mode: Any = UNSET
    order: Any = UNSET
    mapping: Any = UNSET
    mappings: Any = UNSET
    filters: Any = UNSET
    consent_categories: Any = UNSET
    requests_per_second: Any = UNSET
    concurrency: Any = UNSET
    patience: Any = UNSET

    @property
    def routing(self) -> dict[str, Any]:
        """What is given of them."""
        given = {name: getattr(self, name) for name in routing_document.KEYS}
        return {name: value for name, value in given.items() if value is not UNSET}


class NewDestination(RoutingKeys, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a destination is made from. `start`: from which event on it gets any."""

    kind: str
    sources: list[str]
    name: str | None = None
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    start: Any = NOW


class ChangedDestination(RoutingKeys, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be changed; what is not there stays. `settings`: those that change, null for one that goes."""

    name: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    sources: list[str] | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
