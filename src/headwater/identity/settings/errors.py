"""Why somebody can't change settings now, in Ory's words."""

from headwater.identity.flows.errors import FlowError

UNAUTHORIZED = 401


class NotSignedInError(FlowError):
    """This endpoint can only be accessed with a valid session. Please log in and try again."""

    code = "session_inactive"
    status = UNAUTHORIZED


class ChangedMeanwhileError(Exception):
    """Somebody else stored this person between our look and our transaction."""


class TooOldError(Exception):
    """This change needs a session that began lately, as it turns out."""
