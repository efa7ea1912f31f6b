"""Which application answers: a project's on its own host, the whole one everywhere else."""

from typing import Any
from urllib.parse import quote

from headwater.core.errors import HeadwaterError
from headwater.web import project_hosts, refusals
from headwater.web.bridge import PATH_CHARACTERS
from headwater.web.call import Reply
from headwater.web.lifespan import ASGIApp
from headwater.wiring.project_apps import ProjectApps

TEMPORARY_REDIRECT = 307
PAGES = ("/ui/", "/self-service/")
READING = ("GET", "HEAD")


class HostSwitch:
    """An ASGI application in front of all others. `home` is where the default project's pages are."""

    def __init__(self, whole: ASGIApp, projects: ProjectApps, *, home: str) -> None:
        self._whole = whole
        self._projects = projects
        self._home = home.rstrip("/")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        slug = project_hosts.slug_or_none(headers.get(b"host", b"").decode("latin-1"))
        if slug is None:
            await self._whole(scope, receive, send)
        elif self._projects.is_default(slug):
            await self._at_another_name(scope, receive, send, accepts=headers.get(b"accept", b""))
        else:
            await self._at_its_host(slug, scope, receive, send)

    async def _at_its_host(self, slug: str, scope: Any, receive: Any, send: Any) -> None:
        try:
            app = await self._projects.at(slug)
        except HeadwaterError as error:
            await refusals.answer(send, refusals.of(error))
            return
        await app(scope, receive, send)

    async def _at_another_name(self, scope: Any, receive: Any, send: Any, *, accepts: bytes) -> None:
        """Answer for the default project, whose cookies and links are at home: people who read pages are sent there."""
        is_page = scope["path"].startswith(PAGES) and scope["method"] in READING and b"text/html" in accepts
        if not is_page:
            await self._whole(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        place = f"{self._home}{quote(scope['path'], safe=PATH_CHARACTERS)}{f'?{query}' if query else ''}"
        await refusals.answer(send, Reply(status=TEMPORARY_REDIRECT, headers=(("location", place),)))
