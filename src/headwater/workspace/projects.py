"""Projects and their documents: what `ory patch identity-config` changes. Secrets in them are kept apart, sealed.

A document never holds a secret: auth values of hooks are `secret://<id>` in every stored revision, and writing
such a reference back keeps the value (DESIGN decision 14).
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, or_, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace.sources import TOPIC

SEAL_CONTEXT = "project-secret"
REFERENCE = "secret://"
SECRET_KEYS = frozenset({"user", "password", "value"})
SECRET_NAMES = frozenset({"jwks_url", "client_secret", "connection_uri", "apple_private_key"})
CREDENTIAL_HEADER = re.compile(r"authorization|cookie|token|secret|api[-_]?key|password|credential", re.IGNORECASE)
DEFAULT_ENVIRONMENT = "dev"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """An identity project. `document` holds name, services, cors_admin, cors_public, as Ory's API shows them."""

    id: str
    slug: str
    name: str
    environment: str
    revision_id: str
    document: dict[str, Any]
    created_at_ms: int
    updated_at_ms: int

    @property
    def identity_config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.document["services"]["identity"]["config"]
        return config


def create(connection: Connection, name: str, *, identity_config: dict[str, Any], clock: Clock) -> Project:
    """Create a project with that identity-config."""
    now_ms = epoch_ms(clock.now())
    project_id = ids.new_uuid()
    document = {
        "name": name,
        "services": {"identity": {"config": identity_config}},
        "cors_admin": {"enabled": False, "origins": []},
        "cors_public": {"enabled": False, "origins": []},
        "organizations": [],
    }
    connection.execute(
        insert(tables.projects).values(
            id=project_id,
            slug="headwater-" + project_id[:8],
            name=name,
            environment=DEFAULT_ENVIRONMENT,
            revision_id=ids.new_uuid(),
            document=msgspec.json.encode(document).decode(),
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
    )
    announce(connection, TOPIC)
    return get(connection, project_id)


def every(connection: Connection) -> list[Project]:
    """Return all projects, oldest first."""
    table = tables.projects
    return [_project(row) for row in connection.execute(select(table).order_by(table.c.created_at_ms))]


def get(connection: Connection, id_or_slug: str) -> Project:
    """Return one project. Raises NotFoundError."""
    table = tables.projects
    row = connection.execute(select(table).where(or_(table.c.id == id_or_slug, table.c.slug == id_or_slug))).first()
    if row is None:
        raise NotFoundError(f"There is no project {id_or_slug!r}. `headwater list projects` shows which there are.")
    return _project(row)


def save(
    connection: Connection, project: Project, document: dict[str, Any], *, clock: Clock, sealer: Sealer
) -> Project:
    """Store `document` as the next revision of `project`, its new secrets sealed and replaced by references.

    Raises ConflictError when the project is no longer at `project.revision_id`.
    """
    kept = _seal_secrets(connection, project.id, document, clock=clock, sealer=sealer)
    table = tables.projects
    changed = connection.execute(
        update(table)
        .where((table.c.id == project.id) & (table.c.revision_id == project.revision_id))
        .values(
            document=msgspec.json.encode(kept).decode(),
            name=kept["name"],
            revision_id=ids.new_uuid(),
            updated_at_ms=epoch_ms(clock.now()),
        )
    )
    if changed.rowcount == 0:
        raise ConflictError("The project was changed by someone else meanwhile. Look at it again, and try again.")
    announce(connection, TOPIC)
    return get(connection, project.id)


def reveal(connection: Connection, project: Project, *, sealer: Sealer) -> dict[str, Any]:
    """Return the identity-config with its secrets in clear: for the process that runs it, and nobody else."""
    table = tables.secrets
    rows = connection.execute(select(table).where(table.c.project_id == project.id))
    values = {
        REFERENCE + row.id: sealer.unseal(row.sealed, context=f"{SEAL_CONTEXT}:{project.id}").decode() for row in rows
    }
    revealed = _replace_secrets(project.document, lambda text: values.get(text, text))
    config: dict[str, Any] = revealed["services"]["identity"]["config"]
    return config


def _seal_secrets(
    connection: Connection, project_id: str, document: dict[str, Any], *, clock: Clock, sealer: Sealer
) -> dict[str, Any]:
    table = tables.secrets
    known = set(connection.execute(select(table.c.id).where(table.c.project_id == project_id)).scalars())

    def keep(text: str) -> str:
        if not text:
            return text
        if text.startswith(REFERENCE):
            if text.removeprefix(REFERENCE) not in known:
                raise BadRequestError(f"{text} refers to no secret of this project. Write the value itself.")
            return text
        secret_id = ids.new_short_id("")
        sealed = sealer.seal(text.encode(), context=f"{SEAL_CONTEXT}:{project_id}")
        now_ms = epoch_ms(clock.now())
        connection.execute(
            insert(table).values(id=secret_id, project_id=project_id, sealed=sealed, created_at_ms=now_ms)
        )
        return REFERENCE + secret_id

    return _replace_secrets(document, keep)


def _replace_secrets(document: dict[str, Any], replace: Callable[[str], str]) -> dict[str, Any]:
    """Return a copy in which every secret text went through `replace`."""
    copied: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    for holder, keys in _secret_holders(copied):
        for key in keys:
            if isinstance(holder.get(key), str):
                holder[key] = replace(holder[key])
            elif isinstance(holder.get(key), list):
                holder[key] = [replace(item) if isinstance(item, str) else item for item in holder[key]]
    return copied


def _secret_holders(value: Any) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield (object, its keys that hold secrets), wherever they stand.

    They are hooks' and channels' auth values and credential headers, what is secret by its name
    (`client_secret`, the courier's `connection_uri`), and the lists under `secrets`.
    """
    if isinstance(value, list):
        for item in value:
            yield from _secret_holders(item)
    if isinstance(value, dict):
        yield value, [key for key in value if key in SECRET_NAMES]
        match value:
            case {"auth": {"config": dict(config)}}:
                yield config, [key for key in config if key in SECRET_KEYS]
        match value:
            case {"headers": dict(headers)}:
                yield headers, [name for name in headers if CREDENTIAL_HEADER.search(name)]
        match value:
            case {"secrets": dict(lists)}:
                yield lists, list(lists)
        for item in value.values():
            yield from _secret_holders(item)


def _project(row: Row[Any]) -> Project:
    return Project(
        id=row.id,
        slug=row.slug,
        name=row.name,
        environment=row.environment,
        revision_id=row.revision_id,
        document=msgspec.json.decode(row.document),
        created_at_ms=row.created_at_ms,
        updated_at_ms=row.updated_at_ms,
    )
