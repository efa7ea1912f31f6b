"""What became of one delivery. The name says what happens next (docs/glossary.md, "outcome")."""

import enum

import msgspec


class State(enum.StrEnum):
    """Where one delivery stands, as `headwater get trace` prints it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    RETRYING = "retrying"
    REJECTED = "rejected"
    NOT_AUTHORISED = "not_authorised"
    FILTERED = "filtered"


class Delivered(msgspec.Struct, frozen=True):
    """The tool has it."""

    status: int | None = None


class RetryLater(msgspec.Struct, frozen=True):
    """It may work another time. `is_down` says the tool itself seems to be down, not this event at fault."""

    reason: str
    status: int | None = None
    retry_after_seconds: float | None = None
    is_down: bool = False


class Rejected(msgspec.Struct, frozen=True):
    """The tool, or our own mapping, says this event will never work."""

    reason: str
    status: int | None = None


class NotAuthorised(msgspec.Struct, frozen=True):
    """The tool refuses our credentials."""

    reason: str
    status: int | None = None


class Filtered(msgspec.Struct, frozen=True):
    """By the operator's or the sender's own rules this event does not go there."""

    reason: str


Outcome = Delivered | RetryLater | Rejected | NotAuthorised | Filtered
