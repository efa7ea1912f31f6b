"""What goes wrong around a login, in Ory's words."""

from typing import Any

from headwater.identity.flows.errors import FORBIDDEN, UNAUTHORIZED, FlowError
from headwater.identity.flows.follow_up import FollowUp

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


class AddressNotVerifiedError(FlowError):
    """Your account's email or phone address is not verified yet. Check your inbox, or ask for verification again."""

    code = "session_verified_address_required"
    status = FORBIDDEN

    def __init__(self, follow_up: FollowUp | None) -> None:
        super().__init__(location=follow_up.location if follow_up else None)
        items: list[dict[str, Any]] = [follow_up.item] if follow_up else []
        self.context = {"continue_with": items}
