"""Which copy of the manifest is the lake: one small object, replaced by each commit, by who knows its last state.

Beside the local manifest `home.json` says which lake this folder belongs to, and which copy it has.
"""

from pathlib import Path

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.lake.depot.depot_errors import DepotUnreadError

NAME = "headwater-lake.json"
HOME = "home.json"
MANIFESTS = "manifests"
FORMAT = 1


class NewerDepotError(HeadwaterError):
    """The lake's storage was written by a newer release of Headwater. Install that release, or use another prefix."""

    code = "newer_lake_depot"
    status = 409


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` is the folder that writes it. `manifest`: where the copy is, in a name that never means two things."""

    owner: str
    manifest: str
    format: int = FORMAT

    def encoded(self) -> bytes:
        return msgspec.json.encode(self)


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder knows of the depot that it belongs to."""

    url: str
    owner: str
    manifest: str


def decode(content: bytes) -> Pointer:
    """Return what a pointer says. Raises NewerDepotError."""
    found = msgspec.json.decode(content, type=Pointer)
    if found.format > FORMAT:
        raise NewerDepotError
    return found


def home(lake: Path) -> Home | None:
    """Return what the folder knows; None where its lake is at home here."""
    path = lake / HOME
    return msgspec.json.decode(path.read_bytes(), type=Home) if path.is_file() else None


def check_read(lake: Path) -> None:
    """Raise DepotUnreadError while the folder knows nothing of its depot: less would be shown than there is."""
    if not (lake / HOME).is_file():
        raise DepotUnreadError


def remember(lake: Path, known: Home) -> None:
    """Note it. Is that lost, the copy is taken for a new one, and read again."""
    made = lake / f"{HOME}.new"
    made.write_bytes(msgspec.json.encode(known))
    made.rename(lake / HOME)
