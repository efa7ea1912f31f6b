"""What the collector has done since it started, as `headwater get status` shows it. In memory, for a glance only."""

import msgspec


class Counters(msgspec.Struct, kw_only=True):
    """Events accepted, those of them stored before, and rejected; calls refused, for good and for now, and retries.

    `refused` calls got a 400 as a whole; `rate_limited` and `unavailable` ones are to come again.
    """

    accepted: int = 0
    repeated: int = 0
    rejected: int = 0
    refused: int = 0
    rate_limited: int = 0
    unavailable: int = 0
    retried: int = 0
