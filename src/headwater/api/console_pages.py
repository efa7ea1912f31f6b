"""Pages of the console API's lists: `page_size` and `page_token` in, where to go on out."""

from collections.abc import Sequence
from typing import TypeVar

from headwater.api.places import LARGEST
from headwater.core.errors import BadRequestError

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 500

Item = TypeVar("Item")


def size_of(page_size: int | None) -> int:
    """Return how many items are wanted, within our bounds. Raises BadRequestError."""
    if page_size is not None and not 1 <= page_size <= LARGEST:
        raise BadRequestError(f"page_size is a whole number from 1 to {MAX_PAGE_SIZE}.")
    return min(page_size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)


def page_of(
    items: Sequence[Item], ids: Sequence[str], *, page_size: int | None, page_token: str | None
) -> tuple[Sequence[Item], str]:
    """Return the items after the one whose id is `page_token`, and the token of the page after them, "" on the last.

    Raises BadRequestError for a token of something that isn't there.
    """
    size = size_of(page_size)
    if page_token and page_token not in ids:
        raise BadRequestError("This page_token is none of this list. Leave it out to begin again.")
    start = ids.index(page_token) + 1 if page_token else 0
    return items[start : start + size], ids[start + size - 1] if start + size < len(items) else ""
