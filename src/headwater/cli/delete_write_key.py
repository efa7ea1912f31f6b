"""`headwater delete write-key ID`."""

import sys
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.core.errors import NotFoundError

DELETED = View(columns=("id", "source"))
ORY_ACTIONS = "ory-actions"


async def run(key_id: Annotated[str, Parameter(help="Its id, or the key itself.")], /, *, at: Here) -> None:
    """Make a write key worthless, at once; a source's last one is refused."""
    async with connected(at) as client:
        sources = (await client.get("/api/sources"))["sources"]
        source, key = _find(sources, key_id)
        await client.delete(path_of("api", "sources", source["id"], "write-keys", key["id"]))
    at.show({"id": key["id"], "source": source["slug"]}, view=DELETED)
    if source["kind"] == ORY_ACTIONS:
        hint = f"If an Action carried it: `headwater connect action --source {source['slug']}`."
        print(f"Events with this key are dropped from now on. {hint}", file=sys.stderr)


def _find(sources: list[dict[str, Any]], wanted: str) -> tuple[dict[str, Any], dict[str, Any]]:
    for source in sources:
        for key in source["write_keys"]:
            if wanted in (key["id"], key["key"]):
                return source, key
    raise NotFoundError(f"There is no write key {wanted!r}. `headwater list write-keys SOURCE` shows a source's.")
