"""Projects and their documents: what `ory patch identity-config` changes. Secrets in them are kept apart, sealed.

A document never holds a secret: each is `secret://<id>` in every stored revision (`kept_secrets`), and writing that
back keeps the value (DESIGN decision 14). Every document that a project has had is a revision (`revisions`).
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace import kept_secrets, project_slugs, revisions
from headwater.workspace.kept_secrets import Read
from headwater.workspace.revisions import OURSELVES, Author
from headwater.workspace.secret_places import SecretPlace
from headwater.workspace.sources import TOPIC

ENVIRONMENTS = ("prod", "stage", "dev")
DEFAULT_ENVIRONMENT = "dev"
# Ory's names. They are labels here: everything is where this server is.
HOME_REGIONS = ("global", "eu-central", "asia-northeast", "us-east", "us-west", "eu", "asia", "us")
DEFAULT_HOME_REGION = "global"
CREATED, CHANGED = "created", "changed"
MAX_NAME = 128
# Each takes some 2 MB of a server's memory once somebody has been there.
MAX_PROJECTS = 500


class RevisionMovedError(ConflictError):
    """The project was changed by someone else meanwhile. Look at it again, and try again."""

    code = "revision_moved"


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
    home_region: str = DEFAULT_HOME_REGION

    @property
    def identity_config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.document["services"]["identity"]["config"]
        return config


def create(
    connection: Connection,
    name: str,
    *,
    identity_config: dict[str, Any],
    clock: Clock,
    environment: str = DEFAULT_ENVIRONMENT,
    home_region: str = DEFAULT_HOME_REGION,
    author: Author = OURSELVES,
    slug: str | None = None,
) -> Project:
    """Create a project with that identity-config, under a slug of our own making or the one given.

    Raises BadRequestError for what can't be a name or a slug, ConflictError for a slug that somebody has, and where
    there are enough projects.
    """
    if slug is not None:
        _require_free(connection, project_slugs.checked(slug))
    _require_room(connection)
    now_ms = epoch_ms(clock.now())
    document = msgspec.json.encode(_first_document(checked_name(name), identity_config)).decode()
    project_id, revision_id = ids.new_uuid(), ids.new_uuid()
    connection.execute(
        insert(tables.projects).values(
            id=project_id,
            slug=slug or project_slugs.new_slug(),
            name=name,
            environment=_one_of(environment, ENVIRONMENTS, "environment"),
            home_region=_one_of(home_region, HOME_REGIONS, "home_region"),
            revision_id=revision_id,
            document=document,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
    )
    _keep(connection, project_id, revision_id, document, change=CREATED, author=author, now_ms=now_ms)
    announce(connection, TOPIC)
    return get(connection, project_id)


def checked_name(name: Any) -> str:
    """Return a name that a project may have. Raises BadRequestError."""
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        raise BadRequestError(
            f"/name must be a text that is not empty, of at most {MAX_NAME} characters.", path="/name"
        )
    return name


def _first_document(name: str, identity_config: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "services": {"identity": {"config": identity_config}},
        "cors_admin": {"enabled": False, "origins": []},
        "cors_public": {"enabled": False, "origins": []},
        "organizations": [],
    }


def every(connection: Connection) -> list[Project]:
    """Return all projects, oldest first."""
    table = tables.projects
    return [_project(row) for row in connection.execute(select(table).order_by(table.c.created_at_ms, table.c.id))]


def get(connection: Connection, id_or_slug: str) -> Project:
    """Return one project. Raises NotFoundError."""
    table = tables.projects
    row = connection.execute(select(table).where(or_(table.c.id == id_or_slug, table.c.slug == id_or_slug))).first()
    if row is None:
        raise NotFoundError(f"There is no project {id_or_slug!r}. `headwater list projects` shows which there are.")
    return _project(row)


def save(
    connection: Connection,
    project: Project,
    document: dict[str, Any],
    *,
    clock: Clock,
    sealer: Sealer,
    author: Author = OURSELVES,
    change: str = CHANGED,
) -> Project:
    """Store `document` as the next revision of `project`, its new secrets sealed and replaced by references.

    Raises RevisionMovedError when the project is no longer at `project.revision_id`.
    """
    kept = kept_secrets.sealed(connection, project.id, document, clock=clock, sealer=sealer)
    table = tables.projects
    revision_id, now_ms, text = ids.new_uuid(), epoch_ms(clock.now()), msgspec.json.encode(kept).decode()
    changed = connection.execute(
        update(table)
        .where((table.c.id == project.id) & (table.c.revision_id == project.revision_id))
        .values(document=text, name=kept["name"], revision_id=revision_id, updated_at_ms=now_ms)
    )
    if changed.rowcount == 0:
        raise RevisionMovedError
    _keep(connection, project.id, revision_id, text, change=change, author=author, now_ms=now_ms)
    announce(connection, TOPIC)
    return get(connection, project.id)


def remove(connection: Connection, project: Project) -> None:
    """Delete a project with all that is kept under it: people, sessions, flows, mail, keys, revisions, event streams.

    What the event log has of it stays there, and what its Actions owe is still sent.
    Raises ConflictError for the installation's first project.
    """
    if every(connection)[0].id == project.id:
        raise ConflictError(
            f"{project.slug} is this installation's first project, at home at the server's own address."
            " It can't be deleted; a new data folder (--data) starts afresh."
        )
    streams = select(tables.event_streams.c.destination_id).where(tables.event_streams.c.project_id == project.id)
    connection.execute(delete(tables.destinations).where(tables.destinations.c.id.in_(streams)))
    connection.execute(delete(tables.projects).where(tables.projects.c.id == project.id))
    announce(connection, TOPIC)


def _keep(
    connection: Connection, project_id: str, revision_id: str, text: str, *, change: str, author: Author, now_ms: int
) -> None:
    revisions.record(
        connection, id=revision_id, project_id=project_id, document=text, change=change, author=author, now_ms=now_ms
    )


def _require_free(connection: Connection, slug: str) -> None:
    table = tables.projects
    if connection.execute(select(table.c.id).where(table.c.slug == slug)).first() is not None:
        raise ConflictError(f"There is a project {slug!r} already. Choose another slug, or use that one.")


def _require_room(connection: Connection) -> None:
    if connection.execute(select(func.count()).select_from(tables.projects)).scalar_one() >= MAX_PROJECTS:
        raise ConflictError(f"A server holds at most {MAX_PROJECTS} projects. Delete one, or start another server.")


def _one_of(value: str, known: tuple[str, ...], name: str) -> str:
    if value not in known:
        raise BadRequestError(f"`{name}` must be one of {', '.join(known)}, not {value!r}.")
    return value


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
        home_region=row.home_region,
    )
