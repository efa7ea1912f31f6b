"""`headwater create key --role ROLE`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import expiry
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.core.clock import SystemClock

CREATED = View(columns=("id", "name", "role", "project_id", "expires_at", "key"))


async def run(
    *,
    role: Annotated[str, Parameter(help="admin, operator or viewer.")],
    project: Annotated[str | None, Parameter(help="Good for this project only; default: the workspace.")] = None,
    name: Annotated[str | None, Parameter(help="What it is for, to recognise it by.")] = None,
    expires: Annotated[
        str | None, Parameter(help="When it stops working: 90d, or a moment; default: not before it is deleted.")
    ] = None,
    at: Here,
) -> None:
    """Make an operator key; it is shown only now."""
    expires_at = None if expires is None else expiry.moment(expires, now=SystemClock().now())
    wanted = {"role": role, "project_id": project, "name": name, "expires_at": expires_at}
    async with connected(at, may_create=True) as client:
        key = await client.post("/api/keys", {word: value for word, value in wanted.items() if value is not None})
    at.show(key, view=CREATED)
