"""What `headwater get status` says of the log: how much it holds, what bounds it, and who holds it back."""

from datetime import timedelta
from typing import Any

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.log.retention import Trimmed
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.log.starts import Oldest
from headwater.settings import Settings


def describe(log: SqliteLogWriter, *, settings: Settings, last_trim: Trimmed) -> dict[str, Any]:
    """Return the section. The id index holds an id for each event kept; those of the window count as repetitions."""
    segments = log.segments
    oldest, events = segments[0], log.newest_offset - segments[0].first_offset + 1
    return {
        "newest_offset": log.newest_offset,
        "oldest_offset": oldest.first_offset if events else None,
        "oldest_at": iso_ms(from_epoch_ms(oldest.opened_at_ms)) if events else None,
        "events": events,
        "segments": len(segments),
        "size_bytes": sum(segment.size_bytes() for segment in segments),
        "index": {"ids": events, "dedupe_window": _text(settings.dedupe_window)},
        "retention": {
            "age": _text(settings.log_retention_age) if settings.log_retention_age else None,
            "events": settings.log_retention_events,
            "size_bytes": settings.log_retention_size,
        },
        "held_back_by": [
            {"reader": one.reader, "cursor": one.cursor, "events": one.events} for one in last_trim.held_back_by
        ],
        "held_back_because": last_trim.unknown,
    }


def forgotten_before(log: SqliteLogWriter) -> str | None:
    """Return since when the log has everything, None while it has forgotten nothing."""
    oldest = log.segments[0]
    return iso_ms(from_epoch_ms(oldest.opened_at_ms)) if oldest.number > 1 else None


def oldest(log: SqliteLogWriter) -> Oldest:
    """Return where the log begins."""
    first = log.segments[0]
    return Oldest(offset=first.first_offset, at_ms=first.opened_at_ms, is_first=first.number == 1)


def _text(span: timedelta) -> str:
    """Return a time as the settings are written."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % length == 0 and seconds // length > 1:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
