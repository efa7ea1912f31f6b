"""Signing in with a password. Whoever doesn't exist is refused in the same words and after the same work."""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection

from headwater.actions.password_migration import PasswordNotCheckedError
from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import nodes
from headwater.identity.flows.errors import MethodDisabledError
from headwater.identity.flows.failures import Failures
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import PASSWORD_GROUP, PASSWORD_NODE, Node
from headwater.identity.flows.visits import Refusal
from headwater.identity.login.guesses import Guesses
from headwater.identity.login.methods import IDENTIFIER_NODE, Attempt, Proof
from headwater.identity.login.migration import Migration
from headwater.identity.login.required import require
from headwater.identity.messages import labels, login, validation
from headwater.identity.passwords import imported
from headwater.identity.passwords.hasher import Hasher, PasswordTooLongError
from headwater.identity.passwords.overload import HashingOverloadedError
from headwater.identity.people import accounts, credentials, identifiers
from headwater.identity.people.accounts import Account
from headwater.identity.people.credentials import PASSWORD, Credential
from headwater.identity.sessions.sessions import AAL1
from headwater.store.database import Database


class PasswordLogin:
    """A LoginMethod."""

    name = PASSWORD
    aal = AAL1

    def __init__(
        self, *, database: Database, hasher: Hasher, failures: Failures, migration: Migration, clock: Clock
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._failures = failures
        self._migration = migration
        self._clock = clock

    def nodes(self, flow: Flow, *, owned: Sequence[Credential], config: IdentityConfig) -> list[Node]:
        if not config.methods.password.is_enabled or (flow.refresh and not _has_password(owned)):
            return []
        password = nodes.field(
            PASSWORD_NODE,
            type="password",
            group=PASSWORD_GROUP,
            required=True,
            autocomplete="current-password",
            label=labels.password(),
        )
        label = login.sign_in() if flow.refresh else login.sign_in_with_password()
        return [password, nodes.submit(PASSWORD, label=label, group=PASSWORD_GROUP)]

    async def submit(self, attempt: Attempt) -> Proof:
        config = attempt.config
        if not config.methods.password.is_enabled:
            raise MethodDisabledError
        require(attempt.sent, IDENTIFIER_NODE, PASSWORD_NODE)
        password = attempt.sent.secret(PASSWORD_NODE)
        identifier = identifiers.normalised(attempt.identifier)
        guesses = Guesses(self._failures, attempt, identifier=identifier)
        guesses.require_few()
        async with self._migration.turn(identifier, config=config):
            credential, account = await self._found(attempt, identifier, password, guesses)
        guesses.succeeded()
        return Proof(
            flow=msgspec.structs.replace(attempt.flow, active=PASSWORD),
            account=account,
            method=PASSWORD,
            aal=AAL1,
            store=await self._renewal_or_none(credential, password, config),
        )

    async def _found(
        self, attempt: Attempt, identifier: str, password: Secret, guesses: Guesses
    ) -> tuple[Credential, Account]:
        """Return whose password it is. Raises Refusal, TooManyFailuresError, PasswordNotCheckedError; each counts."""
        guesses.require_few()  # others may have been looked at meanwhile
        credential = await self._credential_or_none(identifier, attempt.config)
        try:
            is_right = await self._is_right(attempt, credential, password)
        except PasswordNotCheckedError:
            guesses.failed()  # a receiver that says no by an error must not make guessing free
            raise
        guesses.require_few()
        account = await self._account_or_none(credential, attempt.config) if credential and is_right else None
        if credential is None or account is None:
            guesses.failed()
            raise Refusal.whole(validation.invalid_credentials())
        return credential, account

    async def _is_right(self, attempt: Attempt, credential: Credential | None, password: Secret) -> bool:
        """Tell whether the password is theirs, by the same work whether there is a password, or anybody, or not."""
        config, since = attempt.config, self._clock.monotonic()
        hashed = credentials.hashed_password_or_none(credential) if credential else None
        if hashed is not None:
            is_right = await self._hasher.verify(password, hashed=hashed)
        else:
            await self._hasher.verify_nobody(password, hashing=config.hashing)
            is_right = False
            if credential is not None and self._migration.is_due(credential, config):
                return await self._migration.agrees(attempt, credential, password, since=since)
        if not is_right:
            await self._migration.keep_pace(config, since=since)
        return is_right

    async def _renewal_or_none(
        self, credential: Credential, password: Secret, config: IdentityConfig
    ) -> Callable[[Connection], None] | None:
        """Return what stores the password under the configured algorithm, None if it is already."""
        hashed_before = credentials.hashed_password_or_none(credential)
        if hashed_before is not None and not imported.needs_rehash(hashed_before, hashing=config.hashing):
            return None
        try:
            hashed = await self._hasher.hash(password, hashing=config.hashing)
        except (PasswordTooLongError, HashingOverloadedError):
            return None  # what there is, is still good; there will be another login
        renewed = msgspec.structs.replace(
            credential, config=credentials.password_config(hashed), updated_at_ms=epoch_ms(self._clock.now())
        )

        def store(connection: Connection) -> None:
            found = credentials.find_by_identifier(
                connection, credential.identifiers[0], type=PASSWORD, project_id=config.project_id
            )
            # Never over a password that was changed meanwhile.
            if found is not None and found.id == credential.id and found.config == credential.config:
                credentials.save_credential(connection, renewed, project_id=config.project_id)

        return store

    async def _credential_or_none(self, identifier: str, config: IdentityConfig) -> Credential | None:
        def query(connection: Connection) -> Credential | None:
            return credentials.find_by_identifier(connection, identifier, type=PASSWORD, project_id=config.project_id)

        return await self._database.read(query)

    async def _account_or_none(self, credential: Credential, config: IdentityConfig) -> Account | None:
        def query(connection: Connection) -> Account | None:
            return accounts.find_or_none(connection, credential.identity_id, project_id=config.project_id)

        return await self._database.read(query)


def _has_password(owned: Sequence[Credential]) -> bool:
    return any(item.type == PASSWORD and credentials.has_password(item) for item in owned)
