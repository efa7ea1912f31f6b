"""From an applicant to what is stored of them: an account, its addresses, and the credentials their traits make."""

import msgspec

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.identity.people import accounts, linked, reshape
from headwater.identity.people.accounts import COMPLETED, Account, Address
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.people.reshape import Reshaped
from headwater.identity.registration.applicant import Applicant


def make(applicant: Applicant, *, schema_id: str, hashed: Secret | None, now_ms: int) -> Reshaped:
    """Return a new person. Nothing is stored yet, but the id is final: Actions may name it."""
    elsewhere = applicant.elsewhere
    blank = Account(
        id=ids.new_uuid(),
        schema_id=schema_id,
        state=accounts.ACTIVE,
        traits={},
        metadata_public=elsewhere.metadata_public if elsewhere else None,
        metadata_admin=elsewhere.metadata_admin if elsewhere else None,
        state_changed_at_ms=now_ms,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )
    person = reshape.with_claims(blank, (), traits=applicant.traits, claims=applicant.claims, now_ms=now_ms)
    if hashed is not None:
        person = reshape.with_password(person, hashed, now_ms=now_ms)
    if elsewhere is not None:
        person = linked.linked(person, [elsewhere.entry], now_ms=now_ms)
    return _proven(person, applicant, now_ms=now_ms)


def _proven(person: Reshaped, applicant: Applicant, *, now_ms: int) -> Reshaped:
    """Whoever brought back the code that was sent to an address, or whose provider vouches for it, has proven it."""
    proven = {(claim.via, claim.value) for claim in applicant.proven}
    if not proven:
        return person
    addresses = tuple(
        _verified(address, now_ms)
        if address.purpose == VERIFIABLE and (address.via, address.value) in proven
        else address
        for address in person.account.addresses
    )
    account = msgspec.structs.replace(person.account, addresses=addresses)
    return msgspec.structs.replace(person, account=account)


def _verified(address: Address, now_ms: int) -> Address:
    return msgspec.structs.replace(address, verified=True, status=COMPLETED, verified_at_ms=now_ms)
