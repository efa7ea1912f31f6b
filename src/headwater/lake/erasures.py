"""Whom the lake has to forget, and up to which place in the log. Pure: queries, the writer and syncs all go by it.

Until the files are written again, it hides a person's rows; what of theirs is still in the log finds no way into the
lake any more. What comes later is of somebody who came back, and stays.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

import msgspec

from headwater.core.event import Stored
from headwater.lake import naming, quoting

USER_ID, ANONYMOUS_ID, PREVIOUS_ID = "user_id", "anonymous_id", "previous_id"
COLUMNS = (USER_ID, ANONYMOUS_ID, PREVIOUS_ID)
ALIAS = "alias"
NOBODY = -1


class Erasure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person, by exactly one of their ids. `up_to` is the newest offset that there was when somebody asked.

    `number`: the later asked for, the greater.
    """

    id: str
    user_id: str | None = None
    anonymous_id: str | None = None
    up_to: int
    asked_at_ms: int = 0
    number: int = 0


# Gives the people of whom something may still be in files, or come into one.
Erasures = Callable[[], Awaitable[Sequence[Erasure]]]


async def nobody() -> Sequence[Erasure]:
    """Return whom to erase where nobody is."""
    return ()


class _Alias(msgspec.Struct, gc=False):
    """What is looked at in an alias call: whom it calls otherwise from then on."""

    previousId: str | None = None  # noqa: N815  the event's word


_aliases = msgspec.json.Decoder(_Alias)


class Erased:
    """Tells what has to be left out, of records and of rows."""

    def __init__(self, erasures: Iterable[Erasure] = ()) -> None:
        self._users: dict[str, int] = {}
        self._anonymous: dict[str, int] = {}
        for one in erasures:
            by, whom = (self._users, one.user_id) if one.anonymous_id is None else (self._anonymous, one.anonymous_id)
            if whom is not None:
                by[whom] = max(one.up_to, by.get(whom, NOBODY))

    def __bool__(self) -> bool:
        return bool(self._users or self._anonymous)

    @property
    def words(self) -> list[str]:
        """The ids themselves, of both kinds."""
        return [*self._users, *self._anonymous]

    def has(self, stored: Stored) -> bool:
        """Tell whether a record is to be left out."""
        return bool(self) and stored.offset <= max(
            self._users.get(stored.record.user_id or "", NOBODY),
            self._anonymous.get(stored.record.anonymous_id or "", NOBODY),
            self._of_alias(stored),
        )

    def others(self, columns: Collection[str]) -> str:
        """Return the SQL condition of the rows that stay, of a table with such columns; all of them are "true"."""
        found = [
            *_of(USER_ID, self._users, columns),
            *_of(ANONYMOUS_ID, self._anonymous, columns),
            *_of(PREVIOUS_ID, self._users, columns),
            *_of(PREVIOUS_ID, self._anonymous, columns),
        ]
        return f"NOT ({' OR '.join(found)})" if found else "true"

    def theirs(self, columns: Collection[str]) -> str:
        """Return the SQL condition of the rows that go."""
        return f"NOT {self.others(columns)}"

    def later(self, columns: Collection[str]) -> str:
        """Return the SQL condition of the rows that are of these people and stay: they came back."""
        ids = f"IN ({', '.join(map(quoting.text, self.words))})"
        found = [f"coalesce({quoting.name(one)} {ids}, false)" for one in COLUMNS if one in columns]
        return f"({' OR '.join(found)}) AND {self.others(columns)}" if found and self else "false"

    def _of_alias(self, stored: Stored) -> int:
        if stored.record.type != ALIAS:
            return NOBODY
        try:
            previous = _aliases.decode(stored.record.body).previousId or ""
        except (msgspec.DecodeError, RecursionError):
            return NOBODY
        return max(self._users.get(previous, NOBODY), self._anonymous.get(previous, NOBODY))


def _of(column: str, ids: dict[str, int], columns: Collection[str]) -> list[str]:
    """Return a condition for each offset up to which some ids are erased."""
    if column not in columns:
        return []
    by_offset: dict[int, list[str]] = defaultdict(list)
    for whom, up_to in ids.items():
        by_offset[up_to].append(quoting.text(whom))
    name, offset = quoting.name(column), quoting.name(naming.OFFSET)
    return [
        f"coalesce({name} IN ({', '.join(found)}) AND {offset} <= {up_to:d}, false)"
        for up_to, found in by_offset.items()
    ]
