"""Whether a password is known from breaches elsewhere, asked without telling it: a switch, off by default.

The service gets the first five of the forty hex digits of the password's SHA-1 and answers with every ending it
knows (k-anonymity); padding hides from the network how many those are. It may touch the outbound client only.
"""

import hashlib
import re
from http import HTTPStatus

import structlog

from headwater.core.errors import HeadwaterError
from headwater.core.secrets import Secret
from headwater.identity.config.methods_config import PasswordMethod
from headwater.identity.messages import validation
from headwater.identity.messages.text import UiText
from headwater.identity.passwords.formats.hashed import as_bytes
from headwater.net.outbound import Request, Response, Sender, SendError

logger = structlog.get_logger(__name__)

PREFIX_DIGITS = 5
# Somebody is waiting for their sign-up meanwhile.
TIMEOUT_SECONDS = 3.0
# A padded answer has about a thousand lines of forty characters.
MAX_ANSWER_BYTES = 1024 * 1024
# Some mirrors group the count's digits, some leave it out (then it is one).
LINE = re.compile(r"([0-9A-Fa-f]{35})(?::([0-9,]{1,20}))?")


class BreachServiceError(HeadwaterError):
    """The service that knows breached passwords can't be reached, or answers something else than its list."""

    code = "breach_service_failed"
    status = 502


class Breaches:
    """Asks a service with the interface of Pwned Passwords."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def count(self, password: Secret, *, host: str) -> int:
        """Return in how many breaches `password` was found. Raises BreachServiceError if `host` doesn't say."""
        digits = hashlib.sha1(as_bytes(password), usedforsecurity=False).hexdigest().upper()
        request = Request(
            method="GET",
            url=f"https://{host}/range/{digits[:PREFIX_DIGITS]}",
            headers=(("Add-Padding", "true"),),
            timeout_seconds=TIMEOUT_SECONDS,
            max_response_bytes=MAX_ANSWER_BYTES,
        )
        try:
            response = await self._sender.send(request)
        except SendError as error:
            raise BreachServiceError(f"Breached passwords can't be looked up: {error.message}") from error
        return _count(response, ending=digits[PREFIX_DIGITS:], host=host)

    async def objection_or_none(self, password: Secret, *, rules: PasswordMethod) -> UiText | None:
        """Return why `password` can't be used; None if it can, or if nobody is to be asked.

        Raises BreachServiceError if the service doesn't answer and that isn't to be ignored.
        """
        if not rules.asks_breaches:
            return None
        try:
            found = await self.count(password, host=rules.breach_host)
        except BreachServiceError as error:
            if not rules.ignores_breach_errors:
                raise
            logger.warning("breach_service_failed", reason=error.message)
            return None
        return validation.password_breached(found) if found > rules.max_breaches else None


def _count(response: Response, *, ending: str, host: str) -> int:
    if response.status != HTTPStatus.OK:
        raise BreachServiceError(f"{host} answered {response.status} instead of its list of breached passwords.")
    for line in response.body.decode("ascii", "replace").split():
        found = LINE.fullmatch(line)
        if found is None:
            raise BreachServiceError(f"{host} answered something else than a list of breached passwords.")
        if found[1].upper() == ending:
            return int((found[2] or "1").replace(",", "") or "0")
    return 0
