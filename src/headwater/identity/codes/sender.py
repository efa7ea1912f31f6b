"""Sends a code or link for recovery or verification, alike whether anybody has the address.

For an address that nobody has, all the same work is done: a message is written, a challenge is stored. The message
is thrown away and the challenge was told to nobody, so neither the answer, nor the time it takes, nor what happens
at the next step says who has an account here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Secret
from headwater.identity.codes import challenges, links, shown_headers
from headwater.identity.codes.challenges import Challenge, Challenges
from headwater.identity.codes.errands import Errand
from headwater.identity.codes.recipients import Recipient
from headwater.identity.config.flows_config import CODE
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier import queue
from headwater.identity.courier.courier import Courier
from headwater.identity.courier.kinds import EMAIL
from headwater.identity.courier.mail import BadRecipientError, Mail, TooManyMessagesError
from headwater.identity.flows import flow as flows
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people import accounts, views
from headwater.identity.people.accounts import ACTIVE, Account, Address

MS = 1000
SECONDS_A_MINUTE = 60

Store = Callable[[Connection], None]

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something is to be sent to `recipient`, for a flow, by `method` (code or link)."""

    errand: Errand
    flow: Flow
    recipient: Recipient
    method: str
    inbound: Inbound
    config: IdentityConfig
    transient_payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What a challenge is answered with, and the message that says it; None if it can't be written now."""

    secret: Secret
    mail: Mail | None


class Sender:
    """One per installation."""

    def __init__(self, *, courier: Courier, challenges: Challenges, clock: Clock, public_url: str) -> None:
        self._courier = courier
        self._challenges = challenges
        self._clock = clock
        self._public_url = public_url

    async def prepare(self, request: Request, *, found: tuple[Account, Address] | None) -> Store:
        """Write the message to whoever was found, or to nobody; return what stores it with the flow's next state."""
        account, address = found or (_nobody(self._now_ms()), None)
        letter = await self._letter(request, account, address)
        notice = None if address is not None else await self._notice_or_none(request)
        now_ms = self._now_ms()

        def store(connection: Connection) -> None:
            is_sent = address is not None and self._is_queued(connection, letter.mail, request, now_ms=now_ms)
            if address is None:
                self._is_queued(connection, notice, request, now_ms=now_ms)
            owner = account.id if is_sent else None
            challenge = self._challenge(request, address, owner=owner, now_ms=now_ms)
            self._challenges.issue(connection, challenge, letter.secret, project_id=request.config.project_id)
            flows.forget_submissions(connection, request.flow.id)
            if is_sent and address is not None:
                accounts.mark_sent(connection, address.id, now_ms=now_ms)

        return store

    async def pretend(self, request: Request, *, account: Account, address: Address) -> Store:
        """Do the work of `prepare` for somebody who isn't stored: the code is told to nobody."""
        letter = await self._letter(request, account, address)
        now_ms = self._now_ms()
        challenge = self._challenge(request, address, owner=None, now_ms=now_ms)

        def store(connection: Connection) -> None:
            self._challenges.issue(connection, challenge, letter.secret, project_id=request.config.project_id)

        return store

    def _challenge(self, request: Request, address: Address | None, *, owner: str | None, now_ms: int) -> Challenge:
        """`owner` None: nobody can redeem it. That includes a message too many: nobody got its code."""
        return Challenge(
            id=ids.new_uuid(),
            flow_id=request.flow.id,
            purpose=_purpose(request),
            identity_id=owner,
            address=address.value if address else request.recipient.value,
            via=address.via if address else request.recipient.via,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + int(_seconds(request) * MS),
        )

    async def _letter(self, request: Request, account: Account, address: Address | None) -> _Letter:
        errand, config = request.errand, request.config
        kind, flow_id = errand.kind, request.flow.id
        if request.method == CODE:
            secret = challenges.new_code()
            url = links.with_code(kind, flow_id=flow_id, code=secret, config=config, public_url=self._public_url)
            said = {errand.code_key: secret.reveal(), errand.url_key: url.reveal()}
        else:
            secret = challenges.new_link_token()
            url = links.with_token(kind, flow_id=flow_id, token=secret, config=config, public_url=self._public_url)
            said = {errand.url_key: url.reveal()}
        data = {
            **self._common(request),
            **said,
            "identity": views.identity(account, public_url=self._public_url),
            "expires_in_minutes": int(_seconds(request) // SECONDS_A_MINUTE),
        }
        # To the address as stored, never as typed: what only looks the same may be somebody else's.
        recipient = address.value if address else request.recipient.value
        channel = address.via if address else request.recipient.via
        template = errand.templates[request.method]
        return _Letter(secret=secret, mail=await self._composed(request, template, channel, recipient, data))

    async def _notice_or_none(self, request: Request) -> Mail | None:
        """Return the message to somebody without an account; by e-mail only, as text messages cost money."""
        notifies = {
            "recovery": request.config.flows.recovery_notifies_unknown,
            "verification": request.config.flows.verification_notifies_unknown,
        }
        if not notifies[request.errand.kind] or request.recipient.via != EMAIL:
            return None
        template = request.errand.templates_for_unknown[request.method]
        return await self._composed(request, template, EMAIL, request.recipient.value, self._common(request))

    async def _composed(
        self, request: Request, template: str, channel: str, recipient: str, data: dict[str, Any]
    ) -> Mail | None:
        try:
            return await self._courier.compose(
                template,
                channel=channel,
                recipient=recipient,
                data=data,
                config=request.config,
                request_headers=shown_headers.of(request.inbound, config=request.config),
            )
        except (TooManyMessagesError, BadRecipientError) as error:
            _log_unsent(request, error)
            return None

    def _common(self, request: Request) -> dict[str, Any]:
        return {
            "request_url": request.flow.request_url,
            "transient_payload": dict(request.transient_payload or {}),
        }

    def _is_queued(self, connection: Connection, mail: Mail | None, request: Request, *, now_ms: int) -> bool:
        if mail is None:
            return False
        try:
            queue.enqueue(connection, mail, project_id=request.config.project_id, now_ms=now_ms)
        except TooManyMessagesError as error:
            _log_unsent(request, error)
            return False
        return True

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())


def _purpose(request: Request) -> str:
    kind = request.errand.kind
    return kind if request.method == CODE else challenges.link_purpose(kind)


def _seconds(request: Request) -> float:
    methods = request.config.methods
    return methods.code.seconds if request.method == CODE else methods.link.seconds


def _nobody(now_ms: int) -> Account:
    return Account(
        id=ids.new_uuid(),
        schema_id="",
        state=ACTIVE,
        traits={},
        state_changed_at_ms=now_ms,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )


def _log_unsent(request: Request, error: TooManyMessagesError | BadRecipientError) -> None:
    """No address in it: the logger isn't where one looks up who was written to."""
    logger.warning("message_not_sent", flow=request.flow.id, kind=request.errand.kind, reason=error.message)
