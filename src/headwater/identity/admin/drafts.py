"""From what an operator sent to a person as they will be stored, or to what is wrong with it. Pure.

Read paths never come here: a schema may change under people's feet, and only a change has to fit it again.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from headwater.core import ids
from headwater.core.clock import epoch_ms
from headwater.identity.admin import imports
from headwater.identity.admin.bodies import AddressImport, CreateBody, UpdateBody
from headwater.identity.admin.errors import BadIdentityError
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows.errors import NotSupportedYetError
from headwater.identity.people import accounts, bounds, identifiers, reshape
from headwater.identity.people.accounts import Account, Address
from headwater.identity.people.claims import VERIFIABLE, Claims
from headwater.identity.people.credentials import Credential
from headwater.identity.people.reshape import Reshaped
from headwater.identity.people.schema import IdentitySchema

MAX_EXTERNAL_ID_LENGTH = 255
STATUSES = (accounts.PENDING, accounts.SENT, accounts.COMPLETED)


def newcomer(body: CreateBody, *, config: IdentityConfig, now_ms: int) -> Reshaped:
    """Return a new person. Raises BadIdentityError and what `imports.with_credentials` raises."""
    schema = _schema(body.schema_id, config)
    blank = Account(
        id=ids.new_uuid(),
        schema_id=schema.id,
        state=accounts.ACTIVE,
        traits={},
        state_changed_at_ms=now_ms,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )
    account = _with_members(blank, body, now_ms=now_ms)
    person = _reshaped(account, (), body.traits or {}, schema, now_ms=now_ms)
    person = _with_addresses(person, body.verifiable_addresses, now_ms=now_ms)
    return imports.with_credentials(person, body.credentials, now_ms=now_ms)


def changed(
    account: Account, owned: Sequence[Credential], body: UpdateBody, *, config: IdentityConfig, now_ms: int
) -> Reshaped:
    """Return a person as `body` wants them. Raises BadIdentityError and what `imports.with_credentials` raises."""
    schema = _schema(body.schema_id or account.schema_id, config)
    base = msgspec.structs.replace(account, schema_id=schema.id)
    base = _with_members(base, body, now_ms=now_ms)
    person = _reshaped(base, owned, body.traits or {}, schema, now_ms=now_ms)
    person = _with_addresses(person, body.verifiable_addresses, now_ms=now_ms)
    return imports.with_credentials(person, body.credentials, now_ms=now_ms)


def _schema(schema_id: str | None, config: IdentityConfig) -> IdentitySchema:
    if not schema_id:
        return config.default_schema
    if schema_id not in config.schemas:
        known = ", ".join(config.schemas)
        raise BadIdentityError(f"Unable to find JSON Schema ID: {schema_id}. There is {known}.", path="schema_id")
    return config.schemas[schema_id]


def _with_members(account: Account, body: CreateBody | UpdateBody, *, now_ms: int) -> Account:
    """Return the account with what doesn't depend on traits."""
    if body.organization_id:
        raise NotSupportedYetError("Organizations come in a later release: leave organization_id out.")
    for name in ("metadata_public", "metadata_admin"):
        bounds.require_bounded(getattr(body, name), path=name)
    external_id = body.external_id or None
    if external_id is not None and (len(external_id) > MAX_EXTERNAL_ID_LENGTH or not external_id.isprintable()):
        raise BadIdentityError(
            f"external_id must be printable, with at most {MAX_EXTERNAL_ID_LENGTH} characters.", path="external_id"
        )
    state = body.state or account.state
    if state not in accounts.STATES:
        raise BadIdentityError(
            f"The supplied state ({state!r}) was not valid. Valid states are {accounts.STATES}.", path="state"
        )
    return msgspec.structs.replace(
        account,
        metadata_public=body.metadata_public,
        metadata_admin=body.metadata_admin,
        external_id=external_id,
        state=state,
        state_changed_at_ms=account.state_changed_at_ms if state == account.state else now_ms,
    )


def _reshaped(
    account: Account, owned: Sequence[Credential], traits: dict[str, Any], schema: IdentitySchema, *, now_ms: int
) -> Reshaped:
    claims = _claims(traits, schema)
    return reshape.with_claims(account, owned, traits=traits, claims=claims, now_ms=now_ms)


def _claims(traits: dict[str, Any], schema: IdentitySchema) -> Claims:
    """Return what valid traits claim; refuse others, each complaint with its place in Ory's notation."""
    bounds.require_bounded(traits, path="traits")
    complaints = list(schema.validate(traits))
    claims = schema.claims(traits) if not complaints else Claims()
    complaints += claims.complaints
    if complaints:
        sentences = [f"I[#/{item.node.replace('.', '/')}] {item.message.text}" for item in complaints]
        raise BadIdentityError("; ".join(sentences), path=complaints[0].node)
    return claims


def _with_addresses(person: Reshaped, imported: Sequence[AddressImport] | None, *, now_ms: int) -> Reshaped:
    """Return the person with what is known of their addresses; ones that the traits don't hold are not theirs."""
    known = {(item.via, identifiers.normalised(item.value)): item for item in imported or ()}
    if not known:
        return person
    addresses = tuple(
        _proven(address, known.get((address.via, address.value)), now_ms=now_ms)
        if address.purpose == VERIFIABLE
        else address
        for address in person.account.addresses
    )
    account = msgspec.structs.replace(person.account, addresses=addresses)
    return msgspec.structs.replace(person, account=account)


def _proven(address: Address, known: AddressImport | None, *, now_ms: int) -> Address:
    if known is None:
        return address
    status = known.status or (accounts.COMPLETED if known.verified else accounts.PENDING)
    if status not in STATUSES:
        raise BadIdentityError(f"verifiable_addresses: status must be one of {', '.join(STATUSES)}, not {status!r}.")
    verified_at_ms = (_moment_ms(known.verified_at) or address.verified_at_ms or now_ms) if known.verified else None
    same = (address.verified, address.status, address.verified_at_ms) == (known.verified, status, verified_at_ms)
    if same:
        return address
    return msgspec.structs.replace(
        address, verified=known.verified, status=status, verified_at_ms=verified_at_ms, updated_at_ms=now_ms
    )


def _moment_ms(text: str | None) -> int | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadIdentityError("verifiable_addresses: verified_at must be an RFC 3339 time.") from error
    # Clients in Go send the year 1 for "never".
    return max(0, epoch_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))) or None
