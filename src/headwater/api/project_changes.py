"""PATCH and PUT /projects/{id}: JSON Patch on the whole document as Ory applies it, or services set anew.

A patch at a revision is refused (409) when the project is at another; without one it is made to whatever is there.
"""

from typing import Annotated, Any

from litestar import patch, put
from litestar.params import Body, FromPath

from headwater.api import project_document
from headwater.api.project_desk import AnyRequest, Change, ProjectDesk
from headwater.web.access import needs
from headwater.web.audit.audited import Audited

PATCHED, SET = "patched", "set"

Anything = Annotated[Any, Body()]


def handlers(*, desk: ProjectDesk) -> list[Any]:
    """Return the handlers of a project's path; those that see and delete it are there, too, so one router has all."""

    @patch("/{id_or_slug:str}", guards=[needs("projects.write")])
    async def change(request: AnyRequest, id_or_slug: FromPath[str], data: Anything) -> dict[str, Any]:
        return await desk.change(request, id_or_slug, _patch(data))

    @patch("/{id_or_slug:str}/revision/{revision_id:str}", guards=[needs("projects.write", audited=Audited(above=2))])
    async def change_at(
        request: AnyRequest, id_or_slug: FromPath[str], revision_id: FromPath[str], data: Anything
    ) -> dict[str, Any]:
        return await desk.change(request, id_or_slug, _patch(data, at=revision_id.lower()))

    @put("/{id_or_slug:str}", guards=[needs("projects.write")])
    async def replace(request: AnyRequest, id_or_slug: FromPath[str], data: Anything) -> dict[str, Any]:
        wanted = Change(edit=lambda shown: project_document.replaced(shown, data), name=SET)
        return await desk.change(request, id_or_slug, wanted)

    return [change, change_at, replace]


def _patch(operations: Any, *, at: str | None = None) -> Change:
    return Change(edit=lambda shown: project_document.patched(shown, operations), name=PATCHED, at=at)
