"""The ASGI app: every route that is not the tracking API, one way to authenticate, one shape of error."""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.types import Scope, Send

from headwater.web import problems
from headwater.web.access import Authenticate
from headwater.web.audit.auditor import Auditor


class _App(Litestar):
    auditor: Auditor | None = None

    def _wrap_send(self, send: Send, scope: Scope) -> Send:
        """Let the auditor hear what is answered. The framework's own hooks cost every message a coroutine or two."""
        return send if self.auditor is None else self.auditor.hearing(send, scope)

    def _validate_registration_value(self, value: Any) -> Any:
        """Take a router as it is: each is made for one app, and to copy it whole is a third of making the app."""
        if isinstance(value, Router):
            value.owner = self
            return value
        return super()._validate_registration_value(value)


def build(
    routers: Sequence[Router],
    *,
    authenticate: Authenticate,
    expose_admin: bool,
    project_id: str | None = None,
    audit: Auditor | None = None,
) -> Litestar:
    """Return the app. With `expose_admin` operator routes answer any peer, else only loopback ones.

    `project_id`: whose people it is about, None for nobody's; another project's key is good for none of them.
    `audit` has each change written down; None for an app that nobody answers for.
    """
    known = {"authenticate": authenticate, "expose_admin": expose_admin, "project_id": project_id, "audit": audit}
    app = _App(
        route_handlers=list(routers),
        exception_handlers=problems.HANDLERS,
        state=State(known),
        openapi_config=None,
        logging_config=None,
    )
    app.auditor = audit
    return app
