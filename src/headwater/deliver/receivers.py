"""Keeps one dead receiver of queued Actions from holding the workers that others need.

All queued Actions share a lane, each has a receiver of its own. While a receiver does not answer, one call at a
time is tried; the others for it are told at once that it is down, and wait in the retry table.
"""

from urllib.parse import urlsplit

from headwater.net.outbound import ReceiverTimeoutError, Request, Response, Sender, UnreachableError

MAX_RECEIVERS = 1_000


class Receivers:
    """A `Sender` in front of another one."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._down: dict[str, bool] = {}  # receiver → is one call being tried

    async def send(self, request: Request) -> Response:
        """Send as the other one does. Raises UnreachableError at once while the receiver is down and being tried."""
        receiver = urlsplit(request.url).netloc.rpartition("@")[2]
        if self._down.get(receiver):
            raise UnreachableError(f"{receiver} does not answer; one call at a time is tried.")
        if receiver in self._down:
            self._down[receiver] = True
        try:
            response = await self._sender.send(request)
        except (ReceiverTimeoutError, UnreachableError):
            self._note_down(receiver)
            raise
        except BaseException:
            self._down.pop(receiver, None)
            raise
        self._down.pop(receiver, None)
        return response

    def _note_down(self, receiver: str) -> None:
        if receiver not in self._down and len(self._down) >= MAX_RECEIVERS:
            self._down.pop(next(iter(self._down)))
        self._down[receiver] = False
