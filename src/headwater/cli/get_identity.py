"""`headwater get identity ID…`."""

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError

IDENTITY = View(columns=("id", "schema_id", "state", "traits", "created_at"))


async def run(*identity_ids: str, at: Here) -> None:
    """Show people, by id: one as an object, several as a list."""
    if not identity_ids:
        raise UsageError("Say whom to show: headwater get identity ID…; `headwater list identities` shows the ids.")
    async with connected(at) as client:
        found = [await client.get(path_of("admin", "identities", identity_id)) for identity_id in identity_ids]
    at.show(found if len(found) > 1 else found[0], view=IDENTITY)
