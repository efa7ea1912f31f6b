"""From the flows' outcomes to Ory's answers: statuses, bodies and cookies."""

from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from headwater.core.errors import HeadwaterError
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import csrf
from headwater.identity.flows import flow as flows
from headwater.identity.flows.outcomes import Completed, Expired, Outcome, Refused, Started
from headwater.identity.people import views
from headwater.identity.sessions import cookies
from headwater.web import problems

BAD_REQUEST = 400
GONE = 410
NANOSECONDS_A_MS = 1_000_000
MS_A_MINUTE = 60_000

# A flow shows what somebody typed and a token that lets one submit it: no cache may keep it.
NO_STORE = {"Cache-Control": "private, no-cache, no-store, must-revalidate"}


class NotSupportedYetError(HeadwaterError):
    """Ory has this; this release of Headwater doesn't do it yet, and does not pretend to."""

    code = "not_supported_yet"
    status = 501


class AlreadySignedInError(HeadwaterError):
    """A valid session was detected and thus registration is not possible."""

    code = "session_already_available"
    status = 400


class Replies:
    """Writes answers for one installation."""

    def __init__(self, *, public_url: str) -> None:
        self._public_url = public_url

    def started(self, started: Started, config: IdentityConfig) -> Response[Any]:
        """Answer with a new flow, and its browser's anti-CSRF cookie."""
        given = started.csrf_cookie
        set_cookies = [cookies.for_csrf(given, config, public_url=self._public_url)] if given else []
        return Response(flows.view(started.flow), headers=NO_STORE, cookies=set_cookies)

    def submitted(self, outcome: Outcome, config: IdentityConfig) -> Response[Any]:
        """Answer a submit."""
        match outcome:
            case Refused(flow=flow):
                return Response(flows.view(flow), status_code=BAD_REQUEST, headers=NO_STORE)
            case Expired():
                return Response(_expired(outcome), status_code=GONE, headers=NO_STORE)
            case Completed(flow=flow) if flow.type == flows.BROWSER:
                return self._completed_in_browser(outcome, config)
            case Completed():
                return self._completed_natively(outcome)

    def _completed_natively(self, done: Completed) -> Response[Any]:
        body = self._body(done)
        token = done.signed_up.token
        if token is not None:
            body["session_token"] = token.reveal()
            body["continue_with"] = [{"action": "set_ory_session_token", "ory_session_token": token.reveal()}]
        return Response(body, headers=NO_STORE)

    def _completed_in_browser(self, done: Completed, config: IdentityConfig) -> Response[Any]:
        token = done.signed_up.token
        set_cookies: list[Cookie] = []
        if token is not None:
            # The anti-CSRF cookie changes with the session: one planted before sign-up is worth nothing after it.
            set_cookies = [
                cookies.for_csrf(csrf.new_cookie(), config, public_url=self._public_url),
                # Last, because clients that keep one header of a name keep the last.
                cookies.for_session(token, config, public_url=self._public_url),
            ]
        return Response(self._body(done), headers=NO_STORE, cookies=set_cookies)

    def _body(self, done: Completed) -> dict[str, Any]:
        account, session = done.signed_up.account, done.signed_up.session
        body: dict[str, Any] = {"identity": views.identity(account, public_url=self._public_url), "continue_with": []}
        if session is not None:
            body["session"] = views.session(session, account, public_url=self._public_url)
        return body


def _expired(expired: Expired) -> dict[str, Any]:
    late_ms = expired.now_ms - expired.flow.expires_at_ms
    reason = f"The self-service flow expired {late_ms / MS_A_MINUTE:.2f} minutes ago, initialize a new one."
    return {
        **problems.envelope(GONE, id="self_service_flow_expired", reason=reason),
        "expired_at": views.time(expired.flow.expires_at_ms),
        "since": late_ms * NANOSECONDS_A_MS,  # a Go duration
        "use_flow_id": expired.replacement.id,
    }
