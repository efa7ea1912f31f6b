"""A kind's own code, run so that its mistake costs the event at hand (a dead letter), never the lane."""

import traceback
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TypeVar

import structlog

from headwater.core.errors import HeadwaterError
from headwater.core.outcomes import Outcome, Rejected
from headwater.deliver import decide
from headwater.deliver.destination import Reading, SmallerBatch
from headwater.net.outbound import Request

Result = TypeVar("Result")

FRAMES_SHOWN = 5

logger = structlog.get_logger(__name__)


def guarded(work: Callable[[], Result], *, whose: str) -> Result | Rejected:
    """Return what `work` returns, or why it failed."""
    try:
        return work()
    except HeadwaterError as error:
        return Rejected(f"{decide.INTERNAL}: {error.message}")
    # Every Exception: kinds are written by many, and one event that trips one must not stop all behind it.
    except Exception as error:  # noqa: BLE001  told to the logger, and the reason of a dead letter
        # Where, and not what it says: its words may quote an event, or a setting that is a secret.
        logger.error("kind_failed", kind=whose, error=type(error).__name__, where=_where(error))  # noqa: TRY400
        return Rejected(f"{decide.INTERNAL}: {whose} raised {type(error).__name__}.")


def request(make: Callable[[], Request], *, whose: str) -> Request | Rejected:
    """Return the request, or why there is none."""
    made = guarded(make, whose=whose)
    return made if isinstance(made, Request | Rejected) else Rejected(f"{decide.INTERNAL}: {whose} made no request.")


def reading(read: Callable[[], Reading], *, count: int, whose: str) -> list[Outcome | SmallerBatch]:
    """Return what an answer means for each of `count` items.

    What is said of several at once and may be one's fault alone is found out by sending fewer together.
    """
    found: Reading = guarded(read, whose=whose)
    if isinstance(found, Sequence):
        return list(found) if len(found) == count else _for_all(_odd(whose, len(found), count), count)
    return _for_all(found, count)


def _for_all(outcome: Outcome | SmallerBatch, count: int) -> list[Outcome | SmallerBatch]:
    if count == 1 and isinstance(outcome, SmallerBatch):
        return [Rejected(outcome.reason, outcome.status)]
    if count > 1 and isinstance(outcome, Rejected):
        return [SmallerBatch(outcome.reason, outcome.status)] * count
    return [outcome] * count


def _odd(whose: str, found: int, count: int) -> Rejected:
    return Rejected(f"{decide.INTERNAL}: {whose} read {found} outcomes for {count} items.")


def _where(error: Exception) -> str:
    """Return the last places that an error came by, the innermost at the end."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_SHOWN:]
    return " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
