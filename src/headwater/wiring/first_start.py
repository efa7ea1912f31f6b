"""What the first start makes: workspace "default", a project, an admin key."""

import msgspec
from sqlalchemy import Connection

from headwater.core.clock import Clock
from headwater.identity.config.tree import default_document
from headwater.log import outbox
from headwater.workspace import keys, projects, workspaces
from headwater.workspace.projects import Project
from headwater.workspace.workspaces import Workspace

PROJECT_NAME = "default"
KEY_NAME = "made at first start"


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """What is there after a start. `admin_key` only on the very first: it is not kept in clear."""

    workspace: Workspace
    project: Project
    admin_key: str | None


def ensure(connection: Connection, *, clock: Clock) -> Installation:
    """Make what is missing, and let go of what the last process held when it died."""
    workspace = workspaces.ensure(connection, clock=clock)
    known = projects.every(connection)
    project = (
        known[0]
        if known
        else projects.create(connection, PROJECT_NAME, identity_config=default_document(), clock=clock)
    )
    admin_key = None
    if not keys.every(connection):
        _, admin_key = keys.create(connection, name=KEY_NAME, role="admin", project_id=None, clock=clock)
    outbox.release_held(connection)
    return Installation(workspace=workspace, project=project, admin_key=admin_key)
