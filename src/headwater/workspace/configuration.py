"""What is configured, as frozen values: the form in which every other room is given it."""

from typing import Any

import msgspec


class WriteKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public identifier that says which source an event belongs to."""

    id: str
    key: str
    created_at_ms: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What sends events."""

    id: str
    slug: str
    name: str
    kind: str
    enabled: bool
    created_at_ms: int
    write_keys: tuple[WriteKey, ...] = ()


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A configured tool. `settings` holds secrets in clear: it never leaves the process like this.

    Events above `start_offset` are its; what came before is not, unless replayed.
    """

    id: str
    name: str
    kind: str
    source_ids: tuple[str, ...]
    enabled: bool
    start_offset: int
    created_at_ms: int
    settings: dict[str, Any] = {}
