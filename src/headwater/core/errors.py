"""One error root. A class's docstring is its default message; `code` is stable and listed in docs/errors.md."""

from typing import Any, ClassVar


class HeadwaterError(Exception):
    """Something went wrong in Headwater."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retry_after_seconds: ClassVar[int | None] = None  # what clients are told in Retry-After

    def __init__(self, message: str | None = None, **context: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.context = context
        super().__init__(self.message)


class BadRequestError(HeadwaterError):
    """The request is malformed."""

    code = "bad_request"
    status = 400


class NotAuthenticatedError(HeadwaterError):
    """No valid key or session came with the request. Send `Authorization: Bearer <key>`."""

    code = "not_authenticated"
    status = 401


class ForbiddenError(HeadwaterError):
    """This key or session may not do that."""

    code = "forbidden"
    status = 403


class NotFoundError(HeadwaterError):
    """There is no such thing."""

    code = "not_found"
    status = 404


class ConflictError(HeadwaterError):
    """That exists already, or was changed by someone else meanwhile."""

    code = "conflict"
    status = 409


class TooManyRequestsError(HeadwaterError):
    """Too much at once; try again in a moment."""

    code = "too_many_requests"
    status = 429


class UnavailableError(HeadwaterError):
    """Temporarily not possible; try again in a moment."""

    code = "unavailable"
    status = 503


class FolderInUseError(HeadwaterError):
    """Another headwater process holds this data folder. Stop it, or choose another folder with --data."""

    code = "folder_in_use"
    status = 409


class SettingsError(HeadwaterError):
    """A setting is wrong."""

    code = "bad_setting"
    status = 400
