"""What a replay is called in the ledger: its destination's id, and its own behind it. Pure."""

from headwater.workspace.configuration import Replay

_BETWEEN = "/replay/"  # no destination's id has a slash
_JUST_ABOVE = "/replay0"  # what sorts next to all that begins with _BETWEEN


def name_of(replay: Replay) -> str:
    """Return the name that a replay's cursor, attempts and retries have."""
    return f"{replay.destination_id}{_BETWEEN}{replay.id}"


def owner_of(name: str) -> str:
    """Return whose deliveries those of this name are: of the destination itself, or of one of its replays."""
    return name.partition(_BETWEEN)[0]


def replay_of(name: str) -> str | None:
    """Return the id of the replay that has this name, None where it is no replay's."""
    return name.partition(_BETWEEN)[2] or None


def bounds_of(destination_id: str) -> tuple[str, str]:
    """Return between which two texts the names of a destination's replays sort."""
    return f"{destination_id}{_BETWEEN}", f"{destination_id}{_JUST_ABOVE}"
