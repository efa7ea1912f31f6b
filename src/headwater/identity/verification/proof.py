"""The end of a verification: the address is theirs, which the log is told in the same transaction."""

import msgspec
from sqlalchemy import Connection

from headwater.identity import lifecycle
from headwater.identity.codes.challenges import Challenge
from headwater.identity.codes.redeemer import NotRedeemedError, Redeemable, Redeemer
from headwater.identity.config.flows_config import CODE
from headwater.identity.courier.kinds import SMS
from headwater.identity.flows import anonymous, answers, csrf
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.ending import Ending, Endings
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.visits import Form, Visit
from headwater.identity.messages import verification
from headwater.identity.people import accounts
from headwater.identity.people.accounts import COMPLETED, Account, Address
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.sessions import cookies
from headwater.identity.settings.resumption import Resumption
from headwater.identity.verification import form as steps
from headwater.log import outbox


class Proof:
    """One per installation."""

    def __init__(
        self, *, passages: Passages, endings: Endings, redeemer: Redeemer, resumption: Resumption, public_url: str
    ) -> None:
        self._passages = passages
        self._endings = endings
        self._redeemer = redeemer
        self._resumption = resumption
        self._public_url = public_url

    async def complete(self, form: Form, visit: Visit, redeemable: Redeemable) -> Answer:
        """Mark the address verified and show the way on. Raises NotRedeemedError, Refusal: nothing was changed.

        The flow is tied to the browser that brought the proof: a link may be opened in another one.
        """
        flow, config, via = visit.flow, visit.config, redeemable.challenge.via
        known = address_or_none(redeemable.account, redeemable.challenge)
        waiting = None if known else await self._resumption.waiting(redeemable, config=config)
        person = None if waiting is None else self._resumption.as_wanted(waiting, config=config)
        now_ms = self._passages.now_ms()
        cookie = self._csrf_cookie(visit)
        message = verification.phone_verified() if via == SMS else verification.email_verified()
        passed = await self._passages.dressed(
            form, steps.passed(flow, config=config), config=config, csrf_cookie=cookie, messages=(message,)
        )
        ending = Ending(
            flow=passed,
            method=flow.active or CODE,
            account=person.account if person else _proven(redeemable.account, known, now_ms),
            inbound=visit.inbound,
            config=config,
            transient_payload=visit.sent.transient_payload,
        )

        def change(connection: Connection) -> None:
            self._redeemer.use(connection, redeemable)
            if known is not None:
                require_theirs(connection, redeemable, project_id=config.project_id)
                accounts.mark_verified(connection, known.id, now_ms=now_ms)
            flows.save(connection, passed)
            event = lifecycle.verified(
                redeemable.account.id,
                project_id=config.project_id,
                method=ending.method,
                via=via,
                flow_type=flow.type,
                now_ms=now_ms,
                anonymous_id=anonymous.id_or_none(visit.inbound, visit.sent.transient_payload),
            )
            outbox.enqueue(connection, [event])

        # What a receiver would change falls away: as in Ory, only a sign-up and settings store changes.
        await self._endings.ask(ending)
        if waiting is None or person is None:
            await self._endings.change_then_act(ending, change=change)
        else:
            await self._resumption.finish(visit, waiting, person, redeemable=redeemable, proof=ending, change=change)
        answer = answers.show(passed, config=config)
        if cookie is None or cookie == self._passages.csrf_cookie_of(visit):
            return answer
        return answers.with_cookies(answer, cookies.for_csrf(cookie, config, public_url=self._public_url))

    def _csrf_cookie(self, visit: Visit) -> str | None:
        if visit.flow.type != flows.BROWSER:
            return None
        return self._passages.csrf_cookie_of(visit) or csrf.new_cookie()


def address_or_none(account: Account, challenge: Challenge) -> Address | None:
    """Return the verifiable address that the challenge was sent to, None where it isn't theirs, or no more."""
    for address in account.addresses:
        if (address.purpose, address.via, address.value) == (VERIFIABLE, challenge.via, challenge.address):
            return address
    return None


def require_theirs(connection: Connection, redeemable: Redeemable, *, project_id: str) -> None:
    """Look again in the transaction: the address may have been changed since. Raises NotRedeemedError."""
    account = accounts.find_or_none(connection, redeemable.account.id, project_id=project_id)
    if account is None or address_or_none(account, redeemable.challenge) is None:
        raise NotRedeemedError


def _proven(account: Account, address: Address | None, now_ms: int) -> Account:
    """Return the person as Actions see them: with the address verified."""
    if address is None:
        return account
    done = msgspec.structs.replace(address, verified=True, status=COMPLETED, verified_at_ms=now_ms)
    addresses = tuple(done if item.id == address.id else item for item in account.addresses)
    return msgspec.structs.replace(account, addresses=addresses)
