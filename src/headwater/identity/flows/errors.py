"""What goes wrong around a flow, in Ory's words: id, status, and for browsers a place to go instead.

These reach apps as JSON. Browsers are sent to `location`, or else to the error page, which asks for the error by id.
"""

from typing import Any

from headwater.core.errors import HeadwaterError

BAD_REQUEST = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
GONE = 410
NOT_IMPLEMENTED = 501


class FlowError(HeadwaterError):
    """Something is wrong with this request.

    `beside` are members that Ory puts beside `error` in the body, such as `redirect_browser_to`; `location` is
    where a browser goes instead of the error page.
    """

    code = "bad_request"
    status = BAD_REQUEST

    def __init__(
        self,
        message: str | None = None,
        *,
        location: str | None = None,
        beside: dict[str, Any] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, **(details or {}))
        self.location = location
        self.beside = beside or {}


class FlowDisabledError(FlowError):
    """This self-service flow is disabled. Turn it on in the project's identity-config."""

    code = "self_service_flow_disabled"


class FlowNotFoundError(FlowError):
    """There is no such flow. Start a new one."""

    code = "not_found"
    status = NOT_FOUND


class FlowExpiredError(FlowError):
    """The self-service flow has expired. Call the flow's init endpoint to start a new one."""

    code = "self_service_flow_expired"
    status = GONE


class MethodDisabledError(FlowError):
    """This method is disabled. Turn it on below selfservice.methods in the project's identity-config."""

    code = "not_found"
    status = NOT_FOUND


class AlreadySignedInError(FlowError):
    """A valid session was detected and thus this flow is not possible."""

    code = "session_already_available"


class PrivilegedSessionRequiredError(FlowError):
    """The requested action was forbidden because the session is too old to change credentials. Sign in again first."""

    code = "session_refresh_required"
    status = FORBIDDEN


class NotThisPersonError(FlowError):
    """The requested action was forbidden because the flow belongs to somebody else."""

    code = "security_identity_mismatch"
    status = FORBIDDEN


class IdentityDisabledError(FlowError):
    """This account was disabled by an administrator."""

    code = "identity_disabled"
    status = UNAUTHORIZED


class NotSupportedYetError(HeadwaterError):
    """Ory has this; this release of Headwater doesn't do it yet, and does not pretend to."""

    code = "not_supported_yet"
    status = NOT_IMPLEMENTED
