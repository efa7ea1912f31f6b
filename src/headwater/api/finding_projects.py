"""Which project is meant, for whoever may see it: the same refusal for another's and for one that isn't there."""

from typing import Any

from litestar import Request

from headwater.core.errors import ForbiddenError, NotFoundError
from headwater.store.database import Database
from headwater.web import access
from headwater.workspace import projects
from headwater.workspace.projects import Project


async def find(database: Database, request: Request[Any, Any, Any], id_or_slug: str) -> Project:
    """Return a project. Raises NotFoundError, or ForbiddenError for what a project's key may not see."""
    try:
        found = await database.glance(lambda connection: projects.get(connection, id_or_slug), is_one_statement=True)
    except NotFoundError:
        if access.project_of(request) is None:
            raise
    else:
        if access.may_see(request, found.id):
            return found
    raise ForbiddenError("This key belongs to another project.")
