"""Which dead letters a request is about, as it says it, and what that means. Times are ages, or times."""

from typing import Annotated, Any, TypeVar

import msgspec

from headwater.api import ages
from headwater.api.slugs import Slugs
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError
from headwater.deliver import queued
from headwater.deliver.letters.search import COUNT_BY
from headwater.deliver.letters.wanted import LARGEST_ID, Wanted

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
MAX_IDS = 1_000
# What people call the lane of queued Actions; no destination's id looks like this.
ACTIONS = "actions"

Id = Annotated[int, msgspec.Meta(ge=0, lt=LARGEST_ID)]  # there is one above and one below, which a database takes


class Sought(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is said has to hold. `destination` is an id, or `actions`; `source` is a slug or an id."""

    destination: str | None = None
    ids: tuple[Id, ...] = ()
    state: str | None = None
    code: str | None = None
    status: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)] | None = None
    text: str | None = None
    type: str | None = None
    name: str | None = None
    user: str | None = None
    message_id: str | None = None
    source: str | None = None
    since: str | None = None
    until: str | None = None


class Page(Sought, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most `limit` of them, with ids below `before`."""

    limit: Annotated[int, msgspec.Meta(le=LARGEST_ID)] = DEFAULT_LIMIT
    before: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)] = LARGEST_ID


class Counts(Sought, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many they are, by what they have in common. `newest`: only so many of a destination's are looked through."""

    count_by: str = "cause"
    newest: Annotated[int, msgspec.Meta(le=LARGEST_ID)] | None = None


class Meant(Sought, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which ones something is to become of. Nobody means all of them by saying nothing: that is `all`."""

    all: bool = False


Query = TypeVar("Query", bound=Sought)


def read(kind: type[Query], parameters: dict[str, Any]) -> Query:
    """Return a query string's parameters. Raises BadRequestError for one that isn't known, or makes no sense."""
    try:
        found = msgspec.convert(parameters, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequestError(f"{error}.") from None
    if isinstance(found, Page) and found.limit < 1:
        raise BadRequestError(f"{found.limit} is too few; ask for 1 or more.")
    if isinstance(found, Counts) and found.newest is not None and (found.newest < 1 or found.destination is None):
        raise BadRequestError("`newest` is 1 or more, of one destination's dead letters: name it with `destination`.")
    if isinstance(found, Counts) and found.count_by not in COUNT_BY:
        raise BadRequestError(f"count_by is one of {', '.join(COUNT_BY)}, not {found.count_by[:40]!r}.")
    return found


async def wanted(sought: Sought, *, slugs: Slugs, clock: Clock) -> Wanted:
    """Return what it means. Raises BadRequestError, BadMomentError, NotFoundError for a source that isn't there."""
    if len(sought.ids) > MAX_IDS:
        raise BadRequestError(
            f"{MAX_IDS} ids can be named at once, not {len(sought.ids)}; say what they share instead."
        )
    found = Wanted(
        destination=queued.CURSOR_NAME if sought.destination == ACTIONS else sought.destination,
        ids=sought.ids,
        state=sought.state,
        code=sought.code,
        status=sought.status,
        text=sought.text,
        type=sought.type,
        name=sought.name,
        user=sought.user,
        message_id=sought.message_id,
        source=await slugs.id_of(sought.source) if sought.source else None,
    )
    times = {
        f"{name}_ms": ages.moment_ms(text, name=name, clock=clock)
        for name, text in (("since", sought.since), ("until", sought.until))
        if text is not None
    }
    return msgspec.structs.replace(found, **times)


def means_something(meant: Meant) -> bool:
    """Tell whether it says which ones are meant."""
    return meant != Meant()
