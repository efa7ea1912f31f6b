"""The bounds of the log: of one commit, one segment, the memory, the deduplication window; and what it keeps."""

import msgspec

DAY_MS = 24 * 60 * 60 * 1000
GIGABYTE = 10**9
SEGMENTS_KEPT = 10  # about: retention is as fine as its segments are
KEYS_IN_MEMORY = 12_288  # of the id index; twice as many while they are being moved; some 150 bytes each
SEGMENTS_OF_ONE_SIZE = SEGMENTS_KEPT + 2


class LogLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the writing side. A segment ends at whichever of its three bounds comes first.

    Each commit looks into every segment that the deduplication window reaches, and keeps it open. So the more of
    them there are (small ones, in a busy hour or held back by a reader that is down), the larger the next ones.
    """

    dedupe_window_ms: int = DAY_MS
    segment_age_ms: int = DAY_MS
    segment_records: int = 16_000_000
    segment_bytes: int = 16 * GIGABYTE
    keys_in_memory: int = KEYS_IN_MEMORY
    commit_records: int = 5_000
    pending_bytes: int = 64 * 1024 * 1024

    def widened(self, reach: int) -> int:
        """Return by how much a segment may exceed its bounds when each commit looks into `reach` others."""
        return int(2 ** (reach // SEGMENTS_OF_ONE_SIZE))


class RetentionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the log keeps; None is no limit. Whole segments go, the oldest first."""

    age_ms: int | None = None
    events: int | None = None
    size_bytes: int | None = None

    def log_limits(self, *, dedupe_window_ms: int) -> LogLimits:
        """Return bounds of segments small enough for this retention to be felt."""
        usual = LogLimits(dedupe_window_ms=dedupe_window_ms)
        return msgspec.structs.replace(
            usual,
            segment_age_ms=_share(self.age_ms, usual.segment_age_ms),
            segment_records=_share(self.events, usual.segment_records),
            segment_bytes=_share(self.size_bytes, usual.segment_bytes),
        )


def _share(whole: int | None, most: int) -> int:
    return most if whole is None else max(1, min(most, whole // SEGMENTS_KEPT))
