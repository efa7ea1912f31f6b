"""/api/log: the operator's word to the log's retention."""

from collections.abc import Awaitable
from typing import Any, Protocol

import msgspec
from litestar import Router, post
from litestar.params import JSONBody

from headwater.log.retention import Trimmed
from headwater.web.access import needs

OK = 200


class Trimming(Protocol):
    """What removes segments beyond the limits."""

    def trim(self, *, overtake: bool) -> Awaitable[Trimmed]:
        """Remove them now. Raises UnavailableError when the readers can't be asked how far they are."""


class Trim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`overtake`: also remove what readers have still to read. They never get it."""

    overtake: bool = False


def routes(*, retention: Trimming) -> Router:
    @post("/log/trim", guards=[needs("log.write")], status_code=OK)
    async def trim(data: JSONBody[Trim]) -> dict[str, Any]:
        shown: dict[str, Any] = msgspec.to_builtins(await retention.trim(overtake=data.overtake))
        return shown

    return Router("/api", route_handlers=[trim])
