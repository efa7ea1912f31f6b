"""From a candidate to what is stored of them: an account, its addresses, and the credential with the hash."""

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.identity.people import accounts, credentials
from headwater.identity.people.accounts import Account, Address
from headwater.identity.people.claims import AddressClaim
from headwater.identity.people.credentials import Credential
from headwater.identity.registration.candidate import Candidate


def account(candidate: Candidate, *, schema_id: str, now_ms: int) -> Account:
    """Return the candidate as a new person. Nothing is stored yet, but the id is final: Actions may name it."""
    return Account(
        id=ids.new_uuid(),
        schema_id=schema_id,
        state=accounts.ACTIVE,
        traits=candidate.traits,
        state_changed_at_ms=now_ms,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
        addresses=tuple(_address(claim, now_ms) for claim in candidate.claims.addresses),
    )


def credential(account: Account, candidate: Candidate, *, hashed: Secret) -> Credential:
    """Return the person's password credential."""
    return Credential(
        id=ids.new_uuid(),
        identity_id=account.id,
        type=credentials.PASSWORD,
        config=credentials.password_config(hashed),
        created_at_ms=account.created_at_ms,
        updated_at_ms=account.updated_at_ms,
        identifiers=candidate.claims.password_identifiers,
    )


def _address(claim: AddressClaim, now_ms: int) -> Address:
    return Address(
        id=ids.new_uuid(),
        purpose=claim.purpose,
        via=claim.via,
        value=claim.value,
        verified=False,
        status=accounts.PENDING,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )
