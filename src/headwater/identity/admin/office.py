"""What every admin route has at hand, built from what the room gives."""

from dataclasses import dataclass
from typing import Any

from headwater.actions.runner import ActionRunner
from headwater.core.clock import Clock
from headwater.core.secrets import Sealer
from headwater.identity.admin.announcing import Announcing
from headwater.identity.admin.batch import Batch
from headwater.identity.admin.changes import Changes
from headwater.identity.admin.directory import Directory, Entry
from headwater.identity.admin.session_book import SessionBook
from headwater.identity.admin.shield import Shield
from headwater.identity.config.live import Current
from headwater.identity.passwords.hasher import Hasher
from headwater.identity.people import views
from headwater.identity.people.credentials import OIDC
from headwater.identity.social import token_vault
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
    shield: Shield
    sealer: Sealer

    def view(self, entry: Entry, included: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Return a person as operators see them, with the configuration of `included` types of credentials."""
        owned = entry.credentials
        if owned is not None and OIDC in included:
            # As in Kratos: who asks for it gets the provider's tokens in clear, to act for the person with.
            owned = tuple(token_vault.opened_credential(item, sealer=self.sealer) for item in owned)
        return views.identity_for_admin(entry.account, owned, public_url=self.public_url, include=included)


def open_office(
    *,
    database: Database,
    hasher: Hasher,
    runner: ActionRunner,
    clock: Clock,
    current: Current,
    sealer: Sealer,
    public_url: str,
) -> Office:
    """Return everything the admin routes need. `public_url` without a slash at its end."""
    announcing = Announcing(runner=runner, clock=clock, public_url=public_url)
    return Office(
        sealer=sealer,
        public_url=public_url,
        current=current,
        directory=Directory(database=database, clock=clock),
        changes=Changes(database=database, hasher=hasher, announcing=announcing, clock=clock, public_url=public_url),
        batch=Batch(database=database, hasher=hasher, announcing=announcing, clock=clock),
        sessions=SessionBook(database=database, clock=clock),
        shield=Shield(database),
    )
