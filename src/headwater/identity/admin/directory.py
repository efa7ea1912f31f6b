"""What operators look up of people: one, some, page by page."""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection

from headwater.core import ids
from headwater.core.clock import Clock
from headwater.identity.admin.errors import BadListingError, IdentityNotFoundError
from headwater.identity.admin.paging import CountedPage
from headwater.identity.people import accounts, credentials, search
from headwater.identity.people.accounts import Account
from headwater.identity.people.credentials import Credential
from headwater.store.database import Database

MAX_IDS = 500


class Entry(msgspec.Struct, frozen=True):
    """A person and how they sign in; None: nobody asked."""

    account: Account
    credentials: tuple[Credential, ...] | None = None


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which people a list is about: everyone, or those who pass the one condition given."""

    ids: tuple[str, ...] | None = None
    identifier: str | None = None
    prefix: str | None = None
    organization_id: str | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a list. `next_token` is None on the last."""

    entries: tuple[Entry, ...]
    next_token: str | None = None


class Directory:
    """The people of a project, for operators."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, *, project_id: str, after: str, size: int, chosen: Filter, with_credentials: bool = False
    ) -> Page:
        """Return the people after the id `after`, in the order of their ids. Raises BadListingError."""
        _require_sound(chosen)
        if chosen.organization_id is not None:
            return Page(entries=())  # nobody belongs to one

        def query(connection: Connection) -> list[Entry]:
            found = search.page(
                connection,
                project_id=project_id,
                after=after,
                limit=size + 1,
                ids=chosen.ids,
                identifier=chosen.identifier,
                prefix=chosen.prefix,
            )
            return _entries(connection, found, with_credentials=with_credentials)

        found = await self._database.read(query)
        next_token = found[size - 1].account.id if len(found) > size else None
        return Page(entries=tuple(found[:size]), next_token=next_token)

    async def counted_page(
        self, page: CountedPage, *, project_id: str, with_credentials: bool = False
    ) -> tuple[list[Entry], int]:
        """Return a page by number, and how many people there are."""

        def query(connection: Connection) -> tuple[list[Entry], int]:
            found = search.nth_page(connection, project_id=project_id, offset=page.offset, limit=page.size)
            entries = _entries(connection, found, with_credentials=with_credentials)
            return entries, search.count(connection, project_id=project_id)

        return await self._database.read(query)

    async def get(self, identity_id: str, *, project_id: str) -> Entry:
        """Return one person with their credentials. Raises IdentityNotFoundError."""
        wanted = identity_id.lower()
        return await self._one(lambda connection: accounts.find_or_none(connection, wanted, project_id=project_id))

    async def get_by_external_id(self, external_id: str, *, project_id: str) -> Entry:
        """Return the person another system knows by `external_id`. Raises IdentityNotFoundError."""
        return await self._one(
            lambda connection: accounts.find_by_external_id(connection, external_id, project_id=project_id)
        )

    async def _one(self, find: Callable[[Connection], Account | None]) -> Entry:
        def query(connection: Connection) -> list[Entry]:
            account = find(connection)
            return [] if account is None else _entries(connection, [account], with_credentials=True)

        found = await self._database.read(query)
        if not found:
            raise IdentityNotFoundError
        return found[0]


def _require_sound(chosen: Filter) -> None:
    wanted = chosen.ids or ()
    if len(wanted) > MAX_IDS:
        raise BadListingError(f"The number of ids to filter must not exceed {MAX_IDS}.")
    for name, texts in (("ids", wanted), ("organization_id", (chosen.organization_id,))):
        strange = next((text for text in texts if text is not None and not ids.is_uuid(text)), None)
        if strange is not None:
            raise BadListingError(f"Invalid UUID value `{strange}` for parameter `{name}`.")


def _entries(connection: Connection, found: Sequence[Account], *, with_credentials: bool) -> list[Entry]:
    if not with_credentials:
        return [Entry(account) for account in found]
    owned: dict[str, list[Credential]] = {account.id: [] for account in found}
    for credential in credentials.of_accounts(connection, list(owned)):
        owned[credential.identity_id].append(credential)
    return [Entry(account, tuple(owned[account.id])) for account in found]
