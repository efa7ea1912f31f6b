"""The end of a recovery: a fresh session, the settings to go on with, and what the log is told, in one transaction."""

import msgspec
from sqlalchemy import Connection

from headwater.actions import known_hooks
from headwater.identity.codes.challenges import Challenge
from headwater.identity.codes.redeemer import NotRedeemedError, Redeemable, Redeemer
from headwater.identity.config.flows_config import LINK, RECOVERY
from headwater.identity.flows import answers, csrf
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.beginning import Beginnings
from headwater.identity.flows.ending import Ending, Endings
from headwater.identity.flows.errors import IdentityDisabledError
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.visits import Form, Visit
from headwater.identity.people import accounts, claims
from headwater.identity.people.accounts import ACTIVE, Account
from headwater.identity.recovery import form as steps
from headwater.identity.recovery import returned
from headwater.identity.recovery.onward import PrepareSettings, skips_settings, uses_continue_with
from headwater.identity.recovery.returned import Returned
from headwater.identity.sessions import cookies, sessions
from headwater.identity.sessions.sessions import AAL1, Method
from headwater.identity.sessions.whoami import SignedIn
from headwater.log import outbox
from headwater.store.database import Database


class Comeback:
    """One per installation."""

    def __init__(
        self,
        *,
        database: Database,
        passages: Passages,
        beginnings: Beginnings,
        endings: Endings,
        redeemer: Redeemer,
        prepare_settings: PrepareSettings,
        public_url: str,
    ) -> None:
        self._database = database
        self._passages = passages
        self._beginnings = beginnings
        self._endings = endings
        self._redeemer = redeemer
        self._prepare_settings = prepare_settings
        self._public_url = public_url

    async def complete(self, form: Form, visit: Visit, redeemable: Redeemable, *, method: str) -> Answer:
        """Sign the person in and lead them to their settings, or where they wanted to go if they skip those.

        Raises NotRedeemedError, IdentityDisabledError, Refusal or ActionFailedError: nothing was changed, and what
        was sent can still be redeemed.
        """
        came_back = await self._prepared(form, visit, redeemable, method)
        ending = Ending(
            flow=came_back.passed,
            method=method,
            account=came_back.account,
            inbound=visit.inbound,
            config=visit.config,
            transient_payload=visit.sent.transient_payload,
        )
        revokes = known_hooks.REVOKE_ACTIVE_SESSIONS in ending.chain.built_in
        owed = [await self._endings.act(ending)]
        if came_back.settings is not None:
            signed_in = SignedIn(came_back.session, came_back.account, came_back.token)
            owed.append(
                await self._beginnings.run(
                    came_back.settings, inbound=visit.inbound, config=visit.config, signed_in=signed_in
                )
            )

        def change(connection: Connection) -> None:
            self._store(connection, came_back, revokes=revokes)
            for part in owed:
                part.store(connection)

        await self._database.write(change)
        for part in owed:
            part.stored()
        return self._answer(came_back)

    async def _prepared(self, form: Form, visit: Visit, redeemable: Redeemable, method: str) -> Returned:
        config, account = visit.config, redeemable.account
        require_able(account, redeemable.challenge)
        now_ms = self._passages.now_ms()
        flow_type = flows.BROWSER if method == LINK else visit.flow.type
        csrf_cookie = csrf.new_cookie() if flow_type == flows.BROWSER else None
        proven, newly_verified = returned.proven(account, redeemable.challenge, now_ms)
        session, token = sessions.start(
            account.id,
            methods=[Method(method=f"{method}_recovery", aal=AAL1, completed_at_ms=now_ms)],
            ip_address=visit.inbound.client_ip,
            user_agent=visit.inbound.header("user-agent"),
            now_ms=now_ms,
            lifespan_seconds=config.session.seconds,
        )
        settings = None
        if not skips_settings(visit.flow, method):
            settings = await self._prepare_settings(
                proven,
                flow_type,
                inbound=visit.inbound,
                config=config,
                return_to=visit.flow.return_to or config.flows.by_kind[RECOVERY].return_urls.get(""),
                csrf_cookie=csrf_cookie,
                messages=(returned.message(now_ms, config.flows.settings_privileged_seconds),),
            )
        passed = await self._passages.dressed(
            form, steps.passed(visit.flow, identity_id=account.id), config=config, csrf_cookie=csrf_cookie
        )
        return Returned(
            visit=visit,
            redeemable=redeemable,
            method=method,
            flow_type=flow_type,
            passed=passed,
            settings=settings,
            account=proven,
            newly_verified=newly_verified,
            session=session,
            token=token,
            csrf_cookie=csrf_cookie,
            now_ms=now_ms,
        )

    def _store(self, connection: Connection, came_back: Returned, *, revokes: bool) -> None:
        config, account, now_ms = came_back.visit.config, came_back.account, came_back.now_ms
        self._redeemer.use(connection, came_back.redeemable)
        # Looked at again: the address may have been changed, or the person locked out, since the code was sent.
        current = accounts.find_or_none(connection, account.id, project_id=config.project_id)
        if current is None:
            raise NotRedeemedError
        require_able(current, came_back.redeemable.challenge)
        for address in came_back.newly_verified:
            accounts.mark_verified(connection, address.id, now_ms=now_ms)
        if revokes:
            sessions.revoke_all_of(connection, account.id)
        sessions.insert_session(connection, came_back.session, token=came_back.token, project_id=config.project_id)
        if came_back.settings is not None:
            flows.insert_flow(connection, came_back.settings, project_id=config.project_id)
        flows.save(connection, came_back.passed)
        outbox.enqueue(connection, returned.events(came_back))

    def _answer(self, came_back: Returned) -> Answer:
        config = came_back.visit.config
        if came_back.settings is None:
            place = came_back.visit.flow.return_to or config.flows.default_return_url
            answer = _with_next_steps(answers.moved(place), came_back)
        else:
            place = answers.ui_url(came_back.settings, config=config)
            answer = answers.moved(place)
            if came_back.method == LINK:
                answer = answers.for_apps_at(answer, place)
            elif uses_continue_with(config):
                answer = _with_next_steps(answer, came_back)
        if came_back.csrf_cookie is None:
            return msgspec.structs.replace(answer, is_for_apps=True)
        return answers.with_cookies(
            answer,
            cookies.for_csrf(came_back.csrf_cookie, config, public_url=self._public_url),
            # Last, because clients that keep one header of a name keep the last.
            cookies.for_session(came_back.token, config, public_url=self._public_url),
        )


def _with_next_steps(answer: Answer, came_back: Returned) -> Answer:
    """Return the answer with apps being told what to do, instead of where to send a browser."""
    steps = returned.continue_with(came_back, answer.location)
    body = {**flows.view(came_back.passed), **({"continue_with": steps} if steps else {})}
    return msgspec.structs.replace(answer, body=body, status=answers.OK)


def require_able(account: Account, challenge: Challenge) -> None:
    """Raise IdentityDisabledError, or NotRedeemedError if the address recovers this account no more.

    A challenge without an address was issued by an operator.
    """
    if account.state != ACTIVE:
        raise IdentityDisabledError
    known = [(item.via, item.value) for item in account.addresses if item.purpose == claims.RECOVERY]
    if challenge.address and (challenge.via, challenge.address) not in known:
        raise NotRedeemedError
