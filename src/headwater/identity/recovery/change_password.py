"""Where password managers send people whose password is known to be stolen: to their settings."""

from litestar import Response, Router, get

from headwater.identity.config.flows_config import SETTINGS
from headwater.identity.config.live import Current
from headwater.identity.flows.answers import NO_STORE, SEE_OTHER


def routes(*, current: Current) -> Router:
    """Return `/.well-known/change-password`."""

    @get("/change-password")
    async def change_password() -> Response[bytes]:
        config = await current.config()
        headers = {**NO_STORE, "Location": config.flows.by_kind[SETTINGS].ui_url}
        return Response(b"", status_code=SEE_OTHER, headers=headers)

    return Router("/.well-known", route_handlers=[change_password])
