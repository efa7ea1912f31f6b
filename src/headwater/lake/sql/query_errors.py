"""Why a query has no answer. Each says what to do; the codes come over the wire from the query's process."""

from headwater.core.errors import BadRequestError, HeadwaterError, UnavailableError


class QueryRefusedError(BadRequestError):
    """That isn't one SELECT over the lake's tables."""

    code = "query_refused"


class QueryFailedError(BadRequestError):
    """The query can't be run as it is written."""

    code = "query_failed"


class QueryLimitError(HeadwaterError):
    """The query needs more than it may use."""

    code = "query_limit"
    status = 422


class QueriesBusyError(UnavailableError):
    """As many queries run as may, and as many wait. Try again in a moment."""

    code = "queries_busy"
    retry_after_seconds = 5


class QueryLostError(HeadwaterError):
    """The query's process ended before it had answered. Try again; the server's log may say more."""

    code = "query_lost"


class LakeFileError(HeadwaterError):
    """A file of the lake can't be read. Is it gone, or damaged? `headwater rebuild lake` makes it anew."""

    code = "lake_file_unreadable"


class NotConfinedError(HeadwaterError):
    """This machine's kernel can't keep a query from files and sockets (Landlock and seccomp), so none is run.

    Linux 5.13 or newer can. Start the server with --unconfined-queries where whoever may query may do anything anyway.
    """

    code = "query_not_confined"
    status = 501


ERRORS: dict[str, type[HeadwaterError]] = {
    error.code: error
    for error in (
        LakeFileError,
        NotConfinedError,
        QueryFailedError,
        QueryLimitError,
        QueryLostError,
        QueryRefusedError,
    )
}
