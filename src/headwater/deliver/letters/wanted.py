"""Which dead letters somebody means, and what is to become of them, a bounded number at a time. Only data."""

import enum
from collections.abc import Awaitable, Callable

import msgspec

LARGEST_ID = 2**63 - 1
END_OF_TIME_MS = 2**62


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """All of what is said has to hold; what is not said does not matter.

    `destination` None is every one. `text` is anywhere in the reason, in letters of either case. `user` is whose event
    it is: a userId, or the anonymousId of one without. `source` is a source's id. `until_ms` itself is outside.
    """

    destination: str | None = None
    ids: tuple[int, ...] = ()
    state: str | None = None
    code: str | None = None
    status: int | None = None
    text: str | None = None
    type: str | None = None
    name: str | None = None
    user: str | None = None
    message_id: str | None = None
    source: str | None = None
    since_ms: int = 0
    until_ms: int = END_OF_TIME_MS


class Verb(enum.StrEnum):
    """What is to become of dead letters: sent again, not sent again after all, thrown away."""

    REDRIVE = "redrive"
    KEEP = "keep"
    DISCARD = "discard"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One step: `wanted` names a destination. `up_to` None means those that there are when it begins, and no later."""

    verb: Verb
    wanted: Wanted
    after: int = 0
    up_to: int | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one step did to letters above its beginning up to `after`. `expired`: how many of them have no body left."""

    count: int
    expired: int
    after: int
    up_to: int

    @property
    def is_end(self) -> bool:
        return self.after >= self.up_to


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What all steps did."""

    count: int
    expired: int


Change = Callable[[Order], Awaitable[Step]]


async def whole(change: Change, order: Order) -> Done:
    """Take all steps. What dies halfway has done the first of them, and does the rest when it is asked again."""
    count = expired = 0
    while True:
        step = await change(order)
        count, expired = count + step.count, expired + step.expired
        if step.is_end:
            return Done(count=count, expired=expired)
        order = msgspec.structs.replace(order, after=step.after, up_to=step.up_to)
