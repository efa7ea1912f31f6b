"""Session token exchange: a native app's sign-in goes through a browser, and the session gets back to the app.

Two codes, given to two parties: the app gets the init code as it begins a flow, the browser carries the return code
back to the app once it is done. Who has one has nothing: whoever sends somebody else to the provider with a flow of
their own never sees the return code, and who reads the browser's address doesn't have the app's. Both are 256 random
bits, stored as SHA-256. The session's token waits sealed; it is given out once, and doesn't wait for long.
"""

import msgspec
from sqlalchemy import Connection

from headwater.core import ids, secrets
from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Sealer, Secret
from headwater.identity.flows import flow as flows
from headwater.identity.flows.errors import NOT_FOUND, FlowError
from headwater.identity.flows.flow import Flow
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import bearer
from headwater.identity.sessions import exchange_rows as rows
from headwater.identity.sessions.exchange_rows import Exchange
from headwater.identity.sessions.sessions import Session
from headwater.store.database import Database

KINDS = ("registration", "login")
CODE_PREFIX = ""
SEAL_CONTEXT = "session token exchange:"

# The app redeems as soon as the browser is back. A return code stays in the browser's history and the token in our
# database: neither need be good for longer than that takes.
REDEEMABLE_MS = 10 * 60 * 1000


class NoExchangeError(FlowError):
    """There is no session for these codes. Finish signing in in the browser first, or start a new flow."""

    code = "not_found"
    status = NOT_FOUND


class UnfinishedExchangeError(FlowError):
    """The sign-in didn't finish: its flow says why, and lets the person try again."""

    code = "self_service_flow_unfinished"

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self.flow = flow


class TokenExchange:
    """One per installation. What takes a connection runs in its caller's transaction."""

    def __init__(self, *, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    def open(self, connection: Connection, flow_id: str, *, project_id: str, now_ms: int, expires_at_ms: int) -> Secret:
        """Let an app wait for a flow, and return the init code: shown to the app once, and never again."""
        exchange = Exchange(
            id=ids.new_uuid(),
            flow_id=flow_id,
            return_to_code_sha256=None,
            sealed_token=None,
            expires_at_ms=expires_at_ms,
        )
        init_code = Secret(ids.new_token(CODE_PREFIX))
        rows.insert_exchange(connection, exchange, init_code=init_code, project_id=project_id, now_ms=now_ms)
        return init_code

    async def begin(self, flow: Flow, *, project_id: str) -> Secret:
        """Let an app wait for a flow for as long as the flow lasts, and return the init code."""
        now_ms = self._now_ms()

        def transaction(connection: Connection) -> Secret:
            expires_at_ms = flow.expires_at_ms
            return self.open(connection, flow.id, project_id=project_id, now_ms=now_ms, expires_at_ms=expires_at_ms)

        return await self._database.write(transaction)

    def move(
        self, connection: Connection, *, from_flow_id: str, to_flow_id: str, expires_at_ms: int | None = None
    ) -> None:
        """Let the app wait for the flow that takes the other's place, and, if given, for as long as that one lasts."""
        rows.move(connection, from_flow_id=from_flow_id, to_flow_id=to_flow_id, expires_at_ms=expires_at_ms)

    async def is_open_for(self, flow_id: str, *, project_id: str) -> bool:
        """Tell whether an app waits for this flow."""
        now_ms = self._now_ms()
        found = await self._database.read(
            lambda connection: rows.of_flow_or_none(connection, flow_id, project_id=project_id, now_ms=now_ms)
        )
        return found is not None

    def fulfil(
        self, connection: Connection, flow_id: str, *, session: Session, token: Secret, project_id: str, now_ms: int
    ) -> Secret | None:
        """Keep a session, stored already, for the app that waits; return the code that the browser carries back.

        None if no app waits. A flow's last sign-in counts: the return code of an earlier one stops working.
        """
        found = rows.of_flow_or_none(connection, flow_id, project_id=project_id, now_ms=now_ms)
        if found is None:
            return None
        sealed = self._sealer.seal(token.reveal().encode(), context=SEAL_CONTEXT + found.id)
        waiting = msgspec.structs.replace(found, sealed_token=sealed, expires_at_ms=now_ms + REDEEMABLE_MS)
        return _returned(connection, waiting, session_id=session.id)

    def fail(self, connection: Connection, flow_id: str, *, project_id: str, now_ms: int) -> Secret | None:
        """Return the code for a browser that comes back without a session: with it the app gets the flow, and why.

        None if no app waits. The flow may be tried again, and the app goes on waiting.
        """
        found = rows.of_flow_or_none(connection, flow_id, project_id=project_id, now_ms=now_ms)
        if found is None:
            return None
        return _returned(connection, msgspec.structs.replace(found, sealed_token=None), session_id=None)

    async def redeem(
        self, init_code: Secret, return_to_code: Secret, *, project_id: str
    ) -> tuple[Secret, Session, Account]:
        """Return the session's token, the session and whose it is, once.

        Raises UnfinishedExchangeError where the sign-in failed. Raises NoExchangeError for everything else (wrong,
        mixed up, used, too early, too late, ended meanwhile): nobody learns which of their codes was right.
        """
        now_ms = self._now_ms()
        found = await self._database.read(
            lambda connection: rows.find_or_none(connection, init_code, project_id=project_id, now_ms=now_ms)
        )
        if found is None or not _is_answered(found, return_to_code):
            raise NoExchangeError
        if found.sealed_token is None:
            raise await self._unfinished(found, project_id=project_id)
        token = Secret(self._sealer.unseal(found.sealed_token, context=SEAL_CONTEXT + found.id).decode())
        # Only those with both codes get as far as the one writer: guessing doesn't keep others waiting.
        signed_in = await self._database.write(
            lambda connection: _taken(connection, found, token, project_id=project_id, now_ms=now_ms)
        )
        if signed_in is None:
            raise NoExchangeError
        return token, *signed_in

    async def _unfinished(self, exchange: Exchange, *, project_id: str) -> FlowError:
        def query(connection: Connection) -> list[Flow | None]:
            flow_id = exchange.flow_id
            return [flows.find_or_none(connection, flow_id, kind=kind, project_id=project_id) for kind in KINDS]

        flow = next(filter(None, await self._database.read(query)), None)
        return NoExchangeError() if flow is None else UnfinishedExchangeError(flow)

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())


def _is_answered(exchange: Exchange, return_to_code: Secret) -> bool:
    expected = exchange.return_to_code_sha256
    return expected is not None and secrets.is_same(expected, secrets.fingerprint(return_to_code.reveal()))


def _returned(connection: Connection, exchange: Exchange, *, session_id: str | None) -> Secret:
    code = Secret(ids.new_token(CODE_PREFIX))
    fingerprint = secrets.fingerprint(code.reveal())
    returned = msgspec.structs.replace(exchange, return_to_code_sha256=fingerprint)
    rows.save(connection, returned, session_id=session_id)
    return code


def _taken(
    connection: Connection, exchange: Exchange, token: Secret, *, project_id: str, now_ms: int
) -> tuple[Session, Account] | None:
    """Use the exchange up, and return what its token stands for now: None if somebody was faster, or it has ended."""
    if not rows.take(connection, exchange):
        return None
    found = bearer.find_or_none(connection, token, project_id=project_id, now_ms=now_ms)
    return found if found is not None and found[1].state == accounts.ACTIVE else None
