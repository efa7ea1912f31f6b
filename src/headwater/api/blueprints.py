"""/api/config: the whole configuration as one document, what another one would change, and making it so."""

from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from headwater.api.project_desk import AnyRequest, ProjectDesk
from headwater.blueprint.blueprints import Blueprints, Planned, Wish
from headwater.web.access import needs
from headwater.web.audit.audited import Audited


class WantedPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document, and whether what it lacks is to go. `last`: so many firings of Actions are rendered anew."""

    document: Any
    prune: bool = False
    last: int | None = None


class WantedApply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same; `expect` is the `fingerprint` of a plan, without which nothing else may have changed since."""

    document: Any
    prune: bool = False
    expect: str | None = None


def routes(*, blueprints: Blueprints) -> Router:
    @get("/", guards=[needs("config.read")])
    async def written() -> dict[str, Any]:
        return await blueprints.written()

    @post("/plan", guards=[needs("config.write", audited=None)], status_code=200)
    async def plan(data: JSONBody[WantedPlan]) -> dict[str, Any]:
        _, planned = await blueprints.plan(Wish(document=data.document, prune=data.prune, last=data.last))
        return _shown(planned)

    @post("/apply", guards=[needs("config.write", audited=Audited(above=1))], status_code=200)
    async def apply(request: AnyRequest, data: JSONBody[WantedApply]) -> dict[str, Any]:
        wish = Wish(document=data.document, prune=data.prune, expect=data.expect)
        planned = await blueprints.apply(wish, author=lambda connection: ProjectDesk.author(connection, request))
        return _shown(planned)

    return Router("/api/config", route_handlers=[written, plan, apply])


def _shown(planned: Planned) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(planned)
    return shown
