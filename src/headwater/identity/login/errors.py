"""What goes wrong around a login, in Ory's words."""

from headwater.identity.flows.errors import UNAUTHORIZED, FlowError

MISCONFIGURED = 500


class BadLevelError(FlowError):
    """Unable to parse the Authenticator Assurance Level (aal): it must be aal1 or aal2."""


class SessionRequiredError(FlowError):
    """You can not request a higher AAL (AAL2) without an active session."""

    code = "session_aal1_required"
    status = UNAUTHORIZED


class NoVerifiableAddressError(FlowError):
    """A verified address is required to sign in, but this account's schema has none that could be verified."""

    code = "no_verifiable_address"
    status = MISCONFIGURED
