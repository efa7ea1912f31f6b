"""The default project's accounts as the console asks for them: who a browser is, and what they may do just now."""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection

from headwater.console import doorway
from headwater.console.accounts import Incoming, Person
from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Secret, fingerprint
from headwater.identity import lifecycle
from headwater.identity.admin import operator_people
from headwater.identity.config.flows_config import HIGHEST_AVAILABLE
from headwater.identity.config.live import Current
from headwater.identity.flows import flow as flows
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import bearer, sessions, tokens
from headwater.identity.sessions.assurance import Assurance
from headwater.identity.sessions.sessions import Session
from headwater.log import outbox
from headwater.store.database import Database
from headwater.web.access import Principal
from headwater.workspace import operators
from headwater.workspace.operators import Operator

# Not the project's `privileged_session_max_age`, which may be as long as anybody likes, or too short to come back in.
RECENT_MS = 15 * 60 * 1000


class _Known(msgspec.Struct, frozen=True):
    """A session that counts, of somebody who may sign in; no operator: they are none."""

    session: Session
    account: Account
    operator: Operator | None


class ConsoleAccounts:
    """One per installation. `current` gives the default project's configuration once there is one."""

    def __init__(
        self, *, database: Database, clock: Clock, project_id: str, current: Callable[[], Current], home: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._project_id = project_id
        self._current = current
        self._assurance = Assurance(public_url=home)

    async def are_offered(self) -> bool:
        """Tell whether there is anybody who could come in by their account."""
        return await self._database.read(operators.are_there_any)

    async def signed_in(self, request: Incoming) -> Person | None:
        """Return whoever the browser is signed in as. A cookie says so and no header: this is for browsers alone."""
        config = await self._current().config()
        cookie_name = config.session.cookie.name
        token = tokens.first_or_none(header="", cookies=request.cookies, cookie_name=cookie_name, authorization="")
        if token is None:
            return None
        known = await self._database.read(lambda connection: self._by_token(connection, token))
        if known is None:
            return None
        session, account = known.session, known.account
        return Person(
            identity_id=account.id,
            session_id=session.id,
            name=operator_people.called(account),
            role=known.operator.role if known.operator else None,
            word=fingerprint(f"console sign-in of {token.reveal()}"),
            is_recent=self._now_ms() - session.authenticated_at_ms <= RECENT_MS,
            is_sure=self._assurance.is_enough(session, account, required=HIGHEST_AVAILABLE),
        )

    async def principal(self, identity_id: str, session_id: str) -> Principal | None:
        """Return what somebody may do now; None once they may nothing, or their session is over."""
        known = await self._database.read(lambda connection: self._by_id(connection, identity_id, session_id))
        if known is None or known.operator is None:
            return None
        name = operator_people.called(known.account)
        return Principal(key_id=identity_id, role=known.operator.role, name=name, via=doorway.VIA)

    async def sign_out(self, identity_id: str, session_id: str) -> None:
        """End a session of theirs, as their own sign-out would."""

        def end(connection: Connection) -> None:
            if self._by_id(connection, identity_id, session_id) is None:
                return
            sessions.revoke(connection, session_id, project_id=self._project_id, identity_id=identity_id)
            event = lifecycle.signed_out(
                identity_id, project_id=self._project_id, flow_type=flows.BROWSER, now_ms=self._now_ms()
            )
            outbox.enqueue(connection, [event])

        await self._database.write(end)

    def _by_token(self, connection: Connection, token: Secret) -> _Known | None:
        found = bearer.find_or_none(connection, token, project_id=self._project_id, now_ms=self._now_ms())
        return None if found is None else self._known(connection, *found)

    def _by_id(self, connection: Connection, identity_id: str, session_id: str) -> _Known | None:
        session = sessions.find_by_id(connection, session_id, project_id=self._project_id)
        account = accounts.find_or_none(connection, identity_id, project_id=self._project_id)
        if session is None or account is None or session.identity_id != account.id:
            return None
        return self._known(connection, session, account)

    def _known(self, connection: Connection, session: Session, account: Account) -> _Known | None:
        if not sessions.is_active(session, now_ms=self._now_ms()) or account.state != accounts.ACTIVE:
            return None
        return _Known(session, account, operators.get_or_none(connection, account.id))

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())
