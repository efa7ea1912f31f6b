"""`headwater get action-delivery TRIGGER_ID`: what an Action sent, what came back, and each attempt."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

ACTION_DELIVERY = View(
    columns=(
        *("trigger_id", "at", "action_id", "path", "flow", "moment", "method", "flow_id", "identity_id", "project_id"),
        *("mode", "state", "reason", "request.method", "request.url", "request.headers", "request.body"),
        *("response.status", "response.headers", "response.body", "context"),
    ),
    id="trigger_id",
)
ATTEMPTS = View(rows="attempts", columns=("at", "mode", "status", "duration_ms", "reason", "request_id"))


async def run(
    trigger_id: Annotated[str, Parameter(help="As the receiver gets it in Ory-Webhook-Trigger-ID.")], /, *, at: Here
) -> None:
    """Show one firing of an Action; what it was told of people is for operators' keys, and kept for a week."""
    async with connected(at) as client:
        delivery = await client.get(path_of("api", "action-deliveries", trigger_id))
    at.show(delivery, view=ACTION_DELIVERY)
    if at.is_table and delivery.get("attempts"):
        print()
        at.show(delivery, view=ATTEMPTS)
