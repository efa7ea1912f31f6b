"""The configuration as it is now: asked for at every request, parsed once per revision."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import msgspec

from headwater.identity.config import tree as config
from headwater.identity.config.tree import IdentityConfig


class LiveConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A project's identity-config document as stored now, secrets revealed. `revision_id` changes with it."""

    project_id: str
    revision_id: str
    identity: dict[str, Any]


# What the request that is being answered runs on. A context variable, because all that happens in one request shares it
# and nothing else does; only `Current` looks at it.
_HELD: ContextVar[dict["Current", IdentityConfig] | None] = ContextVar("held", default=None)

Live = Callable[[], Awaitable[LiveConfig]]


class Held:
    """Holds on to what is asked for first. Use it once."""

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = _HELD.set({})

    def __exit__(self, *_error: object) -> None:
        _HELD.reset(self._before)


class Current:
    """Gives the parsed configuration; compiling schemas again happens only when the revision changes."""

    def __init__(self, live: Live, *, public_url: str) -> None:
        self._live = live
        self._public_url = public_url
        self._key: tuple[str, str] | None = None
        self._parsed: IdentityConfig | None = None

    def held(self) -> "Held":
        """Within, `config` goes on giving what it gave first: a request never runs on two revisions."""
        return Held()

    async def config(self) -> IdentityConfig:
        """Return the project's configuration at this moment; within `held`, at the moment it was first asked for."""
        held = _HELD.get()
        if held is None:
            return await self._newest()
        if self not in held:
            newest = await self._newest()
            held.setdefault(self, newest)
        return held[self]

    async def _newest(self) -> IdentityConfig:
        now = await self._live()
        key = (now.project_id, now.revision_id)
        if self._parsed is None or key != self._key:
            self._parsed = config.parse(now.identity, project_id=now.project_id, public_url=self._public_url)
            self._key = key
        return self._parsed
