"""Signing in with a one-time code that is sent to an address.

Whoever asks for a code is told that one was sent. That there is nobody at the address is known to us alone: the
flow goes on as always, after the same work, and no code will ever fit.
"""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.identity.codes import challenges, shown_headers
from headwater.identity.codes.challenges import Challenge, Challenges
from headwater.identity.codes.redeemer import TOO_OFTEN, NotRedeemedError, Redeemer, TooManyGuessesError
from headwater.identity.config.flows_config import LOGIN
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier import kinds, queue
from headwater.identity.courier.courier import Courier
from headwater.identity.courier.mail import BadRecipientError, Mail, TooManyMessagesError
from headwater.identity.flows import flow as flows
from headwater.identity.flows import nodes
from headwater.identity.flows.failures import Failures
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import CODE_GROUP, Node
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.visits import Refusal
from headwater.identity.login import form, recipients
from headwater.identity.login.guesses import Guesses
from headwater.identity.login.methods import IDENTIFIER_NODE, Attempt, Proof, Step
from headwater.identity.login.proven import Proven
from headwater.identity.login.recipients import Recipient
from headwater.identity.login.required import require
from headwater.identity.messages import login, validation
from headwater.identity.people import identifiers, views
from headwater.identity.people.credentials import CODE, Credential
from headwater.identity.sessions.sessions import AAL1
from headwater.store.database import Database

MS = 1000
SECONDS_A_MINUTE = 60
# What a mail to nobody is written for: composing it takes the time that a real one takes. It is never queued.
NOBODY = "nobody@example.invalid"

Store = Callable[[Connection], None]


class CodeLogin:
    """A LoginMethod."""

    name = CODE
    aal = AAL1

    def __init__(
        self,
        *,
        passages: Passages,
        database: Database,
        challenges: Challenges,
        redeemer: Redeemer,
        courier: Courier,
        failures: Failures,
        public_url: str,
    ) -> None:
        self._passages = passages
        self._database = database
        self._challenges = challenges
        self._redeemer = redeemer
        self._courier = courier
        self._failures = failures
        self._public_url = public_url

    def nodes(self, flow: Flow, *, owned: Sequence[Credential], config: IdentityConfig) -> list[Node]:  # noqa: ARG002  whoever has no address for codes learns it from no form
        if not _is_offered(config):
            return []
        return [nodes.submit(CODE, label=login.send_code(), group=CODE_GROUP)]

    async def submit(self, attempt: Attempt) -> Proof | Step:
        if not _is_offered(attempt.config) or attempt.flow.state == flows.PASSED_CHALLENGE:
            raise Refusal.whole(login.no_strategy())
        if attempt.flow.state == flows.CHOOSE_METHOD or attempt.sent.text(form.RESEND_NODE):
            return await self.send(attempt)
        return await self._redeem(attempt)

    async def send(self, attempt: Attempt) -> Step:
        """Send a code to whoever signs in with the identifier, and say so in any case."""
        require(attempt.sent, IDENTIFIER_NODE)
        flow, config = attempt.flow, attempt.config
        recipient = await self._recipient_or_none(attempt)
        code = challenges.new_code()
        mail = await self._mail_or_none(attempt, recipient, code)
        now_ms = self._passages.now_ms()
        challenge = Challenge(
            id=ids.new_uuid(),
            flow_id=flow.id,
            purpose=LOGIN,
            identity_id=recipient.account.id if recipient else None,
            address=recipient.address.value if recipient else NOBODY,
            via=recipient.address.via if recipient else kinds.EMAIL,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + int(config.methods.code.seconds * MS),
        )

        def store(connection: Connection) -> None:
            if mail is None:
                return
            try:
                if recipient is not None:
                    queue.enqueue(connection, mail, project_id=config.project_id, now_ms=now_ms)
            except TooManyMessagesError:
                return  # the code that was sent before stays good
            self._challenges.issue(connection, challenge, code, project_id=config.project_id)
            flows.forget_submissions(connection, flow.id)

        sent = form.remembering(flow, attempt.identifier, state=flows.SENT_EMAIL, active=CODE)
        message = login.code_sent_again_to_you() if flow.refresh else login.code_sent()
        return Step(flow=sent, messages=(message,), store=store)

    async def _redeem(self, attempt: Attempt) -> Proof:
        require(attempt.sent, IDENTIFIER_NODE, form.CODE_NODE)
        identifier = identifiers.normalised(attempt.identifier)
        guesses = Guesses(self._failures, attempt, identifier=identifier)
        guesses.require_few()
        challenge = await self._answered_or_none(attempt)
        recipient = await self._recipient_or_none(attempt)
        guesses.require_few()
        if challenge is None or recipient is None or not _is_theirs(challenge, recipient):
            guesses.failed()
            raise Refusal.whole(login.code_invalid_or_used())
        guesses.succeeded()
        proven = Proven(
            account=recipient.account,
            challenge=challenge,
            challenges=self._challenges,
            attempt=attempt,
            now_ms=self._passages.now_ms(),
        )
        return Proof(
            flow=msgspec.structs.replace(attempt.flow, active=CODE, state=flows.PASSED_CHALLENGE),
            account=proven.verified_account(),
            method=CODE,
            aal=AAL1,
            store=proven.store,
        )

    async def _answered_or_none(self, attempt: Attempt) -> Challenge | None:
        """Count the guess and return the challenge that it answers. Raises Refusal when there were too many."""
        code, limit = attempt.sent.secret(form.CODE_NODE), attempt.config.methods.code.max_submissions
        try:
            return await self._redeemer.answered(code, flow=attempt.flow, limit=limit)
        except TooManyGuessesError:
            raise Refusal.whole(validation.generic(TOO_OFTEN)) from None
        except NotRedeemedError:
            return None

    async def _recipient_or_none(self, attempt: Attempt) -> Recipient | None:
        """Return who gets the code. A refresh is about whoever is signed in: for others there is nobody."""

        def query(connection: Connection) -> Recipient | None:
            return recipients.find_or_none(connection, attempt.identifier, config=attempt.config)

        found = await self._database.read(query)
        signed_in = attempt.signed_in
        if found and signed_in and attempt.flow.refresh and found.account.id != signed_in.account.id:
            return None
        return found

    async def _mail_or_none(self, attempt: Attempt, recipient: Recipient | None, code: Secret) -> Mail | None:
        """Write the mail, for nobody as for somebody; None if this address can't have one now."""
        data = {
            "login_code": code.reveal(),
            "identity": views.identity(recipient.account, public_url=self._public_url) if recipient else {},
            "request_url": attempt.flow.request_url,
            "transient_payload": attempt.sent.transient_payload or {},
            "expires_in_minutes": int(attempt.config.methods.code.seconds // SECONDS_A_MINUTE),
        }
        try:
            return await self._courier.compose(
                kinds.LOGIN_CODE_VALID,
                channel=recipient.address.via if recipient else kinds.EMAIL,
                recipient=recipient.address.value if recipient else NOBODY,
                data=data,
                config=attempt.config,
                request_headers=shown_headers.of(attempt.inbound, config=attempt.config),
            )
        except (BadRecipientError, TooManyMessagesError):
            return None


def _is_offered(config: IdentityConfig) -> bool:
    return config.methods.code.is_enabled and config.methods.code.is_passwordless


def _is_theirs(challenge: Challenge, recipient: Recipient) -> bool:
    """Tell whether the code was sent to the person, at the address they still have and say they have."""
    return challenge.identity_id == recipient.account.id and challenge.address == recipient.address.value
