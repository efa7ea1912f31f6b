"""How much of the machine queries may use, one by one and together."""

import msgspec

MEGABYTE = 10**6


class QueryLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Of each query, and at the end of all. `max_tail`: records of the log that a query reads itself, at most.

    `listed_tail`: records that are looked into for tables that are in no file yet, which nobody's process does;
    `listed_at_once`: so many look, in this process.

    An answer waits in the server's memory for a client that reads slower than it comes, so `result_bytes` bounds that.
    """

    seconds: float = 60.0
    memory_bytes: int = 1_000 * MEGABYTE
    result_bytes: int = 100 * MEGABYTE
    sql_bytes: int = 256 * 1024
    max_tail: int = 150_000
    listed_tail: int = 200
    listed_at_once: int = 2
    threads: int = 2
    at_once: int = 2
    waiting: int = 16
    wait_seconds: float = 10.0

    @property
    def processor_seconds(self) -> int:
        """What the kernel gives a query, should nobody be left to end it: enough not to come before the deadline."""
        return int(self.seconds * self.threads) + 10
