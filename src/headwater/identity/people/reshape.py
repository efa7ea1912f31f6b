"""What a person becomes with other traits: the one mechanism behind sign-up, settings and operators' changes.

Pure. Identifiers and addresses follow the traits; an address that stays keeps its id and what was proven of it.
The traits were validated before; nothing here refuses them.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.identity.people import accounts, credentials
from headwater.identity.people.accounts import Account, Address
from headwater.identity.people.claims import AddressClaim, Claims
from headwater.identity.people.credentials import CODE, PASSWORD, Credential
from headwater.identity.people.schema import IdentitySchema


class Reshaped(msgspec.Struct, frozen=True, kw_only=True):
    """A person as they will be stored: `accounts.save_account` and `credentials.save_credential` take it from here.

    `removed_ids` are credentials that lost their last reason to be: give them to `credentials.remove_credential`.
    """

    account: Account
    credentials: tuple[Credential, ...]
    removed_ids: tuple[str, ...] = ()


def reshaped(
    account: Account,
    owned_credentials: Sequence[Credential],
    *,
    traits: dict[str, Any],
    schema: IdentitySchema,
    now_ms: int,
) -> Reshaped:
    """Return the person with `traits` under `schema`, which becomes theirs."""
    moved = msgspec.structs.replace(account, schema_id=schema.id)
    return with_claims(moved, owned_credentials, traits=traits, claims=schema.claims(traits), now_ms=now_ms)


def with_claims(
    account: Account, owned_credentials: Sequence[Credential], *, traits: dict[str, Any], claims: Claims, now_ms: int
) -> Reshaped:
    """Return the person with `traits` whose claims were found already."""
    known = {(item.purpose, item.via, item.value): item for item in account.addresses}
    addresses = [
        known.get((claim.purpose, claim.via, claim.value)) or _address(claim, now_ms) for claim in claims.addresses
    ]
    addresses.sort(key=lambda address: address.id)  # the order they are read back in
    changed = msgspec.structs.replace(account, traits=traits, addresses=tuple(addresses), updated_at_ms=now_ms)
    kept, removed_ids = _credentials(changed, owned_credentials, claims, now_ms)
    return Reshaped(account=changed, credentials=kept, removed_ids=removed_ids)


def with_password(person: Reshaped, hashed: Secret, *, now_ms: int) -> Reshaped:
    """Return the person with this password instead of the one they had, if any."""
    return _with_password_config(person, credentials.password_config(hashed), now_ms=now_ms)


def with_migrating_password(person: Reshaped, *, now_ms: int) -> Reshaped:
    """Return the person with the password that another system knows of them."""
    return _with_password_config(person, credentials.migrating_password_config(), now_ms=now_ms)


def _with_password_config(person: Reshaped, config: Secret, *, now_ms: int) -> Reshaped:
    own = next((item for item in person.credentials if item.type == PASSWORD), None)
    others = tuple(item for item in person.credentials if item.type != PASSWORD)
    changed = msgspec.structs.replace(
        own or _credential(PASSWORD, person.account, now_ms), config=config, updated_at_ms=now_ms
    )
    return msgspec.structs.replace(person, credentials=(*others, changed))


def _credentials(
    account: Account, owned: Sequence[Credential], claims: Claims, now_ms: int
) -> tuple[tuple[Credential, ...], tuple[str, ...]]:
    by_type = {item.type: item for item in owned}
    password = _with_identifiers(
        by_type.get(PASSWORD) or _credential(PASSWORD, account, now_ms), claims.password_identifiers, now_ms
    )
    code = _with_addresses(by_type.get(CODE) or _credential(CODE, account, now_ms), claims, now_ms)
    kept = [item for item in owned if item.type not in (PASSWORD, CODE)]
    if password.identifiers or credentials.has_password(password):
        # Kept without a password too, as Kratos does: it holds the identifiers for whoever they were given to.
        kept.append(password)
    if code.identifiers:
        kept.append(code)
    stay = {item.id for item in kept}
    return tuple(kept), tuple(item.id for item in owned if item.id not in stay)


def _with_identifiers(credential: Credential, texts: tuple[str, ...], now_ms: int) -> Credential:
    if set(texts) == set(credential.identifiers):
        return credential
    return msgspec.structs.replace(credential, identifiers=texts, updated_at_ms=now_ms)


def _with_addresses(credential: Credential, claims: Claims, now_ms: int) -> Credential:
    texts = tuple(dict.fromkeys(item.value for item in claims.code_addresses))
    config = credentials.code_config(claims.code_addresses)
    if config == credential.config and set(texts) == set(credential.identifiers):
        return credential
    return msgspec.structs.replace(credential, identifiers=texts, config=config, updated_at_ms=now_ms)


def _credential(type_: str, account: Account, now_ms: int) -> Credential:
    return Credential(
        id=ids.new_uuid(),
        identity_id=account.id,
        type=type_,
        config=Secret(credentials.EMPTY_CONFIG),
        version=credentials.VERSIONS[type_],
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
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
