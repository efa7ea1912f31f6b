"""/api/action-deliveries: every firing of every Action: what was sent, what came back, and where it stands."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get
from litestar.params import FromPath, FromQuery, QueryParameter

from headwater.actions import finding
from headwater.actions import firing as firings
from headwater.actions.journal.deliveries import ActionDeliveries
from headwater.actions.journal.view import Wanted
from headwater.api import ages
from headwater.api.places import Amount
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError, NotFoundError
from headwater.core.outcomes import State
from headwater.web.access import may, needs, project_of

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
STATES = (
    firings.DELIVERED,
    firings.FAILED,
    firings.INTERRUPTED,
    firings.CANCELLED,
    firings.NOT_RENDERED,
    firings.PENDING,
    State.RETRYING.value,
    State.REJECTED.value,
    State.NOT_AUTHORISED.value,
)

Incoming = Request[Any, Any, Any]


def routes(*, deliveries: ActionDeliveries, not_kept: Callable[[], int], clock: Clock) -> Router:
    """`not_kept` says how many firings the log had to leave out since the server started."""

    @get("/action-deliveries", guards=[needs("actions.read")])
    async def every(
        request: Incoming,
        *,
        identity: FromQuery[str | None] = None,
        flow: FromQuery[str | None] = None,
        action: FromQuery[str | None] = None,
        trigger: FromQuery[str | None] = None,
        wanted_state: Annotated[str | None, QueryParameter(name="state")] = None,  # `state` is the framework's word
        since: FromQuery[str | None] = None,
        project: FromQuery[str | None] = None,
        before: FromQuery[str | None] = None,
        limit: Amount = DEFAULT_LIMIT,
    ) -> dict[str, Any]:
        """`project` is for those who may see more than one.

        `before` goes on below the firing of that trigger id: the `next` of the page above.
        """
        if wanted_state not in (None, *STATES):
            raise BadRequestError(f"{wanted_state!r} is no state; there are {', '.join(STATES)}.")
        wanted = Wanted(
            project_id=project_of(request) or project,
            identity_id=identity,
            flow=flow,
            action=finding.full_path(action) if action and "/" in action else action,
            trigger_id=trigger,
            state=wanted_state,
            since_ms=ages.moment_ms(since, name="since", clock=clock) if since else 0,
        )
        found = await deliveries.find(wanted, limit=min(limit, MAX_LIMIT), before=before)
        return {
            "action_deliveries": [msgspec.to_builtins(one) for one in found.deliveries],
            "is_cut": found.is_cut,
            "next": found.next,
            "not_kept": not_kept(),
        }

    @get("/action-deliveries/{trigger_id:str}", guards=[needs("actions.read")])
    async def one(trigger_id: FromPath[str], request: Incoming) -> dict[str, Any]:
        """Return it with its ctx, request and response for those who may read what hooks are told of people."""
        found = await deliveries.one_or_none(trigger_id, project_id=project_of(request))
        if found is None:
            raise NotFoundError(f"No Action fired as {trigger_id!r}, or it was so long ago that it is forgotten.")
        shown: dict[str, Any] = msgspec.to_builtins(found)
        if may(request, "action-bodies.read"):
            return {**shown, **await deliveries.parts(trigger_id)}
        return shown

    return Router("/api", route_handlers=[every, one])
