"""/api/workspace: the workspace's own settings."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Router, get, patch
from litestar.params import JSONBody
from sqlalchemy import Connection

from headwater.core.errors import NotFoundError
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import workspaces


class WorkspaceChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be changed."""

    tracking_aliases: bool


def routes(*, database: Database, home: Callable[[], str]) -> Router:
    """`home` is the id of the project at the server's plain address."""

    @get("/", guards=[needs("status.read")])
    async def show() -> dict[str, Any]:
        return {**await database.glance(_shown, is_one_statement=True), "home_project_id": home()}

    @patch("/", guards=[needs("workspace.write")])
    async def change(data: JSONBody[WorkspaceChange]) -> dict[str, Any]:
        def store(connection: Connection) -> dict[str, Any]:
            workspaces.set_tracking_aliases(connection, to=data.tracking_aliases)
            return _shown(connection)

        return {**await database.write(store), "home_project_id": home()}

    return Router("/api/workspace", route_handlers=[show, change])


def _shown(connection: Connection) -> dict[str, Any]:
    found = workspaces.current_or_none(connection)
    if found is None:
        raise NotFoundError("There is no workspace yet. Start the server once: `headwater serve`.")
    return {"id": found.id, "name": found.name, "tracking_aliases": found.tracking_aliases}
