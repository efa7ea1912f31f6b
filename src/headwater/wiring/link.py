"""The socket between the two processes: notices, questions and answers, and the sign that the other is alive.

A notice wants no answer (`appended`, `configured`). A question waits for one. The end of the stream means the
other process is gone: the readers then stop, so that they never outlive their server.
"""

import asyncio
import itertools
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from headwater.core.errors import HeadwaterError, UnavailableError

logger = structlog.get_logger(__name__)

LENGTH_BYTES = 4
MAX_FRAME_BYTES = 64 * 1024 * 1024
MAX_UNREAD_BYTES = 16 * 1024
NUDGE_PAUSE_SECONDS = 0.01
ANSWER_SECONDS = 15.0


class LinkDownError(UnavailableError):
    """The server's other process is not there (it is starting or being restarted); try again in a moment."""

    code = "link_down"


class Frame(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One message on the socket. `id` is 0 for a notice; `error` answers a question that failed."""

    id: int = 0
    topic: str = ""
    payload: Any = None
    is_answer: bool = False
    error: str | None = None


Handler = Callable[[Any], Awaitable[Any]]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Frame)


class Link:
    """One end of the socket. `handlers` answer the other end, by topic."""

    def __init__(self, handlers: dict[str, Handler], *, nudge_pause_seconds: float = NUDGE_PAUSE_SECONDS) -> None:
        self._nudge_pause_seconds = nudge_pause_seconds
        self._handlers = handlers
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._answering: set[asyncio.Task[None]] = set()
        self._nudged: dict[str, bool] = {}  # sent a moment ago; whether it was wanted again since

    async def run(self, end: socket.socket) -> None:
        """Serve this end until the other one closes."""
        reader, self._writer = await asyncio.open_connection(sock=end)
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
                if size > MAX_FRAME_BYTES:
                    raise LinkDownError(f"A frame of {size} bytes came; the link is cut.")
                self._take(_decoder.decode(await reader.readexactly(size)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._close()

    def tell(self, topic: str) -> None:
        """Send a notice; with nobody there it is dropped (who starts later looks for itself)."""
        if self._writer is not None and not self._writer.is_closing():
            self._send(Frame(topic=topic))

    def nudge(self, topic: str) -> None:
        """Send a notice that comes often: at once, then at most one each hundredth of a second, the last one always.

        While the other end is behind, those on their way will do.
        """
        if topic in self._nudged:
            self._nudged[topic] = True
            return
        if self._writer is None or self._writer.transport.get_write_buffer_size() >= MAX_UNREAD_BYTES:
            return
        self.tell(topic)
        self._nudged[topic] = False
        asyncio.get_running_loop().call_later(self._nudge_pause_seconds, self._nudge_again, topic)

    def _nudge_again(self, topic: str) -> None:
        if self._nudged.pop(topic, False):
            self.nudge(topic)

    async def ask(self, topic: str, payload: Any = None) -> Any:
        """Send a question and return its answer. Raises LinkDownError."""
        if self._writer is None or self._writer.is_closing():
            raise LinkDownError
        frame = Frame(id=next(self._ids), topic=topic, payload=payload)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[frame.id] = future
        self._send(frame)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await future
        except TimeoutError as error:
            raise LinkDownError from error
        finally:
            self._asked.pop(frame.id, None)

    def _take(self, frame: Frame) -> None:
        if not frame.is_answer:
            task = asyncio.create_task(self._answer(frame))
            self._answering.add(task)
            task.add_done_callback(self._answered)
            return
        future = self._asked.get(frame.id)
        if future is None or future.done():
            return  # too late: whoever asked has given up
        if frame.error is None:
            future.set_result(frame.payload)
        else:
            future.set_exception(LinkDownError(frame.error))

    async def _answer(self, frame: Frame) -> None:
        answer = Frame(id=frame.id, is_answer=True)
        try:
            answer.payload = await self._handlers[frame.topic](frame.payload)
        except HeadwaterError as error:
            answer.error = error.message
        if frame.id and self._writer is not None and not self._writer.is_closing():
            self._send(answer)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("link_handler_failed", exc_info=task.exception())

    def _send(self, frame: Frame) -> None:
        assert self._writer is not None  # noqa: S101  callers have looked
        content = _encoder.encode(frame)
        self._writer.write(len(content).to_bytes(LENGTH_BYTES, "big") + content)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for future in self._asked.values():
            if not future.done():
                future.set_exception(LinkDownError())
