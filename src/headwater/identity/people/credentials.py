"""What people sign in with: a credential, its configuration, and the identifiers that lead to it. SQL only."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from headwater.core.errors import ConflictError
from headwater.core.secrets import Secret
from headwater.store.tables import credentials, identifiers

PASSWORD = "password"  # noqa: S105  a credential type's name


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


def password_config(hashed: Secret) -> Secret:
    """Return the configuration of a password credential, as Kratos lays it out."""
    return Secret(msgspec.json.encode({"hashed_password": hashed.reveal()}).decode())


def hashed_password(credential: Credential) -> Secret:
    config: dict[str, str] = msgspec.json.decode(credential.config.reveal())
    return Secret(config["hashed_password"])


def insert_credential(connection: Connection, credential: Credential, *, project_id: str) -> None:
    """Store a credential. Raises DuplicateIdentifierError if one of its identifiers is taken; then roll back."""
    row = {**msgspec.structs.asdict(credential), "config": credential.config.reveal()}
    del row["identifiers"]
    connection.execute(insert(credentials), row)
    rows = [
        {"project_id": project_id, "type": credential.type, "identifier": text, "credential_id": credential.id}
        for text in credential.identifiers
    ]
    try:
        connection.execute(insert(identifiers), rows)
    except IntegrityError as error:
        # The constraint decides between two who come at the same moment; a look beforehand couldn't.
        raise DuplicateIdentifierError from error


def of_accounts(connection: Connection, account_ids: Sequence[str]) -> list[Credential]:
    """Return the credentials of these accounts."""
    rows = connection.execute(select(credentials).where(credentials.c.identity_id.in_(account_ids))).all()
    chosen = identifiers.c.credential_id.in_([row.id for row in rows])
    texts: dict[str, list[str]] = {}
    for found in connection.execute(select(identifiers).where(chosen).order_by(identifiers.c.identifier)):
        texts.setdefault(found.credential_id, []).append(found.identifier)
    return [
        Credential(
            id=row.id,
            identity_id=row.identity_id,
            type=row.type,
            config=Secret(row.config),
            version=row.version,
            created_at_ms=row.created_at_ms,
            updated_at_ms=row.updated_at_ms,
            identifiers=tuple(texts.get(row.id, ())),
        )
        for row in rows
    ]
