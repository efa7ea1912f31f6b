"""Finds projects for whoever may see them, and changes their documents: one change at a time, whole or not at all.

A change is made to the document as it is then. Who else came between is no reason to refuse: the change is made again,
to theirs. Only who names the revision they saw is told.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request
from sqlalchemy import Connection

from headwater.api import console_shapes, finding_projects, project_document
from headwater.core.clock import Clock
from headwater.core.errors import NotFoundError
from headwater.core.secrets import Sealer
from headwater.identity.flows.turns import Turns
from headwater.store.database import Database
from headwater.web import access
from headwater.workspace import keys, operators, projects, workspaces
from headwater.workspace.operators import ProjectOfOperatorsError
from headwater.workspace.projects import Project, RevisionMovedError
from headwater.workspace.revisions import Author
from headwater.workspace.workspaces import Workspace

# In this process changes wait for each other; these tries are for those that are made elsewhere.
TRIES = 10

AnyRequest = Request[Any, Any, Any]
Check = Callable[[dict[str, Any]], Awaitable[list[dict[str, str]]]]
HostsOf = Callable[[Project], list[str]]
Edit = Callable[[dict[str, Any]], dict[str, Any]]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of a project as it is shown: `edit` returns what is stored, or raises.

    `at` names the revision that whoever asks has seen, None where any will do; `name` is for the revision's entry.
    """

    edit: Edit
    name: str
    at: str | None = None


class ProjectDesk:
    """`check` refuses a bad identity-config and returns warnings for a doubtful one. `hosts_of`: where a project is."""

    def __init__(self, *, database: Database, clock: Clock, sealer: Sealer, check: Check, hosts_of: HostsOf) -> None:
        self.database = database
        self.clock = clock
        self._sealer = sealer
        self._check = check
        self._hosts_of = hosts_of
        self._turns = Turns()

    async def find(self, request: AnyRequest, id_or_slug: str) -> Project:
        """Return a project. Raises NotFoundError, ForbiddenError."""
        return await finding_projects.find(self.database, request, id_or_slug)

    async def workspace(self) -> Workspace:
        """Return the workspace. Raises NotFoundError before the first start."""
        found = await self.database.read(workspaces.current_or_none)
        if found is None:
            raise NotFoundError("There is no workspace yet. Start the server once: `headwater serve`.")
        return found

    async def show(self, project: Project) -> dict[str, Any]:
        """Return a project as Ory's API shows it."""
        workspace = await self.workspace()
        return console_shapes.project(project, workspace_id=workspace.id, hosts=self._hosts_of(project))

    def summary(self, project: Project, workspace: Workspace) -> dict[str, Any]:
        """Return a project as it is shown in a list."""
        return console_shapes.project_metadata(project, workspace_id=workspace.id, hosts=self._hosts_of(project))

    async def change(self, request: AnyRequest, id_or_slug: str, change: Change) -> dict[str, Any]:
        """Make a change and return Ory's answer; what refuses it changes nothing. Raises RevisionMovedError, too."""
        project_id = (await self.find(request, id_or_slug)).id
        async with self._turns.of(project_id):
            for _ in range(TRIES):
                try:
                    return await self._changed(request, project_id, change)
                except RevisionMovedError:
                    if change.at is not None:
                        raise
        raise RevisionMovedError("Others keep changing this project at this moment. Try again.")

    async def doubts(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what storing `document` would be warned of, or raise what would refuse it; nothing is stored."""
        return [*project_document.warnings(document), *await self._check(document["services"]["identity"]["config"])]

    async def _changed(self, request: AnyRequest, project_id: str, change: Change) -> dict[str, Any]:
        before = await self._read(project_id)
        if change.at not in (None, before.revision_id):
            raise RevisionMovedError(
                f"The project is not at revision {change.at} any more, but at {before.revision_id}. Look at it again.",
                revision_id=before.revision_id,
            )
        document = change.edit(await self.show(before))
        warnings = await self._check(document["services"]["identity"]["config"])

        def store(connection: Connection) -> Project:
            _require_may_configure(connection, request, project_id)
            author = self.author(connection, request)
            return projects.save(
                connection,
                before,
                document,
                clock=self.clock,
                sealer=self._sealer,
                author=author,
                change=change.name,
            )

        after = await self.database.write(store)
        said = [*project_document.warnings(document), *warnings]
        return {"project": await self.show(after), "warnings": said}

    @staticmethod
    def author(connection: Connection, request: AnyRequest) -> Author:
        """Return who asks, as a revision remembers them: a person by their id alone, since it may outlive them."""
        key_id = access.key_of(request)
        return Author(id=key_id, name=keys.name_of(connection, key_id) or key_id)

    async def _read(self, id_or_slug: str) -> Project:
        return await self.database.read(lambda connection: projects.get(connection, id_or_slug))


def _require_may_configure(connection: Connection, request: AnyRequest, project_id: str) -> None:
    """Raise ProjectOfOperatorsError where a project's key would decide how operators of the workspace sign in.

    By a provider, a hook, a mail server or a page of its own, whoever changes a project can come in as its people.
    """
    if access.project_of(request) is not None and operators.are_any_of(connection, project_id):
        raise ProjectOfOperatorsError
