"""Accounts elsewhere that somebody signs in with: what a credential of type oidc holds, as Kratos lays it out. Pure.

Tokens in an entry are sealed by whoever makes it; nothing here opens them.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.identity.people import credentials
from headwater.identity.people.credentials import OIDC, Credential
from headwater.identity.people.reshape import Reshaped

SEPARATOR = ":"
ID_TOKEN = "initial_id_token"  # noqa: S105  a member's name
ACCESS_TOKEN = "initial_access_token"  # noqa: S105  a member's name
REFRESH_TOKEN = "initial_refresh_token"  # noqa: S105  a member's name
TOKENS = (ID_TOKEN, ACCESS_TOKEN, REFRESH_TOKEN)

Entry = dict[str, Any]


def identifier(provider_id: str, subject: str) -> str:
    """Return what leads to whoever is `subject` at the provider."""
    return f"{provider_id}{SEPARATOR}{subject}"


def identifier_of(entry: Entry) -> str:
    return identifier(entry["provider"], entry["subject"])


def entry(provider_id: str, subject: str, **tokens: str) -> Entry:
    """Return one account elsewhere; `tokens` are sealed already, empty where there are none."""
    return {"subject": subject, "provider": provider_id, **{name: tokens.get(name, "") for name in TOKENS}}


def entries(credential: Credential) -> list[Entry]:
    """Return the accounts elsewhere that a credential holds."""
    found: list[Entry] = msgspec.json.decode(credential.config.reveal()).get("providers", [])
    return found


def of_person(owned: Sequence[Credential]) -> list[Entry]:
    """Return the accounts elsewhere among somebody's credentials."""
    return [item for credential in owned if credential.type == OIDC for item in entries(credential)]


def with_entries(credential: Credential, held: Sequence[Entry], *, now_ms: int) -> Credential:
    """Return a credential with exactly these accounts elsewhere."""
    config = Secret(msgspec.json.encode({"providers": list(held)}).decode())
    texts = tuple(identifier_of(item) for item in held)
    return msgspec.structs.replace(credential, config=config, identifiers=texts, updated_at_ms=now_ms)


def without(credential: Credential, unwanted: str, *, now_ms: int) -> Credential | None:
    """Return the credential without one account elsewhere (`provider:subject`); None if it has none such."""
    held = entries(credential)
    left = [item for item in held if identifier_of(item) != unwanted]
    return None if len(left) == len(held) else with_entries(credential, left, now_ms=now_ms)


def linked(person: Reshaped, new: Sequence[Entry], *, now_ms: int) -> Reshaped:
    """Return the person with more accounts elsewhere. Those they have stay: nobody must be locked out."""
    own = next((item for item in person.credentials if item.type == OIDC), None)
    held = {} if own is None else {identifier_of(item): item for item in entries(own)}
    for item in new:
        held.setdefault(identifier_of(item), item)
    if not held:
        return person
    changed = with_entries(own or _blank(person, now_ms), list(held.values()), now_ms=now_ms)
    return _with(person, changed)


def unlinked(person: Reshaped, provider_id: str, *, now_ms: int) -> Reshaped:
    """Return the person without the accounts they have at one provider."""
    own = next((item for item in person.credentials if item.type == OIDC), None)
    if own is None:
        return person
    left = [item for item in entries(own) if item["provider"] != provider_id]
    if left:
        return _with(person, with_entries(own, left, now_ms=now_ms))
    others = tuple(item for item in person.credentials if item.id != own.id)
    return msgspec.structs.replace(person, credentials=others, removed_ids=(*person.removed_ids, own.id))


def _with(person: Reshaped, changed: Credential) -> Reshaped:
    others = tuple(item for item in person.credentials if item.type != OIDC)
    return msgspec.structs.replace(person, credentials=(*others, changed))


def _blank(person: Reshaped, now_ms: int) -> Credential:
    return Credential(
        id=ids.new_uuid(),
        identity_id=person.account.id,
        type=OIDC,
        config=Secret(credentials.EMPTY_CONFIG),
        version=credentials.VERSIONS[OIDC],
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )
