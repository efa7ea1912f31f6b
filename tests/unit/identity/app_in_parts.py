"""Many routers as one application, of which only those are put together that somebody asks."""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Router


class AppInParts:
    """What `Litestar(routers, **options)` answers, for less: to register all routes takes longer than most tests."""

    def __init__(self, routers: Sequence[Router], **options: Any) -> None:
        self._routers, self._options = routers, options
        self._parts: dict[str, Litestar] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._part(_beginning(scope.get("path", "/")))(scope, receive, send)

    def _part(self, beginning: str) -> Litestar:
        if beginning not in self._parts:
            asked = [one for one in self._routers if beginning in {_beginning(route.path) for route in one.routes}]
            self._parts[beginning] = Litestar(asked, **self._options)
        return self._parts[beginning]


def _beginning(path: str) -> str:
    return path.strip("/").split("/")[0]
