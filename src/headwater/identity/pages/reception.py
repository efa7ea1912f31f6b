"""What the pages ask of the room: flows, sessions, errors and the way out."""

from collections.abc import Sequence
from typing import Any

from litestar import Router

from headwater.core.errors import NotAuthenticatedError
from headwater.identity.config.live import Current
from headwater.identity.config.section import Section
from headwater.identity.flows.error_shelf import ErrorShelf
from headwater.identity.flows.errors import FlowNotFoundError
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.kinds import FlowKind
from headwater.identity.logout import Logout
from headwater.identity.pages import page_settings, pages, theme
from headwater.identity.pages.page_settings import PageSettings
from headwater.identity.people import views
from headwater.identity.sessions.whoami import Whoami


class Reception:
    """Answers the pages of one installation."""

    def __init__(
        self,
        *,
        current: Current,
        whoami: Whoami,
        errors: ErrorShelf,
        logout: Logout,
        kinds: Sequence[FlowKind],
        public_url: str,
    ) -> None:
        self._current = current
        self._whoami = whoami
        self._errors = errors
        self._logout = logout
        self._kinds = {kind.kind: kind for kind in kinds}
        self._public_url = public_url

    async def find_flow(self, kind: str, inbound: Inbound) -> dict[str, Any]:
        """Return a flow to whoever may see it. Raises what showing it raises."""
        config = await self._current.config()
        answer = await self._kinds[kind].show(inbound.query.get("flow", ""), inbound=inbound, config=config)
        if answer.body is None:
            raise FlowNotFoundError
        return answer.body

    async def who_is(self, inbound: Inbound) -> dict[str, Any] | None:
        """Return the session of whoever looks at the page."""
        found = await self._whoami.find_or_none(inbound, config=await self._current.config())
        return views.session(found.session, found.account, public_url=self._public_url) if found else None

    async def find_error(self, error_id: str) -> dict[str, Any]:
        """Return what went wrong. Raises UnknownErrorError."""
        return await self._errors.get(error_id, project_id=(await self._current.config()).project_id)

    async def logout_url(self, inbound: Inbound) -> str | None:
        """Return the way out, None for whoever isn't in."""
        try:
            return (await self._logout.begin(inbound, await self._current.config())).location
        except NotAuthenticatedError:
            return None

    async def settings(self) -> PageSettings:
        """Return what the pages have to know of the configuration as it is now."""
        config = await self._current.config()
        return page_settings.of(config.flows, theme=theme.parse(Section(config.document).section("pages")))


def routes(reception: Reception, *, public_url: str) -> Router:
    """Return the routes below `/ui`."""
    return pages.routes(
        find_flow=reception.find_flow,
        who_is=reception.who_is,
        find_error=reception.find_error,
        logout_url=reception.logout_url,
        public_url=public_url,
        settings=reception.settings,
    )
