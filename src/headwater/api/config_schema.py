"""/api/identity-config.schema.json: what an identity-config may hold, for editors and for whoever writes one."""

from typing import Any

from litestar import Router, get

from headwater.identity.config_schema.whole import SCHEMA
from headwater.web.access import needs


def routes() -> Router:
    """Nothing in it is secret; it needs a key because all of /api does, and one rule is easier to trust."""

    @get("/identity-config.schema.json", guards=[needs("projects.read")])
    async def schema() -> dict[str, Any]:
        return SCHEMA

    return Router("/api", route_handlers=[schema])
