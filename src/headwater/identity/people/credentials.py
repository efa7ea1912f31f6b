"""What people sign in with: a credential, its configuration, and the identifiers that lead to it. SQL only."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from headwater.core.errors import ConflictError
from headwater.core.secrets import Secret
from headwater.identity.people.claims import CodeAddress
from headwater.store.statement import Statement
from headwater.store.tables import credentials, identifiers

PASSWORD = "password"  # noqa: S105  a credential type's name
CODE = "code"
OIDC = "oidc"

# How Kratos lays a type's configuration out: what it writes today.
VERSIONS = {PASSWORD: 0, CODE: 1, OIDC: 0}

EMPTY_CONFIG = "{}"


class DuplicateIdentifierError(ConflictError):
    """An account with the same identifier exists already."""

    code = "duplicate_identifier"


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """One way to sign in. `config` is JSON of the type's own shape, never shown to anyone."""

    id: str
    identity_id: str
    type: str
    config: Secret
    version: int = 0
    created_at_ms: int
    updated_at_ms: int
    identifiers: tuple[str, ...] = ()


class _PasswordConfig(msgspec.Struct):
    hashed_password: str = ""
    use_password_migration_hook: bool = False


class _CodeConfigAddress(msgspec.Struct):
    channel: str
    address: str


class _CodeConfig(msgspec.Struct):
    addresses: tuple[_CodeConfigAddress, ...] = ()


def password_config(hashed: Secret) -> Secret:
    """Return the configuration of a password credential, as Kratos lays it out."""
    return _config({"hashed_password": hashed.reveal()})


def migrating_password_config() -> Secret:
    """Return the configuration of somebody whose password another system knows, as Kratos lays it out."""
    return _config({"use_password_migration_hook": True})


def uses_migration_hook(credential: Credential) -> bool:
    """Tell whether another system is to be asked about the password: it was never set here."""
    config = msgspec.json.decode(credential.config.reveal(), type=_PasswordConfig)
    return config.use_password_migration_hook and not config.hashed_password


def has_password(credential: Credential) -> bool:
    """Tell whether somebody can sign in with this password credential."""
    return hashed_password_or_none(credential) is not None or uses_migration_hook(credential)


def hashed_password_or_none(credential: Credential) -> Secret | None:
    """Return the hash of a password credential; None where identifiers are claimed but no password was ever set.

    Such credentials belong to people an operator made without one: they must not sign in with any password.
    """
    hashed = msgspec.json.decode(credential.config.reveal(), type=_PasswordConfig).hashed_password
    return Secret(hashed) if hashed else None


def code_config(addresses: Iterable[CodeAddress]) -> Secret:
    """Return the configuration of a code credential, as Kratos lays it out."""
    return _config({"addresses": [{"channel": item.via, "address": item.value} for item in addresses]})


def code_addresses(credential: Credential) -> tuple[CodeAddress, ...]:
    """Return where the codes of a code credential may be sent."""
    config = msgspec.json.decode(credential.config.reveal(), type=_CodeConfig)
    return tuple(CodeAddress(via=item.channel, value=item.address) for item in config.addresses)


def insert_credential(connection: Connection, credential: Credential, *, project_id: str) -> None:
    """Store a credential. Raises DuplicateIdentifierError if one of its identifiers is taken; then roll back."""
    INSERT_CREDENTIAL.run(connection, row_of(credential))
    _insert_identifiers(connection, credential, credential.identifiers, project_id=project_id)


def save_credential(connection: Connection, credential: Credential, *, project_id: str) -> None:
    """Store a credential, known before or new, with exactly its identifiers.

    Raises DuplicateIdentifierError if somebody else holds one of them; then roll back.
    """
    row = row_of(credential)
    changed = connection.execute(update(credentials).where(credentials.c.id == credential.id).values(row))
    if changed.rowcount == 0:
        insert_credential(connection, credential, project_id=project_id)
        return
    mine = identifiers.c.credential_id == credential.id
    held = set(connection.execute(select(identifiers.c.identifier).where(mine)).scalars())
    gone = held.difference(credential.identifiers)
    if gone:
        connection.execute(delete(identifiers).where(mine, identifiers.c.identifier.in_(gone)))
    new = [text for text in credential.identifiers if text not in held]
    _insert_identifiers(connection, credential, new, project_id=project_id)


def remove_credential(connection: Connection, credential_id: str) -> None:
    """Forget a credential and free its identifiers."""
    connection.execute(delete(credentials).where(credentials.c.id == credential_id))


def find_by_identifier(
    connection: Connection,
    identifier: str,
    *,
    type: str,  # noqa: A002  Ory's word
    project_id: str,
) -> Credential | None:
    """Return the credential of this type that `identifier` (normalised by the caller) leads to, in one lookup."""
    wanted = {"wanted": identifier, "type": type, "project_id": project_id}
    rows = BY_IDENTIFIER.rows(connection, wanted)
    return _credential(rows[0][:-1], [row[-1] for row in rows]) if rows else None


def of_accounts(connection: Connection, account_ids: Sequence[str]) -> list[Credential]:
    """Return the credentials of these accounts."""
    chosen = select(credentials).where(credentials.c.identity_id.in_(account_ids)).order_by(credentials.c.id)
    rows = connection.execute(chosen).all()
    texts: dict[str, list[str]] = {}
    led = identifiers.c.credential_id.in_([row.id for row in rows])
    for found in connection.execute(select(identifiers).where(led).order_by(identifiers.c.identifier)):
        texts.setdefault(found.credential_id, []).append(found.identifier)
    return [_credential(row, texts.get(row.id, ())) for row in rows]


def row_of(credential: Credential) -> dict[str, Any]:
    """Return the credential as a row, without its identifiers."""
    return {
        "id": credential.id,
        "identity_id": credential.identity_id,
        "type": credential.type,
        "config": credential.config.reveal(),
        "version": credential.version,
        "created_at_ms": credential.created_at_ms,
        "updated_at_ms": credential.updated_at_ms,
    }


def identifier_rows(credential: Credential, texts: Iterable[str], *, project_id: str) -> list[dict[str, str]]:
    """Return rows that make `texts` lead to the credential."""
    return [
        {"project_id": project_id, "type": credential.type, "identifier": text, "credential_id": credential.id}
        for text in texts
    ]


def _insert_identifiers(
    connection: Connection, credential: Credential, texts: Sequence[str], *, project_id: str
) -> None:
    try:
        INSERT_IDENTIFIER.run_for_each(connection, identifier_rows(credential, texts, project_id=project_id))
    except IntegrityError as error:
        # The constraint decides between two who come at the same moment; a look beforehand couldn't.
        raise DuplicateIdentifierError from error


def _by_identifier() -> Select[Any]:
    """Return the query from one identifier to its credential and all identifiers beside it."""
    every = identifiers.alias("every")
    return (
        select(credentials, every.c.identifier.label("text"))
        .select_from(identifiers)
        .join(credentials, credentials.c.id == identifiers.c.credential_id)
        .join(every, every.c.credential_id == credentials.c.id)
        .where(
            identifiers.c.project_id == bindparam("project_id"),
            identifiers.c.type == bindparam("type"),
            identifiers.c.identifier == bindparam("wanted"),
        )
        .order_by(every.c.identifier)
    )


# Built once: sign-ups and logins wait for them.
BY_IDENTIFIER = Statement(_by_identifier())
INSERT_CREDENTIAL = Statement(insert(credentials))
INSERT_IDENTIFIER = Statement(insert(identifiers))


def _credential(values: Sequence[Any], texts: Iterable[str]) -> Credential:
    """Return the credential whose row holds `values` in the order of the table's columns."""
    named = dict(zip(credentials.c.keys(), values, strict=True))
    return Credential(**{**named, "config": Secret(named["config"])}, identifiers=tuple(texts))


def _config(document: dict[str, Any]) -> Secret:
    return Secret(msgspec.json.encode(document).decode())
