"""`headwater reset`: an emulator goes back to its beginning; a server keeps what it has, and says so."""

from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.client import Client, RequestFailedError
from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.core.errors import HeadwaterError

RESET = "/emulator/reset"
NOT_FOUND = 404
# What it then is. The keys stay good.
WHERE = View(columns=("url", "ory_url", "write_key", "admin_key", "source", "project", "workspace"), id="project")


class NotAnEmulatorError(HeadwaterError):
    """Only an emulator can be reset. `headwater emulate` runs one; name it with --url or HEADWATER_URL."""

    code = "not_an_emulator"
    status = 404


async def run(
    *,
    keep_config: Annotated[
        bool, Parameter(negative="", help="Forget people, events and requests only; what is configured stays.")
    ] = False,
    at: Here,
) -> None:
    """Put an emulator back to its beginning, in milliseconds. Name it with --url or HEADWATER_URL; no key is needed."""
    async with connected(at) as client:
        document = await _reset(client, keep_config=keep_config)
    at.show(document, view=WHERE)


async def _reset(client: Client, *, keep_config: bool) -> Any:
    """Return where everything is. Raises NotAnEmulatorError for a server: it has no such path."""
    try:
        return await client.post(RESET, None, keep_config=str(keep_config).lower())
    except RequestFailedError as error:
        if error.context.get("answered") != NOT_FOUND:
            raise
        raise NotAnEmulatorError(
            f"{client.url} is no emulator ({error.message}): nothing was reset, and nothing there can be."
            " `headwater emulate` runs one that can; name it with --url or HEADWATER_URL."
            " A server begins anew with a --data folder of its own."
        ) from error
