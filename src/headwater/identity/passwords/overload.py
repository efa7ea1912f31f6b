"""The one answer to more hashing than this machine can do."""

from headwater.core.errors import TooManyRequestsError


class HashingOverloadedError(TooManyRequestsError):
    """Too many people sign up or in at this moment; try again in a few seconds."""

    code = "hashing_overloaded"
    retry_after_seconds = 3
