"""People whose password another system still knows: it is asked once, at their first login here.

Asking takes its time. So that nobody learns by it who is there, whoever else fails waits as long as those do whom the
other system turned away; and guesses at one identifier are looked at one after the other, whoever's it is.
"""

import contextlib
from collections import deque
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.actions import password_migration
from headwater.actions.password_migration import PasswordMigration, Question
from headwater.core.clock import Clock
from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows.turns import Turns
from headwater.identity.login.methods import Attempt
from headwater.identity.people import accounts, credentials, identifiers, views
from headwater.identity.people.accounts import Account
from headwater.identity.people.credentials import PASSWORD, Credential
from headwater.identity.sessions import cookies
from headwater.store.database import Database

REMEMBERED = 32
# Beyond it nobody can tell a slow receiver from a bad line.
MOST_SECONDS = 5.0


class Migration:
    """One per installation."""

    def __init__(self, *, passwords: PasswordMigration, database: Database, clock: Clock, public_url: str) -> None:
        self._passwords = passwords
        self._database = database
        self._clock = clock
        self._public_url = public_url
        self._turns = Turns()
        self._refused_within: deque[float] = deque(maxlen=REMEMBERED)

    def turn(self, identifier: str, *, config: IdentityConfig) -> AbstractAsyncContextManager[Any]:
        """Return what is held while a password for `identifier` is looked at: nothing where nobody migrates."""
        if password_migration.hook_or_none(config.document) is None:
            return contextlib.nullcontext()
        return self._turns.of(f"{config.project_id} {identifier}")

    def is_due(self, credential: Credential, config: IdentityConfig) -> bool:
        """Tell whether this person's password is the other system's to judge."""
        hook = password_migration.hook_or_none(config.document)
        return hook is not None and credentials.uses_migration_hook(credential)

    async def agrees(self, attempt: Attempt, credential: Credential, password: Secret, *, since: float) -> bool:
        """Tell whether the other system says that the password is theirs. Raises PasswordNotCheckedError."""
        config = attempt.config
        hook = password_migration.hook_or_none(config.document)
        account = await self._account_or_none(credential, config)
        if hook is None or account is None:
            return False
        is_theirs = await self._passwords.agrees(hook, self._question(attempt, account, password))
        if not is_theirs:
            self._refused_within.append(self._clock.monotonic() - since)
        return is_theirs

    async def keep_pace(self, config: IdentityConfig, *, since: float) -> None:
        """Wait until a refusal begun at `since` has taken as long as the other system's refusals do, one by one."""
        if not self._refused_within or password_migration.hook_or_none(config.document) is None:
            return
        self._refused_within.rotate()
        left = min(self._refused_within[0], MOST_SECONDS) - (self._clock.monotonic() - since)
        if left > 0:
            await self._clock.sleep(left)

    def _question(self, attempt: Attempt, account: Account, password: Secret) -> Question:
        flow = msgspec.structs.replace(attempt.flow, active=PASSWORD)
        return Question(
            identifier=identifiers.normalised(attempt.identifier),
            password=password,
            identity=views.identity(account, public_url=self._public_url),
            flow=flows.view(flow, transient_payload=attempt.sent.transient_payload),
            request=attempt.inbound.for_actions(),
            own_cookies=cookies.own_names(attempt.config, public_url=self._public_url),
        )

    async def _account_or_none(self, credential: Credential, config: IdentityConfig) -> Account | None:
        def query(connection: Connection) -> Account | None:
            return accounts.find_or_none(connection, credential.identity_id, project_id=config.project_id)

        return await self._database.read(query)
