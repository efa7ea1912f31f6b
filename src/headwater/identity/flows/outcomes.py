"""What can come of a registration: each name says what the client is told next."""

from dataclasses import dataclass

from headwater.identity.flows.flow import Flow
from headwater.identity.registration.sign_up import SignedUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A new flow, and the anti-CSRF cookie of its browser."""

    flow: Flow
    csrf_cookie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The flow, saying what is wrong with the submit."""

    flow: Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """The submit came too late; `replacement` is a fresh flow."""

    flow: Flow
    replacement: Flow
    now_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The person is there."""

    flow: Flow
    signed_up: SignedUp


Outcome = Completed | Refused | Expired
