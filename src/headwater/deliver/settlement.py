"""What one batch of deliveries leaves behind: rows that the ledger saves together with the cursor. Only data."""

import msgspec

from headwater.core.event import Record
from headwater.core.outcomes import State
from headwater.deliver.metrics import codes

# An attempt that nobody has seen the end of.
BEGUN = "begun"
# The decision to let a delivery wait for an earlier one of the same person.
WAITING = "waiting"
NO_ANSWER_YET = "no answer was seen: it is on its way, or the server died before one came"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try, or (number 0) the decision not to try. `detail` is the exchange as JSON, for failures only.

    `action` is the kind's action that it was an attempt of, `payload_bytes` what it had of the request's body, which
    `together` deliveries shared. `latency_ms` is how long a delivered event was on its way since its receipt.
    `is_redriven`: it had been given up before, and somebody wanted it sent again.
    """

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
    action: str | None = None
    payload_bytes: int | None = None
    together: int | None = None
    latency_ms: int | None = None
    is_redriven: bool = False


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that waits for its next try: self-contained, it never looks back into the log.

    `attempts` counts the failures since `first_at_ms`; `last_number` numbers all tries ever, also those
    before a redrive. `redriven_at_ms` is when somebody wanted a dead letter sent again.
    """

    offset: int
    due_at_ms: int
    attempts: int
    last_number: int
    first_at_ms: int
    record: Record
    redriven_at_ms: int | None = None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that will not be tried again by itself. `code` is its reason as it is counted by.

    `status` is what the receiver answered, None for no answer.
    """

    offset: int
    at_ms: int
    state: State
    reason: str
    attempts: int
    record: Record
    detail: bytes | None
    code: str = codes.OTHER
    status: int | None = None


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """One batch. `finished_retries` are offsets whose retry rows have served their time."""

    watermark: int
    ranges: bytes
    attempts: list[Attempt] = []
    retries: list[Retry] = []
    finished_retries: list[int] = []
    dead_letters: list[DeadLetter] = []
