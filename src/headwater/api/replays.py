"""/api/replays: parts of the log, sent to a destination again."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from headwater.api.replay_desk import NewReplay, ReplayDesk
from headwater.web.access import needs
from headwater.web.audit.audited import Audited

OK, CREATED = 200, 201
# Whose events they are stays with the replay; the audit log says of how many people.
BEGUN, CHANGED = Audited(people="users"), Audited(above=1, people="users")


def routes(*, desk: ReplayDesk) -> Router:
    """Each answers with the replay as it is then; what forbids sending is in force with the answer."""

    @post("/", guards=[needs("deliveries.write", audited=BEGUN)])
    async def begin(data: JSONBody[NewReplay]) -> Response[dict[str, Any]]:
        if data.dry_run:
            return Response(await desk.rehearse(data), status_code=OK)
        return Response(await desk.begin(data), status_code=CREATED)

    @get("/", guards=[needs("deliveries.read")])
    async def every(destination: FromQuery[str | None] = None) -> dict[str, Any]:
        return {"replays": await desk.every(destination=destination)}

    @get("/{replay_id:str}", guards=[needs("deliveries.read")])
    async def one(replay_id: FromPath[str]) -> dict[str, Any]:
        return await desk.one(replay_id)

    @post("/{replay_id:str}/cancel", guards=[needs("deliveries.write", audited=CHANGED)], status_code=OK)
    async def cancel(replay_id: FromPath[str]) -> dict[str, Any]:
        return await desk.cancel(replay_id)

    @post("/{replay_id:str}/pause", guards=[needs("deliveries.write", audited=CHANGED)], status_code=OK)
    async def pause(replay_id: FromPath[str]) -> dict[str, Any]:
        return await desk.pause(replay_id, is_on=True)

    @post("/{replay_id:str}/resume", guards=[needs("deliveries.write", audited=CHANGED)], status_code=OK)
    async def resume(replay_id: FromPath[str]) -> dict[str, Any]:
        return await desk.pause(replay_id, is_on=False)

    return Router("/api/replays", route_handlers=[begin, every, one, cancel, pause, resume])
