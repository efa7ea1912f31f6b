"""How a replay looks in the API: what it is about, where it stands, and what became of its events so far. Pure."""

import enum
from collections.abc import Mapping
from typing import Any

from headwater.api import shapes
from headwater.deliver.replays.progress import Progress
from headwater.deliver.report import DESTINATION_IS_DISABLED, DESTINATION_WAS_DELETED
from headwater.workspace.configuration import Destination, Replay


class ReplayState(enum.StrEnum):
    """Where a replay stands. The last two are its end."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


OVER = (ReplayState.CANCELLED, ReplayState.FINISHED)


def state(replay: Replay, destination: Destination, progress: Progress) -> tuple[ReplayState, str | None]:
    """Return where it stands, and why, where that isn't the operator's own word to it."""
    if progress.finished_at_ms is not None:
        return ReplayState.FINISHED, None
    if replay.cancelled_at_ms is not None:
        return ReplayState.CANCELLED, None
    if destination.deleted_at_ms is not None:
        return ReplayState.CANCELLED, DESTINATION_WAS_DELETED
    if replay.is_paused:
        return ReplayState.PAUSED, None
    return (ReplayState.RUNNING, None) if destination.enabled else (ReplayState.PAUSED, DESTINATION_IS_DISABLED)


def shown(replay: Replay, destination: Destination, progress: Progress, *, slugs: Mapping[str, str]) -> dict[str, Any]:
    """`slugs` names sources by id."""
    stands, reason = state(replay, destination, progress)
    selection = replay.selection
    return {
        "id": replay.id,
        "destination": replay.destination_id,
        "name": destination.name,
        "state": stands,
        "reason": reason,
        "since": shapes.at(selection.since_ms),
        "until": shapes.at(selection.until_ms),
        "sources": [slugs.get(source_id, source_id) for source_id in selection.sources],
        "filter": selection.filter or None,
        "users": list(selection.users),
        "requests_per_second": replay.requests_per_second,
        "created_at": shapes.at(replay.created_at_ms),
        "cancelled_at": _at(replay.cancelled_at_ms),
        "finished_at": _at(progress.finished_at_ms),
        "events": progress.total,
        "done": progress.done,
        "outcomes": {
            "delivered": progress.delivered,
            "filtered": progress.filtered,
            "rejected": progress.rejected,
            "not_authorised": progress.not_authorised,
            "retrying": progress.retrying,
        },
    }


def _at(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else shapes.at(milliseconds)
