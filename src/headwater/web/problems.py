"""How an error looks on the wire, outside the tracking API: Ory's envelope (herodot), for every route alike."""

import re
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from headwater.core.errors import HeadwaterError

logger = structlog.get_logger(__name__)

INTERNAL_STATUS = 500
NO_BODY = "The request has no body; this route takes JSON."
NO_BODY_IN_THE_FRAMEWORKS_WORDS = repr("data")
PARAMETERS = ("query", "header")  # where the framework says that what it complains of came
UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.+)`\.")


def envelope(
    status: int,
    *,
    id: str,  # noqa: A002  Ory's key
    reason: str,
    details: dict[str, Any] | None = None,
    message: str | None = None,
) -> dict[str, Any]:
    """Return `{"error": {id, code, status, reason, message, details?}}`."""
    phrase = HTTPStatus(status).phrase
    error: dict[str, Any] = {"id": id, "code": status, "status": phrase, "reason": reason, "message": message or reason}
    if details:
        error["details"] = details
    return {"error": error}


def from_headwater(_request: Request[Any, Any, Any], error: HeadwaterError) -> Response[Any]:
    """Answer with our own error's status, code and message."""
    details = {key: value for key, value in error.context.items() if value is not None}
    wait = error.retry_after_seconds
    return Response(
        envelope(error.status, id=error.code, reason=error.message, details=details),
        status_code=error.status,
        headers=None if wait is None else {"Retry-After": str(wait)},
    )


def from_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what the web framework refused: unknown route, wrong method, body that doesn't fit."""
    phrase = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    reason = "; ".join(f"{one}{_meant(request, one)}" for one in _complaints(error)) or error.detail
    return Response(envelope(error.status_code, id=phrase, reason=reason), status_code=error.status_code)


def from_size(request: Request[Any, Any, Any], _error: RequestEntityTooLarge) -> Response[Any]:
    """Answer a body that was not read to its end."""
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    most = request.route_handler.resolve_request_max_body_size()
    reason = f"The body is larger than {most} bytes, the most that this route takes."
    return Response(envelope(status, id="request_entity_too_large", reason=reason), status_code=status)


def from_depth(_request: Request[Any, Any, Any], _error: RecursionError) -> Response[Any]:
    """Answer a body that is nested deeper than anything we take."""
    status = HTTPStatus.BAD_REQUEST
    return Response(envelope(status, id="bad_request", reason="The body is nested too deeply."), status_code=status)


def _complaints(error: HTTPException) -> list[str]:
    """Return what was wrong with body or parameters, a sentence each; [] when the error is about something else."""
    extra = error.extra if isinstance(error.extra, list) else []
    return [_complaint(one) for one in extra if isinstance(one, dict) and "message" in one]


def _complaint(found: dict[str, Any]) -> str:
    if found["message"] == NO_BODY_IN_THE_FRAMEWORKS_WORDS:
        return NO_BODY
    whose = f"`{found['key']}`: " if found.get("source") in PARAMETERS else ""
    return f"{whose}{found['message'].rstrip('.')}."


def _meant(request: Request[Any, Any, Any], complaint: str) -> str:
    """Return a sentence with the field that was probably meant, where the body has one that nobody knows."""
    found = UNKNOWN_FIELD.fullmatch(complaint)
    data = request.route_handler.parsed_data_field if found else None
    known = getattr(data.annotation, "__struct_fields__", ()) if data else ()
    close = get_close_matches(found[1], known, n=1) if found else []
    return f" Did you mean `{close[0]}`?" if close else ""


def from_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer 500 and log what went wrong; the client learns nothing of our insides."""
    logger.error("unexpected_error", path=request.url.path, method=request.method, exc_info=error)
    reason = "Something went wrong in Headwater. The server's log has the details."
    return Response(envelope(INTERNAL_STATUS, id="internal", reason=reason), status_code=INTERNAL_STATUS)


HANDLERS: dict[Any, Any] = {
    HeadwaterError: from_headwater,
    RequestEntityTooLarge: from_size,
    HTTPException: from_framework,
    RecursionError: from_depth,
    Exception: from_bug,
}
