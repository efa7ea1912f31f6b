"""An entry of the audit log, as the web hands it over: first that somebody is about to, then what became of it."""

from typing import Protocol

import msgspec


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Who is about to change what. `before` is JSON; `project` an id or a slug; `subject` the person it is about.

    `is_personal`: what is shown of it before and after is a person's own, and goes with them.
    """

    who_id: str
    who_name: str
    role: str
    via: str
    method: str
    path: str
    permission: str
    project: str | None = None
    subject: str | None = None
    is_personal: bool = False
    before: bytes | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: the answer's status, and JSON of what is there `after`, or why it was refused."""

    status: int
    subject: str | None = None
    is_personal: bool = False
    after: bytes | None = None
    error: str | None = None


class Book(Protocol):
    """Where entries are kept."""

    async def begin(self, begun: Begun) -> int:
        """Keep that somebody is about to: it is on the disk before the change can be. Return the entry's number.

        Raises DatabaseError where it can't be kept; then nothing may be changed.
        """
        ...

    async def end(self, number: int, ended: Ended) -> None:
        """Keep what became of it. Raises DatabaseError."""
        ...
