"""Guessing at one person's password or code, or at everybody's from one address: counted, and ended (brute force)."""

from headwater.identity.flows.failures import Failures
from headwater.identity.login.methods import Attempt
from headwater.identity.people.identifiers import MAX_IDENTIFIER_LENGTH

KEY_LENGTH = 2 * MAX_IDENTIFIER_LENGTH


class Guesses:
    """The failures of one submit's identifier and address. Use one per submit."""

    def __init__(self, failures: Failures, attempt: Attempt, *, identifier: str) -> None:
        self._failures = failures
        # Cut, as it is kept for a while and anyone may send something long.
        self._identifier = f"{attempt.config.project_id} {identifier}"[:KEY_LENGTH]
        self._address = attempt.inbound.client_ip

    def require_few(self) -> None:
        """Raise TooManyFailuresError if there were too many.

        Ask before checking, which saves the work, and again after: guesses made at the same moment all pass the
        first time, and learn nothing the second.
        """
        self._failures.require_few(identifier=self._identifier, address=self._address)

    def failed(self) -> None:
        """Count this one."""
        self._failures.count(identifier=self._identifier, address=self._address)

    def succeeded(self) -> None:
        """Forget the identifier's: its owner came in."""
        self._failures.forgive(identifier=self._identifier)
