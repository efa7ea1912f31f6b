"""Whether a password may be used: our own rules first, then, where the project asks for it, the breach service."""

from collections.abc import Sequence

from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.messages.text import UiText
from headwater.identity.passwords import policy
from headwater.identity.passwords.breaches import Breaches


class PasswordJudge:
    """One for registration and settings alike."""

    def __init__(self, breaches: Breaches) -> None:
        self._breaches = breaches

    async def objection_or_none(
        self, password: Secret, *, identifiers: Sequence[str], config: IdentityConfig
    ) -> UiText | None:
        """Return why `password` can't be used, None if it can. Raises BreachServiceError."""
        objection = policy.objection_or_none(password.reveal(), identifiers=identifiers, config=config)
        return objection or await self._breaches.objection_or_none(password, rules=config.methods.password)
