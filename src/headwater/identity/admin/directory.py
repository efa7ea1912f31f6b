"""What operators do with people: list, look up, remove."""

import msgspec
from sqlalchemy import Connection

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, NotFoundError
from headwater.identity import lifecycle
from headwater.identity.people import accounts, credentials, identifiers
from headwater.identity.people.accounts import Account
from headwater.identity.people.credentials import Credential
from headwater.log import outbox
from headwater.store.database import Database

DEFAULT_PAGE_SIZE = 250
MAX_PAGE_SIZE = 1000
MAX_IDS = 500

# Where Ory's lists start; no account has this id.
FIRST_PAGE = "00000000-0000-0000-0000-000000000000"


class IdentityNotFoundError(NotFoundError):
    """There is no identity with this id in the project."""


class BadListingError(BadRequestError):
    """These parameters don't make a listing."""


class Entry(msgspec.Struct, frozen=True):
    """A person and how they sign in."""

    account: Account
    credentials: tuple[Credential, ...] = ()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a list. `next_token` is None on the last."""

    entries: tuple[Entry, ...]
    size: int
    next_token: str | None = None


class Directory:
    """The people of a project, for operators."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, *, project_id: str, size: int, token: str) -> Page:
        """Return the people after `token`, in the order of their ids. Raises BadListingError."""
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise BadListingError(f"page_size must be between 1 and {MAX_PAGE_SIZE}, not {size}.")
        if not ids.is_uuid(token):
            raise BadListingError("page_token is none that a Link header gave. Leave it out to start again.")
        after = token.lower()

        def query(connection: Connection) -> list[Account]:
            return accounts.page(connection, project_id=project_id, after=after, limit=size + 1)

        found = await self._database.read(query)
        shown = found[:size]
        next_token = shown[-1].id if len(found) > size else None
        return Page(entries=tuple(Entry(account) for account in shown), size=size, next_token=next_token)

    async def by_ids(self, wanted: list[str], *, project_id: str) -> list[Entry]:
        """Return those of `wanted` that exist. Raises BadListingError."""
        if len(wanted) > MAX_IDS:
            raise BadListingError(f"ids takes at most {MAX_IDS} ids, not {len(wanted)}.")
        if strange := next((text for text in wanted if not ids.is_uuid(text)), None):
            raise BadListingError(f"ids takes UUIDs; {strange!r} is none.")
        lower = [text.lower() for text in wanted]
        found = await self._database.read(lambda connection: accounts.find(connection, lower, project_id=project_id))
        return [Entry(account) for account in found]

    async def by_identifier(self, identifier: str, *, project_id: str) -> list[Entry]:
        """Return who signs in with `identifier`, however it is spelt."""
        wanted = identifiers.normalised(identifier)

        def query(connection: Connection) -> list[Entry]:
            found = accounts.find_by_identifier(connection, wanted, project_id=project_id)
            return _with_credentials(connection, found)

        return await self._database.read(query)

    async def get(self, identity_id: str, *, project_id: str) -> Entry:
        """Return one person with their credentials. Raises IdentityNotFoundError."""

        def query(connection: Connection) -> list[Entry]:
            found = accounts.find(connection, [identity_id.lower()], project_id=project_id)
            return _with_credentials(connection, found)

        entries = await self._database.read(query)
        if not entries:
            raise IdentityNotFoundError
        return entries[0]

    async def remove(self, identity_id: str, *, project_id: str) -> None:
        """Delete a person, and tell the log in the same transaction. Raises IdentityNotFoundError."""
        account_id = identity_id.lower()
        event = lifecycle.identity_deleted(account_id, project_id=project_id, now_ms=epoch_ms(self._clock.now()))

        def transaction(connection: Connection) -> None:
            if not accounts.remove(connection, account_id, project_id=project_id):
                raise IdentityNotFoundError
            outbox.enqueue(connection, [event])

        await self._database.write(transaction)


def _with_credentials(connection: Connection, found: list[Account]) -> list[Entry]:
    owned = credentials.of_accounts(connection, [account.id for account in found])
    return [Entry(account, tuple(item for item in owned if item.identity_id == account.id)) for account in found]
