"""Asks the process that owns deliver.db to do something with dead letters."""

import msgspec

from headwater.deliver.letters.wanted import Change, Order, Step
from headwater.wiring.link import Link


def asked_of(link: Link) -> Change:
    """Return what asks the other process for one step. It raises LinkDownError."""

    async def change(order: Order) -> Step:
        return msgspec.convert(await link.ask("change_letters", msgspec.to_builtins(order)), Step)

    return change
