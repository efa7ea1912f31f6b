"""Registering without a password: a code is sent to the address, and bringing it back makes the person."""

from collections.abc import Awaitable, Callable

import msgspec
from sqlalchemy import Connection

from headwater.core import ids
from headwater.identity.codes import challenges, shown_headers
from headwater.identity.codes.challenges import Challenge, Challenges
from headwater.identity.codes.redeemer import TOO_OFTEN, NotRedeemedError, Redeemer, TooManyGuessesError
from headwater.identity.config.flows_config import REGISTRATION
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier import kinds, queue
from headwater.identity.courier.courier import Courier
from headwater.identity.flows import answers, nodes
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.nodes import CODE_GROUP, Node
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.visits import Refusal, Visit, with_flow
from headwater.identity.messages import registration, validation
from headwater.identity.messages.text import Complaint
from headwater.identity.people.claims import Claims, CodeAddress
from headwater.identity.people.credentials import CODE
from headwater.identity.registration import applicant, form
from headwater.identity.registration.applicant import Applicant
from headwater.identity.registration.registration import Registration

MS = 1000
SECONDS_A_MINUTE = 60

Complete = Callable[[Visit, Applicant], Awaitable[Answer]]


class CodeRegistration:
    """A RegistrationMethod."""

    name = CODE

    def __init__(
        self,
        *,
        registration: Registration,
        passages: Passages,
        challenges: Challenges,
        redeemer: Redeemer,
        courier: Courier,
    ) -> None:
        self._registration = registration
        self._passages = passages
        self._challenges = challenges
        self._redeemer = redeemer
        self._courier = courier

    def is_enabled(self, config: IdentityConfig) -> bool:
        return config.methods.code.is_enabled and config.methods.code.is_passwordless

    def nodes(self, _config: IdentityConfig) -> list[Node]:
        return [nodes.submit(CODE, label=registration.send_code(), group=CODE_GROUP)]

    def only_nodes(self, flow: Flow, *, config: IdentityConfig) -> list[Node] | None:  # noqa: ARG002  RegistrationMethod's
        return None

    async def submit(self, visit: Visit) -> Answer:
        schema = visit.config.schema_of(visit.flow.schema_id)
        claims = applicant.judged_traits(visit.sent, schema=schema)
        if visit.flow.state == flows.CHOOSE_METHOD or visit.sent.text(form.RESEND_NODE):
            return await self._send(visit, claims)
        return await self._redeem(visit, claims)

    async def _send(self, visit: Visit, claims: Claims) -> Answer:
        address = _address(claims)
        flow = visit.flow
        code = challenges.new_code()
        seconds = visit.config.methods.code.seconds
        now_ms = self._passages.now_ms()
        challenge = Challenge(
            id=ids.new_uuid(),
            flow_id=flow.id,
            purpose=REGISTRATION,
            identity_id=None,
            address=address.value,
            via=address.via,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + int(seconds * MS),
        )
        mail = await self._courier.compose(
            kinds.REGISTRATION_CODE_VALID,
            channel=address.via,
            recipient=address.value,
            data={
                "registration_code": code.reveal(),
                "traits": visit.sent.traits,
                "request_url": flow.request_url,
                "transient_payload": visit.sent.transient_payload or {},
                "expires_in_minutes": int(seconds // SECONDS_A_MINUTE),
            },
            config=visit.config,
            request_headers=shown_headers.of(visit.inbound, config=visit.config),
        )

        def store(connection: Connection) -> None:
            self._challenges.issue(connection, challenge, code, project_id=visit.config.project_id)
            flows.forget_submissions(connection, flow.id)
            queue.enqueue(connection, mail, project_id=visit.config.project_id, now_ms=now_ms)

        # What was promised a code is what may be made with it: other traits need another code.
        memory = {**flow.memory, "traits": visit.sent.traits}
        sent = msgspec.structs.replace(flow, state=flows.SENT_EMAIL, active=CODE, memory=memory)
        return await self._passages.advance(
            self._registration,
            visit,
            sent,
            status=answers.BAD_REQUEST,  # Ory's: the flow isn't done
            messages=(registration.code_sent(),),
            store=store,
        )

    async def _redeem(self, visit: Visit, claims: Claims) -> Answer:
        code, flow = visit.sent.secret(form.CODE_NODE), visit.flow
        if not code.reveal():
            raise Refusal(Complaint(node=form.CODE_NODE, message=validation.required(form.CODE_NODE)))
        if visit.sent.traits != flow.memory.get("traits"):
            raise Refusal.whole(validation.traits_mismatch())
        limit = visit.config.methods.code.max_submissions
        try:
            challenge = await self._redeemer.answered(code, flow=flow, limit=limit)
        except TooManyGuessesError:
            raise Refusal.whole(validation.generic(TOO_OFTEN)) from None
        except NotRedeemedError:
            raise Refusal.whole(registration.code_invalid_or_used()) from None
        # Not used up: if an Action fails, the same submit goes on with the person it made, and it can make no other.
        proven = CodeAddress(value=challenge.address, via=challenge.via)
        passed = msgspec.structs.replace(flow, state=flows.PASSED_CHALLENGE)
        person = Applicant(method=CODE, traits=visit.sent.traits, claims=claims, proven=(proven,))
        return await self._registration.complete(with_flow(visit, passed), person)


def _address(claims: Claims) -> CodeAddress:
    """Return where the code goes. Raises Refusal if the traits name no such place."""
    if not claims.code_addresses:
        raise Refusal.whole(validation.identifier_missing())
    return claims.code_addresses[0]
