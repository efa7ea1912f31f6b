"""What operators send to make or change people: Ory's bodies, read with types, nothing judged yet."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from headwater.core.secrets import Secret
from headwater.identity.admin.errors import BadIdentityError

Body = TypeVar("Body")

NOTHING = msgspec.Raw(b"null")


class PasswordConfig(msgspec.Struct, frozen=True):
    """A password in clear or its hash. Neither shows in a repr."""

    hashed_password: str | None = None
    password: str | None = None
    use_password_migration_hook: bool = False

    def __repr__(self) -> str:
        return "PasswordConfig(***)"

    @property
    def hash_or_none(self) -> Secret | None:
        return None if self.password else Secret(self.hashed_password or "")

    @property
    def clear_or_none(self) -> Secret | None:
        return Secret(self.password) if self.password else None


class PasswordImport(msgspec.Struct, frozen=True):
    """How the person signs in with a password."""

    config: PasswordConfig | None = None


class Provider(msgspec.Struct, frozen=True):
    """An account elsewhere that is theirs."""

    subject: str = ""
    provider: str = ""
    use_auto_link: bool = False
    organization: str | None = None


class OidcConfig(msgspec.Struct, frozen=True):
    """All of them."""

    providers: tuple[Provider, ...] | None = None


class OidcImport(msgspec.Struct, frozen=True):
    """How the person signs in with an account elsewhere."""

    config: OidcConfig | None = None


class CredentialsImport(msgspec.Struct, frozen=True):
    """Every way to sign in that can be imported; the types we don't do yet are only known to be there."""

    password: PasswordImport | None = None
    oidc: OidcImport | None = None
    saml: Any = None
    totp: Any = None
    lookup_secret: Any = None
    webauthn: Any = None
    passkey: Any = None


class StrictCredentialsImport(CredentialsImport, frozen=True, forbid_unknown_fields=True):
    """As above, where nothing else may be."""


class AddressImport(msgspec.Struct, frozen=True):
    """What is known of an address that the traits hold."""

    value: str = ""
    via: str = ""
    verified: bool = False
    status: str | None = None
    verified_at: str | None = None
    id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


class CreateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ory's createIdentityBody: a member that isn't Ory's is a mistake, as Kratos sees it too."""

    schema_id: str | None = None
    traits: dict[str, Any] | None = None
    credentials: StrictCredentialsImport | None = None
    verifiable_addresses: tuple[AddressImport, ...] | None = None
    recovery_addresses: tuple[AddressImport, ...] | None = None
    metadata_public: Any = None
    metadata_admin: Any = None
    state: str | None = None
    organization_id: str | None = None
    external_id: str | None = None
    region: str | None = None


class UpdateBody(msgspec.Struct, frozen=True, kw_only=True):
    """Ory's updateIdentityBody. Clients send back whole identities: the members that aren't read don't matter."""

    schema_id: str | None = None
    traits: dict[str, Any] | None = None
    credentials: CredentialsImport | None = None
    verifiable_addresses: tuple[AddressImport, ...] | None = None
    metadata_public: Any = None
    metadata_admin: Any = None
    state: str | None = None
    organization_id: str | None = None
    external_id: str | None = None


class PatchedBody(UpdateBody, frozen=True, kw_only=True):
    """A whole identity after a JSON Patch: also what is ours to keep must still be what it was, in kind."""

    recovery_addresses: tuple[AddressImport, ...] | None = None
    state_changed_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class BatchRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person of a batch; read apart, so that a wrong one fails alone."""

    create: msgspec.Raw = NOTHING
    patch_id: str | None = None


class BatchBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ory's patchIdentitiesBody."""

    identities: list[BatchRow] | None = None


def read(body: bytes | msgspec.Raw, kind: type[Body]) -> Body:
    """Return `body` as `kind`. Raises BadIdentityError naming the JSON path of what doesn't fit."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadIdentityError(f"The body doesn't fit: {_sentence(error)}") from error
    except RecursionError as error:
        raise BadIdentityError("The body is nested too deeply.") from error


def converted(value: Any, kind: type[Body]) -> Body:
    """Return a decoded JSON value as `kind`. Raises BadIdentityError naming the JSON path of what doesn't fit."""
    try:
        return msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise BadIdentityError(f"The result doesn't fit: {_sentence(error)}") from error


def read_json(body: bytes) -> Any:
    """Return `body` decoded. Raises BadIdentityError."""
    return read(body, object)


def _sentence(error: Exception) -> str:
    return str(error).removesuffix(".") + "."
