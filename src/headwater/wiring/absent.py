"""What is said where a part of the server isn't there: in the CLI's own app, and without the role."""

from collections.abc import Mapping, Sequence
from typing import Any

from headwater.deliver.letters.wanted import Order, Step
from headwater.wiring.link import LinkDownError


async def nobody_knows() -> Mapping[str, int]:
    raise LinkDownError("No server runs here that reads the log, so nobody knows how far its readers are.")


async def nobody_writes_the_lake(_topic: str, _payload: Any) -> Any:
    raise LinkDownError("No server runs here that writes the lake. Start one with `headwater serve`, and try again.")


async def nobody_tells() -> Sequence[Mapping[str, Any]]:
    raise LinkDownError("No server runs here that delivers, so nobody knows how its lanes are doing.")


async def nobody_follows() -> None:
    """Nobody delivers here: whoever does so later begins with what is configured then."""


async def nobody_delivers(_order: Order) -> Step:
    raise LinkDownError("No server runs here that delivers. Start one with `headwater serve`, and try again.")
