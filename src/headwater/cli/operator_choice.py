"""Whom a command about operators means: an id, or an address that somebody signs in with."""

from headwater.cli.client import Client, RequestFailedError


async def whom(client: Client, who: str) -> tuple[str, str | None]:
    """Return whose id is meant, and by which address they were. Raises RequestFailedError for nobody."""
    if "@" not in who and not who.startswith("+"):
        return who, None
    found = await client.get("/admin/identities", credentials_identifier=who)
    if not found:
        raise RequestFailedError(f"Nobody signs in as {who}. Say their id; `headwater list identities` shows it.")
    return str(found[0]["id"]), who
