"""What is configured, as frozen values: the form in which every other room is given it."""

from typing import Any

import msgspec

from headwater.core.event import IDENTITY_SOURCE


class WriteKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public identifier that says which source an event belongs to."""

    id: str
    key: str
    created_at_ms: int


# Kinds whose events come from people's own devices: the address they came from is the person's.
CLIENT_SIDE_KINDS = frozenset({"website", "mobile"})


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What sends events.

    `strict`: dropped events are answered 400, not 200. `rate_limit`: events per second, None for no limit.
    A deleted source has `deleted_at_ms` and no write keys; its events stay readable under its slug.
    """

    id: str
    slug: str
    name: str
    kind: str
    enabled: bool
    created_at_ms: int
    write_keys: tuple[WriteKey, ...] = ()
    strict: bool = False
    rate_limit: int | None = None
    deleted_at_ms: int | None = None


# Offsets: after which, and up to which, events were not wanted; None while that goes on.
Pause = tuple[int, int | None]


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A configured tool. `settings` holds secrets in clear: it never leaves the process like this.

    Events above `start_offset` are its; what came before is not, unless replayed. Nor is what came during `pauses`,
    while it was switched off, nor what a source sent before it was connected (`connected_at`, by source id).
    A deleted one has `deleted_at_ms` and no settings; up to `end_offset` events were its.
    An event stream has a `project_id`: its events are that project's own lifecycle events, and of no source.
    """

    id: str
    name: str
    kind: str
    source_ids: tuple[str, ...]
    enabled: bool
    start_offset: int
    created_at_ms: int
    settings: dict[str, Any] = {}
    pauses: tuple[Pause, ...] = ()
    connected_at: dict[str, int] = {}
    deleted_at_ms: int | None = None
    end_offset: int | None = None
    project_id: str | None = None

    @property
    def feeds(self) -> tuple[str, ...]:
        """Name what it gets events of: the ids of its sources, or the built-in source of lifecycle events."""
        return self.source_ids if self.project_id is None else (IDENTITY_SOURCE,)

    def is_paused_at(self, offset: int) -> bool:
        """Tell whether the event at `offset` came while this was switched off."""
        return any(after < offset and (up_to is None or offset <= up_to) for after, up_to in self.pauses)
