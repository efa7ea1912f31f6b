"""What one batch of deliveries leaves behind: rows that the ledger saves together with the cursor. Only data."""

import msgspec

from headwater.core.event import Record
from headwater.core.outcomes import State

# An attempt that nobody has seen the end of.
BEGUN = "begun"
# The decision to let a delivery wait for an earlier one of the same person.
WAITING = "waiting"
NO_ANSWER_YET = "no answer was seen: it is on its way, or the server died before one came"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try, or (number 0) the decision not to try. `detail` is the exchange as JSON, for failures only."""

    offset: int
    number: int
    message_id: str
    source: str
    at_ms: int
    outcome: str
    status: int | None
    reason: str | None
    duration_ms: int
    detail: bytes | None


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that waits for its next try: self-contained, it never looks back into the log.

    `attempts` counts the failures since `first_at_ms`; `last_number` numbers all tries ever, also those
    before a redrive.
    """

    offset: int
    due_at_ms: int
    attempts: int
    last_number: int
    first_at_ms: int
    record: Record


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that will not be tried again by itself."""

    offset: int
    at_ms: int
    state: State
    reason: str
    attempts: int
    record: Record
    detail: bytes | None


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """One batch. `finished_retries` are offsets whose retry rows have served their time."""

    watermark: int
    ranges: bytes
    attempts: list[Attempt] = []
    retries: list[Retry] = []
    finished_retries: list[int] = []
    dead_letters: list[DeadLetter] = []
