"""The hook `require_verified_address`: nobody comes in before one of their addresses was proven to be theirs."""

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.errors import FORBIDDEN
from headwater.identity.flows.follow_up import FollowUp, OpenVerification
from headwater.identity.login.errors import NoVerifiableAddressError
from headwater.identity.login.methods import Attempt, Proof
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.sessions import cookies
from headwater.store.database import Database
from headwater.web import problems

NOT_VERIFIED = "session_verified_address_required"
REASON = (
    "Your account's email or phone address are not verified yet. Please check your email or phone inbox or re-request "
    "verification."
)


class VerifiedAddress:
    """Turns people without a verified address away, towards proving one."""

    def __init__(self, *, open_verification: OpenVerification, database: Database, public_url: str) -> None:
        self._open_verification = open_verification
        self._database = database
        self._public_url = public_url

    async def refusal_or_none(self, attempt: Attempt, proof: Proof) -> Answer | None:
        """Return the answer to somebody who has no verified address, having begun to verify the first they have.

        Raises NoVerifiableAddressError where the person could never come in.
        """
        addresses = [item for item in proof.account.addresses if item.purpose == VERIFIABLE]
        if not addresses:
            raise NoVerifiableAddressError
        if any(item.verified for item in addresses):
            return None
        follow_up = None
        if attempt.config.flows.by_kind["verification"].is_enabled:
            follow_up = await self._open_verification(
                proof.account,
                addresses[0],
                flow=proof.flow,
                inbound=attempt.inbound,
                config=attempt.config,
                transient_payload=attempt.sent.transient_payload,
            )
        if follow_up is not None:
            await self._database.write(follow_up.store)
        return self._refusal(attempt, follow_up, config=attempt.config)

    def _refusal(self, attempt: Attempt, follow_up: FollowUp | None, *, config: IdentityConfig) -> Answer:
        details = {"continue_with": [follow_up.item]} if follow_up else None
        refusal = Answer(
            body=problems.envelope(FORBIDDEN, id=NOT_VERIFIED, reason=REASON, details=details),
            status=FORBIDDEN,
            location=follow_up.location if follow_up else answers.ui_url(attempt.flow, config=config),
            is_for_apps=attempt.flow.type == flows.API,
        )
        cookie = follow_up.csrf_cookie if follow_up else None
        if cookie is None:
            return refusal
        return answers.with_cookies(refusal, cookies.for_csrf(cookie, config, public_url=self._public_url))
