"""Making a person: the part of a registration after which there is no going back.

One transaction stores the account, its credential, its event and what the Actions owe; then, with no transaction
open, the inline Actions run; then the session starts. If an Action fails in between, the person stays, and the
flow remembers them: the same submit again continues from there.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.actions import chain as chains
from headwater.actions import occasion as occasions
from headwater.actions.chain import Chain, Trigger
from headwater.actions.occasion import Occasion
from headwater.actions.runner import ActionRunner, Prepared
from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Secret
from headwater.identity import lifecycle
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import flow as flows
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.passwords.hasher import Hasher
from headwater.identity.people import accounts, credentials, views
from headwater.identity.people.accounts import Account
from headwater.identity.people.credentials import Credential
from headwater.identity.registration import newcomer
from headwater.identity.registration.candidate import Candidate
from headwater.identity.sessions import cookies, sessions
from headwater.identity.sessions.sessions import Session
from headwater.log import outbox
from headwater.store.database import Database

TRIGGER = Trigger(flow=flows.REGISTRATION, method=credentials.PASSWORD)


class TraitsChangedError(Exception):
    """The flow made its person already, with other traits than those submitted now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp:
    """A person, and the session that the chain issued, if it did."""

    account: Account
    session: Session | None
    token: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Everything one submit is going to store."""

    flow: Flow
    account: Account
    credential: Credential | None  # None: the person is there from an earlier try
    chain: Chain
    prepared: Prepared
    session: Session | None
    token: Secret | None
    project_id: str
    now_ms: int


class SignUp:
    """Makes people."""

    def __init__(
        self, *, database: Database, runner: ActionRunner, hasher: Hasher, clock: Clock, public_url: str
    ) -> None:
        self._database = database
        self._runner = runner
        self._hasher = hasher
        self._clock = clock
        self._public_url = public_url

    async def complete(
        self, flow: Flow, candidate: Candidate, *, inbound: Inbound, config: IdentityConfig, payload: Any
    ) -> SignedUp:
        """Store the candidate and run the Actions.

        Raises DuplicateIdentifierError or TraitsChangedError (nothing was stored), or ActionFailedError (the person
        is stored, the flow remembers them).
        """
        account = await self._unfinished_or_none(flow, candidate, config=config)
        credential = None
        if account is None:
            account = newcomer.account(candidate, schema_id=flow.schema_id, now_ms=epoch_ms(self._clock.now()))
            hashed = await self._hasher.hash(candidate.password, hashing=config.hashing)
            credential = newcomer.credential(account, candidate, hashed=hashed)
        chain = chains.after(config.document, TRIGGER)
        occasion = self._occasion(flow, account, inbound=inbound, config=config, payload=payload)
        prepared = await self._runner.prepare(chain, occasion)
        session, token = self._session(account, chain, inbound=inbound, config=config)
        plan = _Plan(
            flow=flow,
            account=account,
            credential=credential,
            chain=chain,
            prepared=prepared,
            session=session,
            token=token,
            project_id=config.project_id,
            now_ms=epoch_ms(self._clock.now()),
        )
        await self._database.write(lambda connection: self._store(connection, plan))
        if chain.inline:
            await self._runner.run(chain, occasion, prepared)
            await self._database.write(lambda connection: _finish(connection, plan))
        return SignedUp(account=account, session=session, token=token)

    def _store(self, connection: Connection, plan: _Plan) -> None:
        if plan.credential is None:
            # What nobody waits for left with the first try; only what is tried inline is tried again.
            self._runner.store(connection, msgspec.structs.replace(plan.prepared, queued=()))
        else:
            accounts.insert_account(connection, plan.account, project_id=plan.project_id)
            credentials.insert_credential(connection, plan.credential, project_id=plan.project_id)
            event = lifecycle.signed_up(
                plan.account.id,
                project_id=plan.project_id,
                method=credentials.PASSWORD,
                flow_type=plan.flow.type,
                now_ms=plan.now_ms,
            )
            outbox.enqueue(connection, [event])
            self._runner.store(connection, plan.prepared)
        if plan.chain.inline:
            flows.save(connection, msgspec.structs.replace(plan.flow, unfinished_id=plan.account.id))
        else:
            _finish(connection, plan)

    async def _unfinished_or_none(self, flow: Flow, candidate: Candidate, *, config: IdentityConfig) -> Account | None:
        """Return the person this flow made before, if the submit proves to be theirs: same identifiers, same password.

        Anyone else gets what anyone gets for a taken identifier.
        """
        unfinished_id = flow.unfinished_id
        if unfinished_id is None:
            return None

        def query(connection: Connection) -> tuple[Account | None, list[Credential]]:
            account = accounts.find_or_none(connection, unfinished_id, project_id=config.project_id)
            return account, credentials.of_accounts(connection, [unfinished_id])

        account, owned = await self._database.read(query)
        own = next((item for item in owned if item.type == credentials.PASSWORD), None)
        if account is None or own is None or set(own.identifiers) != set(candidate.claims.password_identifiers):
            return None
        if not await self._hasher.verify(candidate.password, hashed=credentials.hashed_password(own)):
            return None
        if account.traits != candidate.traits:
            raise TraitsChangedError
        return account

    def _occasion(
        self, flow: Flow, account: Account, *, inbound: Inbound, config: IdentityConfig, payload: Any
    ) -> Occasion:
        own = cookies.own_names(config, public_url=self._public_url)
        context = occasions.context(
            flow=flows.view(flow, active=credentials.PASSWORD, transient_payload=payload),
            identity=views.identity(account, public_url=self._public_url),
            session=None,
            request=inbound.for_actions(),
            header_allowlist=config.header_allowlist,
            own_cookies=own,
        )
        return Occasion(
            project_id=config.project_id,
            identity_id=account.id,
            trigger=TRIGGER,
            context=context,
            own_cookies={name: value for name, value in inbound.cookies.items() if name in own},
        )

    def _session(
        self, account: Account, chain: Chain, *, inbound: Inbound, config: IdentityConfig
    ) -> tuple[Session | None, Secret | None]:
        if not chain.issues_session:
            return None, None
        return sessions.start(
            account.id,
            method=credentials.PASSWORD,
            ip_address=inbound.client_ip,
            user_agent=inbound.header("user-agent"),
            now_ms=epoch_ms(self._clock.now()),
            lifespan_seconds=config.session_seconds,
        )


def _finish(connection: Connection, plan: _Plan) -> None:
    """Start the session and let the flow forget: nothing is left to continue."""
    if plan.session is not None and plan.token is not None:
        sessions.insert_session(connection, plan.session, token=plan.token, project_id=plan.project_id)
    if plan.flow.unfinished_id is not None or plan.chain.inline:
        flows.save(connection, msgspec.structs.replace(plan.flow, unfinished_id=None))
