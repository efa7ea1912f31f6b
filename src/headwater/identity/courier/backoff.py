"""When a message that wasn't delivered is tried again. Pure.

A mail server that greylists, or is restarted, is back within minutes; a code is good for an hour at most.
"""

MS_PER_SECOND = 1_000
DELAYS_SECONDS = (5, 30, 120, 600, 1_800)


def next_try_ms(failures: int, *, now_ms: int) -> int:
    """Return when to try again after `failures` in a row."""
    position = min(max(failures, 1), len(DELAYS_SECONDS)) - 1
    return now_ms + DELAYS_SECONDS[position] * MS_PER_SECOND
