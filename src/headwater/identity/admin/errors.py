"""What operators are told when it can't be done, in Ory's words where it has some."""

from headwater.core.errors import BadRequestError, ConflictError, NotFoundError


class IdentityNotFoundError(NotFoundError):
    """Unable to locate the resource: there is no identity with this id in the project."""


class SessionNotFoundError(NotFoundError):
    """Unable to locate the resource: there is no session with this id in the project."""


class CredentialNotFoundError(NotFoundError):
    """This identity has no such credential."""


class BadListingError(BadRequestError):
    """These parameters don't make a listing."""


class BadIdentityError(BadRequestError):
    """This can't be stored as an identity."""


class IdentityConflictError(ConflictError):
    """This identity conflicts with another identity that already exists."""


class BeingChangedError(ConflictError):
    """Others keep changing this identity at this moment. Try again."""


class LastCredentialError(BadRequestError):
    """You cannot remove the last first factor credential."""
