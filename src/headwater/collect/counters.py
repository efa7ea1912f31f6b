"""What the collector has done since it started, as `headwater get status` shows it. In memory, for a glance only."""

import msgspec


class Counters(msgspec.Struct, kw_only=True):
    """Events accepted (repetitions included) and rejected; calls refused for now, and calls that were retries."""

    accepted: int = 0
    rejected: int = 0
    rate_limited: int = 0
    unavailable: int = 0
    retried: int = 0
