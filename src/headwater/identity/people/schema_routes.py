"""Identity schemas, for interfaces that build their own forms."""

from pathlib import Path
from typing import Any

from litestar import Response, Router, get
from litestar.params import FromPath

from headwater.core.errors import NotFoundError
from headwater.identity.config.live import Current


class SchemaNotFoundError(NotFoundError):
    """There is no identity schema with this id."""


def routes(*, current: Current) -> Router:
    """Return `/schemas` and `/schemas/{id}`."""

    @get("/")
    async def list_identity_schemas() -> Response[Any]:
        config = await current.config()
        return Response([{"id": schema.id, "schema": schema.document} for schema in config.schemas.values()])

    @get("/{schema_id:path}")
    async def get_identity_schema(schema_id: FromPath[Path]) -> Response[Any]:
        """Ids may hold slashes (`preset://email`), so they are taken plain or in base64url, as Ory does."""
        config = await current.config()
        wanted = _single_slashed(str(schema_id))
        for schema in config.schemas.values():
            if wanted in (_single_slashed(schema.id), schema.encoded_id):
                return Response(schema.document)
        raise SchemaNotFoundError

    return Router("/schemas", route_handlers=[list_identity_schemas, get_identity_schema])


def _single_slashed(text: str) -> str:
    """A path has no doubled slashes by the time it gets here."""
    return "/".join(step for step in text.split("/") if step)
