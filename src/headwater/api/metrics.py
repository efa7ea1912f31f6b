"""/metrics/prometheus: everything that is counted, as Prometheus reads it. Kratos has it at this path, too."""

from collections.abc import Awaitable, Callable

from litestar import Response, Router, get

from headwater.web.access import needs

Exposition = Callable[[], Awaitable[tuple[bytes, str]]]


def routes(*, exposition: Exposition) -> Router:
    """`exposition` returns what is to be read, and of which content type it is."""

    @get("/metrics/prometheus", guards=[needs("metrics.read")])
    async def prometheus() -> Response[bytes]:
        content, content_type = await exposition()
        return Response(content, media_type=content_type)

    return Router("/", route_handlers=[prometheus])
