"""Whom somebody means who names an operator: an id, or an address by which exactly one person signs in.

For those who ask the API, over HTTP or in process.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from headwater.core.errors import BadRequestError, ConflictError, NotFoundError


class Asks(Protocol):
    """What asks the API."""

    async def get(self, path: str, /, *, credentials_identifier: str) -> Any:
        """Return the JSON of an answer."""
        ...


async def whom(api: Asks, who: str) -> tuple[str, str | None]:
    """Return whose id is meant, and by which address they were.

    Raises BadRequestError for nothing, NotFoundError for nobody, ConflictError for several.
    """
    if not who:
        raise BadRequestError("Say who: an address that they sign in with, or their id.")
    if "@" not in who and not who.startswith("+"):
        return who, None
    return _the_one(await api.get("/admin/identities", credentials_identifier=who), address=who), who


def _the_one(found: Sequence[Mapping[str, Any]], *, address: str) -> str:
    ids = [str(one["id"]) for one in found]
    if not ids:
        where = "`headwater list identities` shows it, and so does their page in the console"
        raise NotFoundError(f"Nobody signs in as {address}. Say their id: {where}.")
    if len(ids) > 1:
        raise ConflictError(
            f"{len(ids)} people sign in as {address}: {', '.join(ids)}. Say the id of the one you mean."
        )
    return ids[0]
