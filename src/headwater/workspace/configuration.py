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


class MappingRule(msgspec.Struct, frozen=True, kw_only=True):
    """What is made of the events that `trigger` (FQL; all where it is empty) matches.

    `template` is Jsonnet, `function(event)` → a payload, a list of them or null; or Segment's mapping directives as an
    object. `action` is the kind's that the payloads are for, "" for the one they name.
    """

    template: str | dict[str, Any]
    name: str = ""
    trigger: str = ""
    action: str = ""


class FilterRule(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out of the events that `fql` matches: the whole event, most of a sample, or properties.

    `action` is drop, sample, drop_properties or allow_properties, or keep: then it is all the others that are dropped.
    """

    fql: str
    action: str = "drop"
    name: str = ""
    percent: float | None = None
    path: str = ""
    fields: dict[str, list[str]] = {}


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """How events get to a destination, whatever its kind.

    `mode`: live, or shadow: everything but the sending. `order`: unordered, or per-user: a person's later events wait
    for their earlier ones. Without `mappings` the kind's own is used. `requests_per_second`, `concurrency` and
    `patience` (for how long a failed delivery is tried, such as `3d`) take the place of the kind's.
    `consent_categories`: what a person must have agreed to, all of them, where they were asked.
    """

    mode: str = "live"
    order: str = "unordered"
    mappings: tuple[MappingRule, ...] = ()
    filters: tuple[FilterRule, ...] = ()
    consent_categories: tuple[str, ...] = ()
    requests_per_second: float | None = None
    concurrency: int | None = None
    patience: str | None = None


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
    routing: Routing = Routing()
    project_id: str | None = None

    @property
    def feeds(self) -> tuple[str, ...]:
        """Name what it gets events of: the ids of its sources, or the built-in source of lifecycle events."""
        return self.source_ids if self.project_id is None else (IDENTITY_SOURCE,)

    def is_paused_at(self, offset: int) -> bool:
        """Tell whether the event at `offset` came while this was switched off."""
        return any(after < offset and (up_to is None or offset <= up_to) for after, up_to in self.pauses)


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which events a replay sends again: those received from `since_ms` on and before `until_ms`.

    And of these sources (ids), these users (ids), and those that `filter` (FQL) is true of; each, where it is empty,
    leaves nobody out.
    """

    since_ms: int
    until_ms: int
    sources: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    filter: str = ""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the log that a destination gets again. What is selected lies above `after` and up to `up_to`."""

    id: str
    destination_id: str
    selection: Selection
    after: int
    up_to: int
    created_at_ms: int
    requests_per_second: float | None = None
    is_paused: bool = False
    cancelled_at_ms: int | None = None
