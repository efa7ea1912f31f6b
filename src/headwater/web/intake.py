"""Reading an inbound body: in pieces, up to a cap, within a deadline, and never half of it as if it were all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from headwater.core.errors import HeadwaterError, UnavailableError
from headwater.web.deadlines import Deadlines
from headwater.web.rsgi import HTTPProtocol, ProtocolClosed

LINGER_BYTES = 16 * 1024 * 1024
# Each piece costs about as much work as a small request: a body of single bytes would keep us busy for seconds.
SMALL_PIECES = 4096
SMALL_PIECE_BYTES = 256
SMALL_BODY_BYTES = 64 * 1024


class BodyTooLargeError(HeadwaterError):
    """The body is larger than allowed."""

    code = "body_too_large"
    status = 413


class BodyTooSlowError(HeadwaterError):
    """The body did not arrive in time."""

    code = "body_too_slow"
    status = 408


class BodyCutShortError(HeadwaterError):
    """The body ended before it was complete."""

    code = "body_cut_short"
    status = 400


class TooManyBodiesError(UnavailableError):
    """Too many bodies are on their way at once. Nothing of this one was read; try again in a moment."""

    code = "too_many_bodies"


class Intake:
    """The body of one request. The deadline starts with the first read and covers the whole body."""

    __slots__ = (
        "_deadline",
        "_deadlines",
        "_declared",
        "_is_chunked",
        "_is_over",
        "_linger_seconds",
        "_max_bytes",
        "_piece_count",
        "_pieces",
        "_proto",
        "_received",
        "_seconds",
    )

    def __init__(
        self,
        proto: HTTPProtocol,
        *,
        headers: Mapping[str, str],
        is_http1: bool,
        max_bytes: int,
        seconds: float,
        linger_seconds: float,
        deadlines: Deadlines,
    ) -> None:
        declared = headers.get("content-length")
        self._is_chunked = is_http1 and declared is None and "transfer-encoding" in headers
        self._declared = int(declared) if declared else None
        if is_http1 and declared is None and not self._is_chunked:
            self._declared = 0
        self._proto = proto
        self._pieces: AsyncIterator[bytes] | None = None
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._linger_seconds = linger_seconds
        self._deadlines = deadlines
        self._deadline: float | None = None
        self._received = 0
        self._piece_count = 0
        self._is_over = False

    @property
    def most_bytes(self) -> int:
        """How large the body may become: what it says, or the cap."""
        return self._max_bytes if self._declared is None else min(self._declared, self._max_bytes)

    @property
    def is_declared_too_large(self) -> bool:
        """Whether the client itself says that it will send too much: no need to read a byte."""
        return self._declared is not None and self._declared > self._max_bytes

    async def whole(self) -> bytes:
        """Return the complete body. Raises one of this module's errors when there is none."""
        if self._declared == 0:
            return b""
        if self.is_declared_too_large:
            raise BodyTooLargeError
        if self._declared is None:
            return await self._gathered()
        # The server holds the client to its Content-Length, so this is bounded, and faster than piece by piece.
        try:
            with self._deadlines.within(self._seconds):
                return await self._proto()
        except TimeoutError:
            self._is_over = True
            raise BodyTooSlowError from None
        except ProtocolClosed:
            raise BodyCutShortError from None

    @property
    def is_small(self) -> bool:
        """Whether the body says that it is so short that it needn't be read in pieces."""
        return self._declared is not None and self._declared <= SMALL_BODY_BYTES

    async def small(self) -> bytes:
        """Return the complete body of a request that `is_small`: once. Raises one of this module's errors."""
        body = await self.whole()
        self._is_over = True
        return body

    async def next_piece(self) -> bytes:
        """Return the next piece, never empty but at the end. Raises one of this module's errors."""
        if self.is_declared_too_large:
            raise BodyTooLargeError
        if self._declared == 0:
            return b""
        piece = await self._in_time()
        self._count(piece)
        if self._received > self._max_bytes:
            raise BodyTooLargeError
        if self._is_in_crumbs:
            self._is_over = True
            raise BodyTooLargeError
        self._is_over = not piece
        if self._is_over and self._declared is not None and self._received < self._declared:
            raise BodyCutShortError
        return piece

    async def linger(self) -> None:
        """Read what is left for a moment after an answer, and forget it; who was too slow gets no more time.

        Closing a connection that still has unread data makes the kernel reset it, and the client would see
        the reset instead of our answer.
        """
        if self._is_over or self._declared == 0:
            return
        last = self._received + LINGER_BYTES
        if self._declared is not None:
            last = min(last, self._declared)
        with contextlib.suppress(TimeoutError, StopAsyncIteration):
            async with asyncio.timeout(self._linger_seconds):
                # Counted, because after the answer the server may never say that the body has ended.
                while self._received < last and not self._is_in_crumbs:
                    self._count(await anext(self._iterator()))

    def release(self) -> None:
        """Let go of the connection; nothing may be read any more."""
        self._pieces = None
        del self._proto

    @property
    def _is_in_crumbs(self) -> bool:
        return self._piece_count > SMALL_PIECES + self._received // SMALL_PIECE_BYTES

    def _count(self, piece: bytes) -> None:
        self._received += len(piece)
        self._piece_count += 1

    async def _gathered(self) -> bytes:
        pieces = []
        while piece := await self.next_piece():
            pieces.append(piece)
        return b"".join(pieces)

    async def _in_time(self) -> bytes:
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._piece()
        except TimeoutError:
            self._is_over = True
            raise BodyTooSlowError from None

    async def _piece(self) -> bytes:
        """Return the next piece that is not empty, or b"" at the end.

        Chunked, the server ends a complete body with one empty piece, and one that broke off with two.
        """
        empty_pieces = 0
        with contextlib.suppress(StopAsyncIteration):
            while True:
                piece = await anext(self._iterator())
                if piece:
                    return bytes(piece)
                empty_pieces += 1
        if self._is_chunked and empty_pieces > 1:
            raise BodyCutShortError
        return b""

    def _iterator(self) -> AsyncIterator[bytes]:
        # Made on first use and once: asking for it takes the body out of the server's hands.
        if self._pieces is None:
            self._pieces = aiter(self._proto)
        return self._pieces
