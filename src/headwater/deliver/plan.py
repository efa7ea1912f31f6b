"""What is to be sent for an event: loads of items, each for one action of the tool. Only data."""

from collections.abc import Hashable

import msgspec

from headwater.core.outcomes import Filtered, Rejected, RetryLater
from headwater.deliver.destination import Action, Item

Group = tuple[str, Hashable]
# What an event with several loads is in: nothing of it can travel with another's.
APART: Group = ("", None)


class Load(msgspec.Struct, frozen=True, gc=False):
    """Items of one event that go out in one request. `bytes` is their size as JSON."""

    action: Action
    key: Hashable
    items: tuple[Item, ...]
    bytes: int = 0


class Sendable(msgspec.Struct, frozen=True, gc=False):
    """Yes: these loads, one after the other."""

    loads: tuple[Load, ...]

    @property
    def group(self) -> Group:
        """Whatever is in the same group may share a request."""
        first, *others = self.loads
        return APART if others else (first.action.name, first.key)


# Why nothing is sent, where nothing is.
Plan = Sendable | Filtered | Rejected | RetryLater
