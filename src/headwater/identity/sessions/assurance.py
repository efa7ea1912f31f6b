"""How sure we are who somebody is (Ory's AAL), and whether that is enough for what the project asks."""

from headwater.identity.config.flows_config import HIGHEST_AVAILABLE
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers
from headwater.identity.flows.errors import FORBIDDEN, FlowError
from headwater.identity.people.accounts import Account
from headwater.identity.sessions.sessions import AAL1, AAL2, Session

LEVELS = (AAL1, AAL2)


class SecondFactorRequiredError(FlowError):
    """An active session was found, but it does not fulfil the requested Authenticator Assurance Level.

    Please verify yourself with a second factor to resolve this issue.
    """

    code = "session_aal2_required"
    status = FORBIDDEN

    def __init__(self, *, location: str) -> None:
        message = (type(self).__doc__ or "").strip().replace("\n\n    ", " ")
        super().__init__(message, location=location, beside={"redirect_browser_to": location})
        self.context = {"redirect_browser_to": location}


class Assurance:
    """What people could prove, and whether a session has."""

    def __init__(self, *, public_url: str) -> None:
        self._public_url = public_url

    def available(self, account: Account) -> str:  # noqa: ARG002  the seam: this release has no second factor
        """Return the highest level the person has the means for."""
        return AAL1

    def require(self, session: Session, account: Account, *, config: IdentityConfig) -> None:
        """Raise SecondFactorRequiredError where the project asks for a level that the session doesn't have."""
        if not self.is_enough(session, account, required=config.session.required_aal):
            raise SecondFactorRequiredError(location=self.second_factor_url())

    def is_enough(self, session: Session, account: Account, *, required: str) -> bool:
        """Tell whether the session has what `required` (aal1 or highest_available) asks of this person."""
        return required != HIGHEST_AVAILABLE or session.aal == AAL2 or self.available(account) == AAL1

    def second_factor_url(self, *, return_to: str | None = None) -> str:
        """Return where the browser proves the rest."""
        start = f"{self._public_url}/self-service/login/browser"
        return answers.with_query(start, aal=AAL2, return_to=return_to)
