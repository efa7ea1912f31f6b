"""Ways to sign in that operators bring along: checked and merged into what a person has. Pure."""

from typing import Any

import msgspec

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.identity.admin.bodies import CredentialsImport, PasswordConfig, Provider
from headwater.identity.admin.errors import BadIdentityError
from headwater.identity.flows.errors import NotSupportedYetError
from headwater.identity.passwords import imported
from headwater.identity.people import credentials, reshape
from headwater.identity.people.credentials import OIDC, Credential
from headwater.identity.people.identifiers import MAX_IDENTIFIER_LENGTH
from headwater.identity.people.reshape import Reshaped

MAX_PROVIDERS = 50
LATER = {
    "saml": "SAML isn't supported",
    "totp": "time-based one-time passwords come in a later release",
    "lookup_secret": "lookup secrets come in a later release",
    "webauthn": "security keys come in a later release",
    "passkey": "passkeys come in a later release",
}


def with_credentials(person: Reshaped, body: CredentialsImport | None, *, now_ms: int) -> Reshaped:
    """Return the person with what `body` brings, save for a password in clear: see `clear_password_or_none`.

    Raises BadIdentityError, ImportedHashError, NotSupportedYetError.
    """
    if body is None:
        return person
    for name, reason in LATER.items():
        if getattr(body, name) is not None:
            raise NotSupportedYetError(f"credentials.{name} can't be imported yet: {reason}.")
    if body.password is not None and body.password.config is not None:
        person = _with_password(person, body.password.config, now_ms=now_ms)
    if body.oidc is not None and body.oidc.config is not None:
        person = _with_providers(person, body.oidc.config.providers or (), now_ms=now_ms)
    return person


def clear_password_or_none(body: CredentialsImport | None) -> Secret | None:
    """Return the password in clear, if one came: it is hashed before any transaction is open."""
    if body is None or body.password is None or body.password.config is None:
        return None
    clear = body.password.config.clear_or_none
    if clear is not None and len(clear.reveal().encode(errors="replace")) > imported.MAX_PASSWORD_BYTES:
        raise BadIdentityError(f"credentials.password.config.password is over {imported.MAX_PASSWORD_BYTES} bytes.")
    return clear


def _with_password(person: Reshaped, config: PasswordConfig, *, now_ms: int) -> Reshaped:
    if config.use_password_migration_hook:
        raise NotSupportedYetError("The password migration hook comes in a later release. Import hashes instead.")
    hashed = config.hash_or_none
    if hashed is None:
        return person
    imported.check(hashed)
    return reshape.with_password(person, hashed, now_ms=now_ms)


def _with_providers(person: Reshaped, new: tuple[Provider, ...], *, now_ms: int) -> Reshaped:
    """Those the person has stay, as in Kratos: an import must not lock anyone out."""
    own = next((item for item in person.credentials if item.type == OIDC), None)
    entries = {} if own is None else {_identifier(entry): entry for entry in providers(own)}
    for provider in new:
        entry = _entry(provider)
        entries.setdefault(_identifier(entry), entry)
    if len(entries) > MAX_PROVIDERS:
        raise BadIdentityError(f"credentials.oidc.config.providers: at most {MAX_PROVIDERS} fit one person.")
    if not entries:
        return person
    changed = with_entries(own or _blank(person, now_ms), list(entries.values()), now_ms=now_ms)
    others = tuple(item for item in person.credentials if item.type != OIDC)
    return msgspec.structs.replace(person, credentials=(*others, changed))


def providers(credential: Credential) -> list[dict[str, Any]]:
    """Return the accounts elsewhere that a credential of type oidc holds."""
    found: list[dict[str, Any]] = msgspec.json.decode(credential.config.reveal()).get("providers", [])
    return found


def without_provider(credential: Credential, identifier: str, *, now_ms: int) -> Credential | None:
    """Return the credential without one account elsewhere (`provider:subject`); None if it has none such."""
    held = providers(credential)
    left = [entry for entry in held if _identifier(entry) != identifier]
    return None if len(left) == len(held) else with_entries(credential, left, now_ms=now_ms)


def with_entries(credential: Credential, entries: list[dict[str, Any]], *, now_ms: int) -> Credential:
    """Return a credential of type oidc with these accounts elsewhere."""
    config = Secret(msgspec.json.encode({"providers": entries}).decode())
    texts = tuple(_identifier(entry) for entry in entries)
    return msgspec.structs.replace(credential, config=config, identifiers=texts, updated_at_ms=now_ms)


def _entry(provider: Provider) -> dict[str, Any]:
    where = "credentials.oidc.config.providers"
    if not provider.subject or not provider.provider:
        raise BadIdentityError(f"{where}: each needs a provider and a subject.")
    if len(provider.provider) + 1 + len(provider.subject) > MAX_IDENTIFIER_LENGTH:
        raise BadIdentityError(f"{where}: provider and subject together are over {MAX_IDENTIFIER_LENGTH} characters.")
    if not (provider.provider + provider.subject).isprintable():
        raise BadIdentityError(f"{where}: provider and subject must be printable.")
    entry: dict[str, Any] = {
        "subject": provider.subject,
        "provider": provider.provider,
        "initial_id_token": "",
        "initial_access_token": "",
        "initial_refresh_token": "",
    }
    if provider.organization:
        entry["organization"] = provider.organization
    if provider.use_auto_link:
        entry["use_auto_link"] = True
    return entry


def _identifier(entry: dict[str, Any]) -> str:
    return f"{entry['provider']}:{entry['subject']}"


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
