"""Letting somebody in who has proved who they are: hooks, session, event, and the answer that carries the token.

The Actions run before anything is stored, as they may say no. Then one transaction stores what the proof changes,
the session, the event and what the Actions are owed.
"""

import msgspec
from sqlalchemy import Connection

from headwater.actions.known_hooks import REQUIRE_VERIFIED_ADDRESS, REVOKE_ACTIVE_SESSIONS
from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Secret
from headwater.identity import lifecycle
from headwater.identity.flows import anonymous, answers
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.ending import Ending, Endings
from headwater.identity.flows.entered import entered
from headwater.identity.flows.follow_up import OpenVerification
from headwater.identity.flows.visits import Refusal
from headwater.identity.login import unverified
from headwater.identity.login.methods import Attempt, Proof
from headwater.identity.login.unverified import LedOn
from headwater.identity.login.verified_address import VerifiedAddress
from headwater.identity.messages import login
from headwater.identity.people import accounts
from headwater.identity.sessions import sessions
from headwater.identity.sessions.assurance import Assurance
from headwater.identity.sessions.renewal import renewed
from headwater.identity.sessions.sessions import Session
from headwater.identity.sessions.whoami import NoSessionError
from headwater.log import outbox
from headwater.store.database import Database


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One person coming in. `is_renewal`: they prolong the session they have, under the token they have."""

    attempt: Attempt
    proof: Proof
    session: Session
    token: Secret
    is_renewal: bool
    revokes_others: bool
    led_on: LedOn
    now_ms: int


class Entrance:
    """Lets people in."""

    def __init__(
        self,
        *,
        database: Database,
        endings: Endings,
        clock: Clock,
        assurance: Assurance,
        open_verification: OpenVerification,
        public_url: str,
    ) -> None:
        self._database = database
        self._endings = endings
        self._clock = clock
        self._assurance = assurance
        self._open_verification = open_verification
        self._verified_address = VerifiedAddress(
            open_verification=open_verification, database=database, public_url=public_url
        )
        self._public_url = public_url

    async def let_in(self, attempt: Attempt, proof: Proof) -> Answer:
        """Start or renew the session and answer with it.

        Raises Refusal for somebody who was disabled, ActionFailedError: nothing was stored.
        """
        if proof.account.state != accounts.ACTIVE:
            raise Refusal.whole(login.identity_disabled())
        session, token, is_renewal = self._session(attempt, proof)
        ending = Ending(
            flow=proof.flow,
            method=proof.method,
            account=proof.account,
            inbound=attempt.inbound,
            config=attempt.config,
            session=session,
            transient_payload=attempt.sent.transient_payload,
            arrival=proof.arrival,
        )
        chain = ending.chain
        if REQUIRE_VERIFIED_ADDRESS in chain.built_in:
            refusal = await self._verified_address.refusal_or_none(attempt, proof)
            if refusal is not None:
                return refusal
        onward = await unverified.led_on(
            attempt, proof, chain=chain, is_renewal=is_renewal, open_verification=self._open_verification
        )
        entry = _Entry(
            attempt=attempt,
            proof=proof,
            session=session,
            token=token,
            is_renewal=is_renewal,
            revokes_others=REVOKE_ACTIVE_SESSIONS in chain.built_in,
            led_on=onward,
            now_ms=self._now_ms(),
        )
        await self._endings.act_then_change(ending, change=lambda connection: _store(connection, entry))
        return self._welcome(entry)

    def _session(self, attempt: Attempt, proof: Proof) -> tuple[Session, Secret, bool]:
        """Return the session they have, renewed, or a new one under a token that nobody has seen (session fixation).

        Somebody else than who is signed in gets a session of their own, never that one.
        """
        now_ms, seconds = self._now_ms(), attempt.config.session.seconds
        client = {"ip_address": attempt.inbound.client_ip, "user_agent": attempt.inbound.header("user-agent")}
        present = attempt.signed_in
        if present is not None and present.account.id == proof.account.id:
            session = renewed(
                present.session,
                done=proof.done(now_ms=now_ms),
                now_ms=now_ms,
                lifespan_seconds=seconds,
                **client,
            )
            return session, present.token, True
        session, token = sessions.start(
            proof.account.id, methods=proof.done(now_ms=now_ms), now_ms=now_ms, lifespan_seconds=seconds, **client
        )
        return session, token, False

    def _welcome(self, entry: _Entry) -> Answer:
        config, flow, account = entry.attempt.config, entry.proof.flow, entry.proof.account
        begun = entry.led_on.follow_up
        answer = entered(
            flow,
            account=account,
            session=entry.session,
            token=entry.token,
            config=config,
            public_url=self._public_url,
            location=flow.return_to or config.flows.return_url(flow.kind, entry.proof.method),
            continue_with=(begun.item,) if begun is not None and entry.led_on.is_shown else (),
            page_location=begun.location if begun is not None and entry.led_on.is_next else None,
            keeps_csrf_cookie=entry.is_renewal,
            csrf_cookie=begun.csrf_cookie if begun is not None else None,
            is_page=flow.type == flows.BROWSER and not entry.attempt.inbound.wants_json,
        )
        if self._assurance.is_enough(entry.session, account, required=config.session.required_aal):
            return answer
        if flow.type == flows.API:
            # Who it is stays unsaid until they are sure: a phished password shows no traits.
            body = dict(answer.body or {})
            body["session"] = {key: value for key, value in body["session"].items() if key != "identity"}
            return msgspec.structs.replace(answer, body=body)
        onward = answers.moved(self._assurance.second_factor_url(return_to=flow.return_to))
        return answers.with_cookies(onward, *answer.cookies)

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())


def _store(connection: Connection, entry: _Entry) -> None:
    account, config, session = entry.proof.account, entry.attempt.config, entry.session
    _store_session(connection, entry)
    if entry.proof.store is not None:
        entry.proof.store(connection)
    flows.save(connection, entry.proof.flow)
    if entry.led_on.follow_up is not None:
        entry.led_on.follow_up.store(connection)
    if entry.revokes_others:
        sessions.revoke_others(connection, account.id, session.id)
    event = lifecycle.signed_in(
        account.id,
        project_id=config.project_id,
        method=entry.proof.method,
        flow_type=entry.proof.flow.type,
        now_ms=entry.now_ms,
        anonymous_id=anonymous.id_or_none(entry.attempt.inbound, entry.attempt.sent.transient_payload),
        provider=entry.proof.arrival.provider_id if entry.proof.arrival else None,
    )
    outbox.enqueue(connection, [event])


def _store_session(connection: Connection, entry: _Entry) -> None:
    """Look again: hashing and Actions took their time, and somebody may have been disabled or a session revoked."""
    session, project_id = entry.session, entry.attempt.config.project_id
    if not entry.is_renewal:
        if not sessions.insert_if_active(connection, session, token=entry.token, project_id=project_id):
            raise Refusal.whole(login.identity_disabled())
        return
    if not accounts.is_active(connection, entry.proof.account.id, project_id=project_id):
        raise Refusal.whole(login.identity_disabled())
    stored = sessions.find_by_id(connection, session.id, project_id=project_id)
    if stored is None or not sessions.is_active(stored, now_ms=entry.now_ms):
        raise NoSessionError
    sessions.save(connection, session)
