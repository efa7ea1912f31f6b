"""The hooks `verification` and `show_verification_ui` after a login: whoever comes in is sent a code, and led to it."""

from dataclasses import dataclass

import msgspec

from headwater.actions.chain import Chain
from headwater.actions.known_hooks import SHOW_VERIFICATION_UI, VERIFICATION
from headwater.identity.config import flows_config
from headwater.identity.flows.follow_up import FollowUp, OpenVerification
from headwater.identity.login.methods import Attempt, Proof
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.sessions.sessions import AAL1


@dataclass(frozen=True, slots=True, kw_only=True)
class LedOn:
    """The verification that was begun, if one was. `is_shown`: apps are told of it; `is_next`: pages go there."""

    follow_up: FollowUp | None = None
    is_shown: bool = False
    is_next: bool = False


NOWHERE = LedOn()


async def led_on(
    attempt: Attempt, proof: Proof, *, chain: Chain, is_renewal: bool, open_verification: OpenVerification
) -> LedOn:
    """Begin to verify the first address of theirs that isn't, where the chain has it and this is a first factor.

    Who only proves again who they are keeps their anti-CSRF cookie, and with it the flow that sent them here.
    """
    config, flow = attempt.config, proof.flow
    address = next((item for item in proof.account.addresses if item.purpose == VERIFIABLE and not item.verified), None)
    is_wanted = VERIFICATION in chain.built_in and (flow.requested_aal or AAL1) == AAL1
    if address is None or not is_wanted or not config.flows.by_kind[flows_config.VERIFICATION].is_enabled:
        return NOWHERE
    follow_up = await open_verification(
        proof.account,
        address,
        flow=msgspec.structs.replace(flow, refresh=is_renewal),
        inbound=attempt.inbound,
        config=config,
        transient_payload=attempt.sent.transient_payload,
    )
    if follow_up is None:
        return NOWHERE
    is_next = SHOW_VERIFICATION_UI in chain.built_in
    return LedOn(follow_up=follow_up, is_shown=is_next or config.always_shows_verification, is_next=is_next)
