"""The other side of `whoami`: a typed GET that does nothing, on the same kind of server as ours.

The same listener, front, bridge and web framework, with the same settings; one route, and nothing behind it. It runs
as a process of its own (`python -m bench.noop_route`) and prints its address.
"""

import asyncio
from collections.abc import Sequence

import msgspec
from litestar import Router, get
from litestar.handlers import HTTPRouteHandler

from headwater.api import app
from headwater.core.clock import SystemClock
from headwater.web.access import Principal
from headwater.web.call import Call, Reply
from headwater.web.clients import HostRule
from headwater.web.front import Front
from headwater.web.lifespan import Lifespan
from headwater.web.listener import Listener, Place, free_port
from headwater.wiring import garbage

PATH = "/noop"
ADDRESS = "127.0.0.1"
ANY_PORT = 0


class Nothing(msgspec.Struct, frozen=True):
    """What is answered."""

    success: bool = True


@get(PATH)
async def noop() -> Nothing:
    """Do nothing."""
    return Nothing()


async def serve(handlers: Sequence[HTTPRouteHandler]) -> None:
    """Serve these routes as ours are served, and print the address."""
    place = Place(address=ADDRESS, port=free_port(ADDRESS, ANY_PORT, flag="--listen"))
    application = app.build([Router("/", route_handlers=handlers)], authenticate=_nobody, expose_admin=False)
    lifespan = Lifespan(application)
    await lifespan.startup()
    front = Front(
        track=_never_tracks,
        is_tracking=lambda _path, _method: False,
        oversize=_refuse,
        too_slow=_refuse,
        app=application,
        host_rule=HostRule(),
        app_state=lifespan.state,
    )
    async with asyncio.TaskGroup() as tasks:
        await Listener(front, place, clock=SystemClock()).open(tasks)
        garbage.collect_rarely()
        print(place.url, flush=True)


async def _nobody(_token: str) -> Principal | None:
    return None


async def _never_tracks(call: Call) -> Reply:
    return _refuse(call)


def _refuse(_call: Call) -> Reply:
    return Reply(status=500)


if __name__ == "__main__":
    asyncio.run(serve([noop]))
