"""The answer to somebody who came in, by registration or login: a token for native apps, a cookie for browsers."""

from typing import Any

from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import csrf
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer, CameIn
from headwater.identity.flows.flow import Flow
from headwater.identity.people import views
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import cookies
from headwater.identity.sessions.sessions import Session

REDIRECT = "redirect_browser_to"
SET_TOKEN = "set_ory_session_token"  # noqa: S105  an action's name


def entered(
    flow: Flow,
    *,
    account: Account,
    session: Session | None,
    token: Secret | None,
    config: IdentityConfig,
    public_url: str,
    location: str,
    continue_with: tuple[dict[str, Any], ...] = (),
    shows_identity: bool = False,
    keeps_csrf_cookie: bool = False,
    csrf_cookie: str | None = None,
    page_location: str | None = None,
    is_page: bool = False,
) -> Answer:
    """Answer with the session.

    `location` is where browsers go next, unless a page without a script has to go to `page_location` first.
    `shows_identity`: registration's answer has the person beside the session. The anti-CSRF cookie changes with the
    session (one planted before sign-in is worth nothing after it) unless the person only proved again who they are;
    `csrf_cookie` is the new one, if something was tied to it already. `is_page`: a browser that follows the answer to a
    page and reads nothing of it.
    """
    body: dict[str, Any] = {}
    came_in = None if session is None or token is None else CameIn(flow_id=flow.id, session=session, token=token)
    if session is not None and not is_page:
        body["session"] = views.session(session, account, public_url=public_url)
    if shows_identity:
        body["identity"] = views.identity(account, public_url=public_url)
    if flow.type == flows.API:
        if token is not None:
            body["session_token"] = token.reveal()
            if shows_identity:
                continue_with = (*continue_with, {"action": SET_TOKEN, "ory_session_token": token.reveal()})
        body["continue_with"] = list(continue_with) or None
        return Answer(body=body, location=location, is_for_apps=True, came_in=came_in)
    body["continue_with"] = [{"action": REDIRECT, REDIRECT: location}, *continue_with]
    given = []
    if csrf_cookie is not None or (token is not None and not keeps_csrf_cookie):
        given.append(cookies.for_csrf(csrf_cookie or csrf.new_cookie(), config, public_url=public_url))
    if token is not None:
        # Last, because clients that keep one header of a name keep the last.
        given.append(cookies.for_session(token, config, public_url=public_url))
    return Answer(body=body, location=page_location or location, cookies=tuple(given), came_in=came_in)
