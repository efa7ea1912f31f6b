"""POST /projects/{id}/identity-config/check: would this be taken as the identity-config, and what would change.

Nothing is changed.
"""

from typing import Annotated, Any

from litestar import post
from litestar.params import Body, FromPath

from headwater.api import project_document
from headwater.api.project_desk import AnyRequest, ProjectDesk
from headwater.core.errors import HeadwaterError
from headwater.web.access import needs
from headwater.workspace import document_diff

PATH = "/services/identity/config"
CLIENTS_FAULTS = range(400, 500)


def handlers(*, desk: ProjectDesk) -> list[Any]:
    """Return the handler. Who may change the document may try one out: to try it runs its Jsonnet."""

    @post("/{id_or_slug:str}/identity-config/check", guards=[needs("projects.write", audited=None)], status_code=200)
    async def check(request: AnyRequest, id_or_slug: FromPath[str], data: Annotated[Any, Body()]) -> dict[str, Any]:
        shown = await desk.show(await desk.find(request, id_or_slug))
        changes = list(document_diff.diff(shown["services"]["identity"]["config"], data))
        try:
            warnings = await desk.doubts(
                project_document.patched(shown, [{"op": "replace", "path": PATH, "value": data}])
            )
        except HeadwaterError as error:
            if error.status not in CLIENTS_FAULTS:
                raise
            return {"valid": False, "problem": _problem(error), "warnings": [], "changes": changes}
        return {"valid": True, "problem": None, "warnings": warnings, "changes": changes}

    return [check]


def _problem(error: HeadwaterError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, "path": error.context.get("path")}
