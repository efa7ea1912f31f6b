"""Pages of Ory's lists: what a query asks for, and the Link header that leads on."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from headwater.core import ids
from headwater.identity.admin.errors import BadListingError

DEFAULT_PAGE_SIZE = 250
MAX_PAGE_SIZE = 1000
MAX_COUNTED_ITEMS = 1000
# More than any list has, and few enough to multiply.
MAX_PAGE_NUMBER = 10**9
# Of the pages of a person's sessions.
FIRST_PAGE = 1
TOKEN_NUMBER = re.compile(r"\d{1,9}")

# Where Ory's lists start; no identity has this id.
FIRST_ID = "00000000-0000-0000-0000-000000000000"
# Where the newest-first list of sessions starts.
FIRST_SESSION = "now"
SESSION_TOKEN = re.compile(r"(\d{1,15})_([0-9a-f-]{36})")

BAD_TOKEN = "The page token is invalid, do not craft your own page tokens."  # noqa: S105  a sentence
TOO_FAR = (
    f"Legacy pagination is not supported for enumerating over {MAX_COUNTED_ITEMS} items. "
    "Please switch to using page_token and page_size."
)


class CountedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page by number, from 0, as old clients ask."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        return self.number * self.size


def size_of(query: Mapping[str, Any]) -> int:
    """Return how many items are wanted, within our bounds. Raises BadListingError."""
    size = _number(query, "page_size" if "page_size" in query else "per_page")
    return min(size, MAX_PAGE_SIZE) if size > 0 else DEFAULT_PAGE_SIZE


def counted_or_none(query: Mapping[str, Any]) -> CountedPage | None:
    """Return the page by number, if that is how the query asks. Raises BadListingError."""
    if "page_token" in query or "page_size" in query or "page" not in query:
        return None
    page = CountedPage(number=max(0, _number(query, "page")), size=size_of(query))
    if page.offset > MAX_COUNTED_ITEMS:
        raise BadListingError(TOO_FAR)
    return page


def id_after(query: Mapping[str, Any]) -> str:
    """Return the id that the page comes after. Raises BadListingError."""
    token = query.get("page_token") or FIRST_ID
    if not ids.is_uuid(token):
        raise BadListingError(BAD_TOKEN)
    return str(token).lower()


def session_after(query: Mapping[str, Any]) -> tuple[int, str] | None:
    """Return when the session that the page comes after was issued, and its id. Raises BadListingError."""
    token = query.get("page_token") or FIRST_SESSION
    if token == FIRST_SESSION:
        return None
    match = SESSION_TOKEN.fullmatch(token)
    if match is None:
        raise BadListingError(BAD_TOKEN)
    return int(match[1]), match[2]


def session_token(issued_at_ms: int, session_id: str) -> str:
    """Return the token of the page after a session."""
    return f"{issued_at_ms}_{session_id}"


def keyset_link(
    path: str, query: Iterable[tuple[str, str]], *, size: int, first_token: str, next_token: str | None
) -> str:
    """Return the Link header of a list by tokens: first, and next if there is more. Filters stay in the links."""
    kept = [(key, value) for key, value in query if key not in ("page_token", "page_size", "per_page")]
    tokens = [("first", first_token), *([("next", next_token)] if next_token else [])]
    return ",".join(
        f'<{path}?{urlencode([*kept, ("page_size", size), ("page_token", token)])}>; rel="{rel}"'
        for rel, token in tokens
    )


def counted_link(path: str, query: Iterable[tuple[str, str]], *, page: CountedPage, total: int) -> str:
    """Return the Link header of a list by numbers: those of first, next, prev and last that there are."""
    kept = [(key, value) for key, value in query if key not in ("page", "per_page")]
    return ",".join(
        f'<{path}?{urlencode([*kept, ("page", number), ("per_page", page.size)])}>; rel="{rel}"'
        for rel, number in _numbers(page, total).items()
    )


def numbered(query: Mapping[str, Any]) -> CountedPage:
    """Return the page that a person's list of sessions is asked for, by token or by number. Raises BadListingError.

    Those tokens hold a number too: nobody has so many sessions that it would matter. Theirs count from 0, pages here
    from 1, as in Kratos, where 0 is the first as well.
    """
    size = size_of(query)
    token = query.get("page_token")
    if token and not TOKEN_NUMBER.fullmatch(token):
        raise BadListingError(BAD_TOKEN)
    number = int(token) if token else max(FIRST_PAGE, _number(query, "page")) - FIRST_PAGE
    return CountedPage(number=min(number, MAX_PAGE_NUMBER), size=size)


def numbered_link(path: str, query: Iterable[tuple[str, str]], *, page: CountedPage, total: int) -> str:
    """Return the Link header of such a list, good for both ways of asking: it leads on by tokens."""
    kept = [(key, value) for key, value in query if key not in ("page_token", "page_size", "per_page", "page")]
    return ",".join(
        f'<{path}?{urlencode([*kept, ("page_size", page.size), ("page_token", number)])}>; rel="{rel}"'
        for rel, number in _numbers(page, total).items()
    )


def _numbers(page: CountedPage, total: int) -> dict[str, int]:
    last = max(0, total - 1) // page.size
    numbers = {
        # An only page names itself, as in Kratos: clients expect a header with something in it.
        "first": 0 if page.number > 0 or last == 0 else None,
        "next": page.number + 1 if page.number < last else None,
        "prev": page.number - 1 if page.number > 0 else None,
        "last": last if page.number < last else None,
    }
    return {rel: number for rel, number in numbers.items() if number is not None}


def _number(query: Mapping[str, Any], key: str) -> int:
    text = query.get(key) or "0"
    try:
        return int(text)
    except ValueError as error:
        raise BadListingError(f"{key} must be a whole number.") from error
