"""What a writing process is told, and what it says at its end. Shared with whoever starts it, who loads no DuckDB."""

import msgspec

from headwater.lake.depot.place import Place
from headwater.lake.erasures import Erasure
from headwater.lake.limits import WriteLimits


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """`up_to`: the offset up to which the log is to be in the lake. `rebuild`: the tables first, from the archive.

    `erasures`: the people whose events have to go, or must not come in.
    """

    lake: str
    log: str
    place: Place | None = None  # where the lake is at home, if that isn't here
    now_ms: int
    up_to: int
    is_first: bool = False  # of whoever starts it: then what a crash left is removed
    rebuild: bool = False
    source: str | None = None  # of a rebuild: this one's tables only
    erasures: tuple[Erasure, ...] = ()
    limits: WriteLimits = WriteLimits()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. `reason` says why nothing more was; `merge_failed` is no reason: it is tried again.

    Nor is `erase_failed`.
    """

    cursor: int = 0
    events: int = 0
    merges: int = 0
    rebuilt: int = 0
    reason: str | None = None
    merge_failed: str | None = None
    erased: int = 0  # files that were written again without them
    erase_failed: str | None = None
