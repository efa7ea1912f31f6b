"""One way out, whatever is spoken at its end: a request goes to the sender for the scheme of its URL."""

from collections.abc import Mapping

from headwater.net.outbound import Request, Response, Sender


class Schemes:
    """A `Sender` in front of others: `senders` by scheme, `default` for any other."""

    def __init__(self, default: Sender, senders: Mapping[str, Sender]) -> None:
        self._default = default
        self._senders = dict(senders)

    async def send(self, request: Request) -> Response:
        """Send as the one for its scheme does."""
        scheme = request.url.partition(":")[0].lower()
        return await self._senders.get(scheme, self._default).send(request)
