"""One request of somebody who is signed in, and what a page answers."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headwater.console.asking import Api
from headwater.web.access import PERMISSIONS, ROLES, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who is signed in. `csrf` is what their forms carry."""

    principal: Principal
    name: str
    csrf: str

    def may(self, permission: str) -> bool:
        """Tell whether their role is high enough. Only for what is shown: the API decides."""
        return ROLES.index(self.principal.role) >= ROLES.index(PERMISSIONS[permission])


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`query`, `form` and `path` are what came, as text; a name that came more than once has its last value.

    `lists` has all values of the form.
    """

    operator: Operator
    api: Api
    home: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page to render. `problem` is what went wrong with what was sent, in words; `has_frame`: it holds a Letter."""

    template: str
    title: str
    names: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None
    status: int = 200
    has_frame: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Go on at another page of ours, which shows `notice` once (a key of `notices`)."""

    path: str
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Server-sent events, as they come."""

    pieces: AsyncGenerator[bytes, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file for the operator's disk."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """HTML that others wrote, for a frame of a page of ours: nothing in it is run, loaded from afar, or sent."""

    html: str


Answer = Page | Elsewhere | Feed | Download | Letter
Work = Callable[[Visit], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a page is, below `/console`. A `{name}` in the path takes one segment; with POST it takes a form.

    `{name:int}` takes a whole number: where the API's own route does, so that no word is taken for a route of its.
    """

    path: str
    work: Work
    method: str = "GET"
