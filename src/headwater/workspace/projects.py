"""Projects and their documents: what `ory patch identity-config` changes. Secrets in them are kept apart, sealed.

A document never holds a secret: each is `secret://<id>` in every stored revision (`kept_secrets`), and writing that
back keeps the value (DESIGN decision 14).
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, or_, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace import kept_secrets
from headwater.workspace.kept_secrets import Read
from headwater.workspace.secret_places import SecretPlace
from headwater.workspace.sources import TOPIC

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
    kept = kept_secrets.sealed(connection, project.id, document, clock=clock, sealer=sealer)
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


def config_path(path: str) -> str:
    """Return a path in a project's document as one in its identity-config."""
    return path.removeprefix(kept_secrets.IDENTITY_CONFIG)


def as_written(_place: SecretPlace, reference: str) -> str:
    """Leave a reference to a secret as it stands."""
    return reference


def reveal(connection: Connection, project: Project, *, sealer: Sealer, read: Read = as_written) -> dict[str, Any]:
    """Return the identity-config with its secrets in clear: for the process that runs it, and nobody else.

    A secret that is only named (`env:NAME`) is what `read` gives for it.
    """
    revealed = kept_secrets.revealed(connection, project.id, project.document, sealer=sealer, read=read)
    config: dict[str, Any] = revealed["services"]["identity"]["config"]
    return config


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
