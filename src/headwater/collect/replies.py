"""What the tracking API answers, in the shapes that every Segment client can read (reference/segment.md 1.7)."""

import msgspec

from headwater.core.errors import HeadwaterError, NotFoundError
from headwater.web.call import JSON_HEADERS, Reply

OK = 200
UNAVAILABLE = 503
TOO_MANY = 429
RETRY_SECONDS = 1

# Exactly 200 and a JSON object: some clients try again after anything else.
SUCCESS = Reply(status=OK, body=b'{"success": true}')


class MethodNotAllowedError(NotFoundError):
    """This path of the tracking API does not take that method."""

    code = "method_not_allowed"
    status = 405


def refusal(error: HeadwaterError) -> Reply:
    """Return the reply for an error. Ruby's client reads `error`, Python's needs `code` and `message`."""
    body = {"success": False, "code": error.code, "message": error.message, "error": error.message}
    headers: tuple[tuple[str, str], ...] = JSON_HEADERS
    if error.status in (UNAVAILABLE, TOO_MANY):
        # Whole seconds to wait in both: clients read neither dates nor points in time there.
        seconds = str(error.context.get("retry_after_seconds", RETRY_SECONDS))
        headers = (*headers, ("retry-after", seconds), ("x-ratelimit-reset", seconds))
    if isinstance(error, MethodNotAllowedError):
        headers = (*headers, ("allow", error.context["allow"]))
    return Reply(status=error.status, body=msgspec.json.encode(body), headers=headers)
