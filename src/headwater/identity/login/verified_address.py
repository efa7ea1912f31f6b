"""The hook `require_verified_address`: nobody comes in before one of their addresses was proven to be theirs."""

from headwater.identity.flows.follow_up import OpenVerification
from headwater.identity.login.errors import AddressNotVerifiedError, NoVerifiableAddressError
from headwater.identity.login.methods import Attempt, Proof
from headwater.identity.people.claims import VERIFIABLE
from headwater.store.database import Database


async def require(
    attempt: Attempt, proof: Proof, *, open_verification: OpenVerification, database: Database
) -> None:
    """Raise AddressNotVerifiedError, having begun the verification of the first address, unless one is verified.

    Raises NoVerifiableAddressError where the person could never come in.
    """
    addresses = [item for item in proof.account.addresses if item.purpose == VERIFIABLE]
    if not addresses:
        raise NoVerifiableAddressError
    if any(item.verified for item in addresses):
        return
    follow_up = None
    if attempt.config.flows.by_kind["verification"].is_enabled:
        follow_up = await open_verification(
            proof.account, addresses[0], flow=proof.flow, inbound=attempt.inbound, config=attempt.config
        )
    if follow_up is not None:
        await database.write(follow_up.store)
    raise AddressNotVerifiedError(follow_up)
