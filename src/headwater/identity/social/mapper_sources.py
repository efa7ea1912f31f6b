"""Where the Jsonnet of a claims mapper comes from: the `mapper_url` itself (base64://), or a server of the operator's.

Fetched ones are kept in memory for an hour, as in Kratos. An old copy serves for as long as its server can't be
reached, so that this server's bad days don't keep anybody from signing in. It may touch the network through `wire`
only; files are refused: whoever may edit a configuration may not thereby read this machine.
"""

import math

from headwater.actions import templates
from headwater.actions.errors import UnusableHookError
from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError
from headwater.identity.config.claims_mapper_url import MOST_MAPPER_BYTES, WEB
from headwater.identity.providers.documents import Documents
from headwater.identity.providers.errors import ProviderAnswerError, ProviderError
from headwater.identity.providers.wire import Wire, host_of, require_ok
from headwater.net.outbound import Sender

NAME = "mapper_url"  # what errors call the program
FRESH_SECONDS = 3_600.0
ACCEPT = (("Accept", "*/*"),)


class MapperSourceError(HeadwaterError):
    """The Jsonnet behind this mapper_url can't be read."""

    code = "mapper_unreadable"


class MapperSources:
    """One per installation."""

    def __init__(self, *, sender: Sender, clock: Clock) -> None:
        self._wire = Wire(sender)
        self._fetched: Documents[str, str] = Documents(
            self._fetch, clock=clock, fresh_seconds=FRESH_SECONDS, usable_seconds=math.inf
        )

    async def load(self, url: str) -> str:
        """Return the program. Raises MapperSourceError, which never quotes the address."""
        if not url.startswith(WEB):
            return embedded(url)
        try:
            return await self._fetched.get(url)
        except ProviderError as error:
            raise MapperSourceError(f"{NAME} can't be read. {error.message}") from None

    async def _fetch(self, url: str) -> str:
        host = host_of(url)
        response = await self._wire.get(url, headers=ACCEPT, max_bytes=MOST_MAPPER_BYTES)
        require_ok(response, host=host)
        try:
            text = response.body.decode()
        except UnicodeDecodeError:
            raise ProviderAnswerError(f"{host} answered with bytes that are not UTF-8 text.") from None
        if not text.strip():
            raise ProviderAnswerError(f"{host} answered with nothing, where Jsonnet was expected.")
        return text


def embedded(url: str) -> str:
    try:
        return templates.decode(url, name=NAME).text
    except UnusableHookError as error:
        raise MapperSourceError(f"{NAME} {error.message}.") from None
