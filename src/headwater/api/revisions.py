"""/projects/{id}/revisions (ours): what a project was, what changed since, and the way back.

A revision is named by its id, its number, or as `current` or `previous`.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery
from sqlalchemy import Connection

from headwater.api import console_pages, console_shapes, project_document
from headwater.api.project_desk import AnyRequest, Change, ProjectDesk
from headwater.core.errors import BadRequestError
from headwater.identity.admin import operator_people
from headwater.web.access import needs
from headwater.web.audit.audited import Audited
from headwater.workspace import document_diff, revisions
from headwater.workspace.projects import Project
from headwater.workspace.revisions import CURRENT, Author, Revision


def routes(*, desk: ProjectDesk) -> Router:
    @get("/", guards=[needs("projects.read")])
    async def every(
        request: AnyRequest,
        id_or_slug: FromPath[str],
        page_size: FromQuery[int | None] = None,
        page_token: FromQuery[str | None] = None,
    ) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        size, below = console_pages.size_of(page_size), _number_or_none(page_token)

        def read(connection: Connection) -> list[Revision]:
            return _named(connection, revisions.newest_first(connection, project.id, below=below, limit=size + 1))

        found = await desk.database.read(read)
        following = str(found[size - 1].number) if len(found) > size else ""
        return {
            "revisions": [_shown(one, project) for one in found[:size]],
            "has_next_page": bool(following),
            "next_page_token": following,
        }

    @get("/{revision:str}", guards=[needs("projects.read")])
    async def one(request: AnyRequest, id_or_slug: FromPath[str], revision: FromPath[str]) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        found, document = await _get(desk, project, revision)
        return {**_shown(found, project), "document": document}

    @get("/{revision:str}/diff", guards=[needs("projects.read")])
    async def differences(
        request: AnyRequest, id_or_slug: FromPath[str], revision: FromPath[str], to: FromQuery[str] = CURRENT
    ) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        (old, before), (new, after) = await _get(desk, project, revision), await _get(desk, project, to)
        changes = document_diff.diff(before, after)
        return {"from": _shown(old, project), "to": _shown(new, project), "changes": changes}

    @post("/{revision:str}/rollback", guards=[needs("projects.write", audited=Audited(above=3))], status_code=200)
    async def roll_back(request: AnyRequest, id_or_slug: FromPath[str], revision: FromPath[str]) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        found, document = await _get(desk, project, revision)
        wanted = Change(
            edit=lambda shown: project_document.restored(shown, document), name=f"rolled back to {found.number}"
        )
        return await desk.change(request, project.id, wanted)

    return Router("/projects/{id_or_slug:str}/revisions", route_handlers=[every, one, differences, roll_back])


def _shown(revision: Revision, project: Project) -> dict[str, Any]:
    return console_shapes.revision(revision, current_id=project.revision_id)


async def _get(desk: ProjectDesk, project: Project, name: str) -> tuple[Revision, dict[str, Any]]:
    def read(connection: Connection) -> tuple[Revision, dict[str, Any]]:
        found, document = revisions.get(connection, project.id, name)
        return _named(connection, [found])[0], document

    return await desk.database.read(read)


def _named(connection: Connection, found: Sequence[Revision]) -> list[Revision]:
    """Return revisions with the names that people have now, as long as they are there."""
    names = operator_people.names(connection, {one.author.id for one in found})
    return [
        msgspec.structs.replace(one, author=Author(id=one.author.id, name=names.get(one.author.id, one.author.name)))
        for one in found
    ]


def _number_or_none(page_token: str | None) -> int | None:
    if not page_token:
        return None
    if not revisions.is_number(page_token):
        raise BadRequestError("This page_token is none of this list. Leave it out to begin again.")
    return int(page_token)
