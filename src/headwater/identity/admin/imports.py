"""Ways to sign in that operators bring along: checked and merged into what a person has. Pure."""

from typing import Any

from headwater.core.secrets import Secret
from headwater.identity.admin.bodies import CredentialsImport, PasswordConfig, Provider
from headwater.identity.admin.errors import BadIdentityError
from headwater.identity.flows.errors import NotSupportedYetError
from headwater.identity.passwords import imported
from headwater.identity.people import linked, reshape
from headwater.identity.people.identifiers import MAX_IDENTIFIER_LENGTH
from headwater.identity.people.reshape import Reshaped

MAX_PROVIDERS = 50
MIGRATION_HOOK = "credentials.password.config.use_password_migration_hook"
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
        if config.password or config.hashed_password:
            raise BadIdentityError(f"{MIGRATION_HOOK} can't go with a password: the other system knows it.")
        return reshape.with_migrating_password(person, now_ms=now_ms)
    hashed = config.hash_or_none
    if hashed is None:
        return person
    imported.check(hashed)
    return reshape.with_password(person, hashed, now_ms=now_ms)


def _with_providers(person: Reshaped, new: tuple[Provider, ...], *, now_ms: int) -> Reshaped:
    changed = linked.linked(person, [_entry(provider) for provider in new], now_ms=now_ms)
    if len(linked.of_person(changed.credentials)) > MAX_PROVIDERS:
        raise BadIdentityError(f"credentials.oidc.config.providers: at most {MAX_PROVIDERS} fit one person.")
    return changed


def _entry(provider: Provider) -> dict[str, Any]:
    where = "credentials.oidc.config.providers"
    if not provider.subject or not provider.provider:
        raise BadIdentityError(f"{where}: each needs a provider and a subject.")
    if len(provider.provider) + 1 + len(provider.subject) > MAX_IDENTIFIER_LENGTH:
        raise BadIdentityError(f"{where}: provider and subject together are over {MAX_IDENTIFIER_LENGTH} characters.")
    if not (provider.provider + provider.subject).isprintable():
        raise BadIdentityError(f"{where}: provider and subject must be printable.")
    entry = linked.entry(provider.provider, provider.subject)
    if provider.organization:
        entry["organization"] = provider.organization
    if provider.use_auto_link:
        entry["use_auto_link"] = True
    return entry
