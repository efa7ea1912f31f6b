"""What every admin route has at hand, built from what the room gives."""

from dataclasses import dataclass

from headwater.core.clock import Clock
from headwater.identity.admin.batch import Batch
from headwater.identity.admin.changes import Changes
from headwater.identity.admin.directory import Directory
from headwater.identity.admin.session_book import SessionBook
from headwater.identity.config.live import Current
from headwater.identity.passwords.hasher import Hasher
from headwater.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One per installation."""

    public_url: str
    current: Current
    directory: Directory
    changes: Changes
    batch: Batch
    sessions: SessionBook


def open_office(*, database: Database, hasher: Hasher, clock: Clock, current: Current, public_url: str) -> Office:
    """Return everything the admin routes need. `public_url` without a slash at its end."""
    return Office(
        public_url=public_url,
        current=current,
        directory=Directory(database=database, clock=clock),
        changes=Changes(database=database, hasher=hasher, clock=clock, public_url=public_url),
        batch=Batch(database=database, hasher=hasher, clock=clock),
        sessions=SessionBook(database=database, clock=clock),
    )
