"""The way out for everything that a project sends: under its own `clients.http`, as that is at this moment."""

import msgspec

from headwater.identity.config.live import Current
from headwater.net.address_rules import AddressRules
from headwater.net.outbound import Request, Response, Sender


class ProjectSender:
    """A `Sender`."""

    def __init__(self, sender: Sender, *, current: Current) -> None:
        self._sender = sender
        self._current = current

    async def rules(self) -> AddressRules:
        """Return them as they are now."""
        return (await self._current.config()).rules

    async def send(self, request: Request) -> Response:
        """See `Sender.send`."""
        return await self._sender.send(msgspec.structs.replace(request, rules=await self.rules()))
