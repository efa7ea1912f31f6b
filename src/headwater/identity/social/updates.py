"""Bringing somebody up to date who signs in again, where the operator wants it (`update_identity_on_login`)."""

from collections.abc import Callable

from sqlalchemy import Connection

from headwater.core.clock import Clock, epoch_ms
from headwater.identity import lifecycle
from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.flows.visits import Visit
from headwater.identity.people import accounts, credentials, persons
from headwater.identity.people.accounts import Account
from headwater.identity.people.reshape import Reshaped
from headwater.identity.providers.arrival import Arrival
from headwater.identity.social import reconciled
from headwater.identity.social.mapper import ClaimsMapper
from headwater.log import outbox
from headwater.store.database import Database


class Updates:
    """One per installation."""

    def __init__(self, *, database: Database, claims_mapper: ClaimsMapper, clock: Clock) -> None:
        self._database = database
        self._mapper = claims_mapper
        self._clock = clock

    async def person_or_none(
        self, visit: Visit, arrival: Arrival, provider: ProviderConfig, *, account: Account
    ) -> Reshaped | None:
        """Return the person as the provider knows them now, None if nothing changed. Raises MapperError."""
        mapped = await self._mapper.map(provider, arrival.claims, identity=account)
        owned = await self._database.read(lambda connection: credentials.of_accounts(connection, [account.id]))
        return reconciled.reconciled(
            account,
            owned,
            mapped=mapped,
            schema=visit.config.schema_of(account.schema_id),
            now_ms=epoch_ms(self._clock.now()),
        )

    def storing(self, visit: Visit, before: Account, person: Reshaped) -> Callable[[Connection], None]:
        """Return what stores the person, unless somebody changed them meanwhile: the next sign-in finds that out."""
        project_id = visit.config.project_id

        def store(connection: Connection) -> None:
            if accounts.find_or_none(connection, before.id, project_id=project_id) != before:
                return
            persons.save_person(connection, person, project_id=project_id)
            event = lifecycle.profile_updated(
                before.id,
                project_id=project_id,
                flow_type=visit.flow.type,
                now_ms=epoch_ms(self._clock.now()),
            )
            outbox.enqueue(connection, [event])

        return store
