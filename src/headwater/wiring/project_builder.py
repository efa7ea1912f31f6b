"""A project's room and its web application, put together on what the whole installation shares."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from litestar import Router

from headwater.api import app
from headwater.identity import room as identity
from headwater.identity.ground import Ground
from headwater.settings import Settings
from headwater.web import cors_rules, loopback
from headwater.web.access import Authenticate
from headwater.web.audit.auditor import Auditor
from headwater.web.cors import Cors
from headwater.web.cors_rules import CorsPolicy
from headwater.wiring.live_config import LiveProject
from headwater.wiring.project_apps import ProjectApp


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProjectBuilder:
    """`ground` is one project's; another's differs in what it lives by and where. `live` opens a project's document."""

    ground: Ground
    live: Callable[[str], LiveProject]
    settings: Settings
    authenticate: Authenticate
    audit: Auditor

    def build(self, project_id: str, public_url: str, more: Sequence[Router]) -> ProjectApp:
        """Return the application of a project that is reached at `public_url`; it serves `more` besides."""
        live = self.live(project_id)
        room = identity.build(dataclasses.replace(self.ground, live=live, public_url=public_url))
        inner = app.build(
            [*room.routers, *more],
            authenticate=self.authenticate,
            expose_admin=self.settings.expose_admin,
            project_id=project_id,
            audit=self.audit,
        )

        async def policy() -> CorsPolicy:
            return (await room.current.config()).cors

        outer = Cors(inner, policy=policy, is_for_developers=self._serves_developers())

        async def on_one_revision(scope: Any, receive: Any, send: Any) -> None:
            with room.current.held():
                await outer(scope, receive, send)

        return ProjectApp(project_id=project_id, live=live, room=room, inner=inner, app=on_one_revision)

    def _serves_developers(self) -> bool:
        public_url = self.settings.public_url
        return cors_rules.serves_developers(
            listen_is_loopback=loopback.is_loopback(self.settings.listen.host),
            public_host=urlsplit(public_url).hostname if public_url else None,
        )
