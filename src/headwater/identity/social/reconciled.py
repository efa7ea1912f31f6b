"""Somebody who signs in again, brought up to what their provider says of them now (`update_identity_on_login`). Pure.

What the mapper says wins over what is stored; what it doesn't mention stays.
"""

from collections.abc import Sequence

import msgspec

from headwater.identity.messages.text import Complaint
from headwater.identity.people import bounds, reshape
from headwater.identity.people.accounts import COMPLETED, Account, Address
from headwater.identity.people.bounds import TooLargeError
from headwater.identity.people.claims import VERIFIABLE, CodeAddress
from headwater.identity.people.credentials import Credential
from headwater.identity.people.reshape import Reshaped
from headwater.identity.people.schema import IdentitySchema
from headwater.identity.social import mapper
from headwater.identity.social.mapper import Mapped, MapperError

MOST_NODES = 10  # that a message names


class MisfitError(MapperError):
    """What the provider says of this person doesn't fit the identity schema. `complaints` say where and why."""

    code = "mapped_traits_misfit"

    def __init__(self, message: str | None = None, *, complaints: Sequence[Complaint] = ()) -> None:
        super().__init__(message)
        self.complaints = tuple(complaints)


def reconciled(
    account: Account, owned_credentials: Sequence[Credential], *, mapped: Mapped, schema: IdentitySchema, now_ms: int
) -> Reshaped | None:
    """Return the person as they are now, None if nothing changed.

    An address that stays keeps its id and what was proven of it; one that the provider vouches for is proven.
    Raises MisfitError: then nothing may be stored.
    """
    traits = mapper.merged(mapped.traits, account.traits)
    _require_fit(traits, mapped=mapped, schema=schema)
    person = reshape.reshaped(account, owned_credentials, traits=traits, schema=schema, now_ms=now_ms)
    changed = msgspec.structs.replace(
        person.account,
        addresses=tuple(_proven(item, mapped.verified, now_ms) for item in person.account.addresses),
        metadata_public=account.metadata_public if mapped.metadata_public is None else mapped.metadata_public,
        metadata_admin=account.metadata_admin if mapped.metadata_admin is None else mapped.metadata_admin,
    )
    return None if _is_same(account, changed) else msgspec.structs.replace(person, account=changed)


def _require_fit(traits: dict[str, object], *, mapped: Mapped, schema: IdentitySchema) -> None:
    try:
        # Both are bounded, the two as one are not: a mapper that names its traits by claims would add some each time.
        bounds.require_bounded(traits, path=mapper.TRAITS)
    except TooLargeError as error:
        raise MisfitError(f"{_begin(mapped)}: {error.message}") from None
    complaints = schema.validate(traits) or schema.claims(traits).complaints
    if complaints:
        nodes = ", ".join(dict.fromkeys(item.node for item in complaints[:MOST_NODES]))
        raise MisfitError(f"{_begin(mapped)} at {nodes}.", complaints=complaints)


def _begin(mapped: Mapped) -> str:
    return f'What the provider "{mapped.provider_id}" says of this person doesn\'t fit the identity schema'


def _proven(address: Address, verified: Sequence[CodeAddress], now_ms: int) -> Address:
    is_vouched_for = CodeAddress(value=address.value, via=address.via) in verified
    if address.purpose != VERIFIABLE or address.verified or not is_vouched_for:
        return address
    return msgspec.structs.replace(
        address, verified=True, status=COMPLETED, verified_at_ms=now_ms, updated_at_ms=now_ms
    )


def _is_same(account: Account, changed: Account) -> bool:
    """Compare what is stored, as JSON: to Python, true would be 1."""
    before = msgspec.structs.replace(account, updated_at_ms=changed.updated_at_ms, addresses=())
    after = msgspec.structs.replace(changed, addresses=())
    return _text(before) == _text(after) and set(account.addresses) == set(changed.addresses)


def _text(account: Account) -> bytes:
    return msgspec.json.encode(account, order="deterministic")
