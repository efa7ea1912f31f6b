"""What an expression says of an event when it can't say yes or no. Whoever asked takes the careful way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither true nor false, and why."""

    reason: str


class UndecidableError(Exception):
    """On its way from where it showed to `Expression.evaluate`, which returns it as an Undecided."""
