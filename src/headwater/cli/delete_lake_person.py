"""`headwater delete lake-person USER_ID…`."""

from typing import Annotated

from cyclopts import Parameter

from headwater.cli import user_ids
from headwater.cli.connection import connected
from headwater.cli.list_lake_erasures import ERASURES
from headwater.cli.session import Here
from headwater.cli.usage import UsageError


async def run(
    *user_id: str,
    anonymous_id: Annotated[list[str] | None, Parameter(help="An anonymousId, too; may be repeated.")] = None,
    file: user_ids.File = None,
    at: Here,
) -> None:
    """Take these people's events out of the lake, those that came until now. No query has them when it returns."""
    anonymous = list(dict.fromkeys(anonymous_id or ()))
    wanted = user_ids.given(user_id, file) if user_id or file or not anonymous else []
    if len(wanted) + len(anonymous) > user_ids.IDS_IN_A_CALL:
        raise UsageError(f"Name {user_ids.IDS_IN_A_CALL:,} people at most at once.")
    async with connected(at) as client:
        answer = await client.post("/api/lake/erasures", {"user_ids": wanted, "anonymous_ids": anonymous})
    at.show(answer, view=ERASURES)
