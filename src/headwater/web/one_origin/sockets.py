"""WebSockets through the proxy: message by message, both ways, until either side closes."""

import asyncio
from collections.abc import Sequence

import aiohttp
from aiohttp import web

# A dev server's largest hot update by far; what is larger closes the socket (1009).
MOST_MESSAGE_BYTES = 16 * 1024 * 1024
CLOSE_SECONDS = 2.0
NORMAL = 1000
# Codes that only describe an end and must not be sent (RFC 6455 7.4.1).
UNSENDABLE = frozenset({None, 1005, 1006, 1015})

Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


def is_upgrade(request: web.BaseRequest) -> bool:
    """Tell whether the browser asks for a WebSocket."""
    return request.headers.get("upgrade", "").lower() == "websocket"


async def join(
    request: web.BaseRequest, session: aiohttp.ClientSession, url: str, *, headers: Sequence[tuple[str, str]]
) -> web.WebSocketResponse:
    """Tie the browser's socket to one at `url`. Raises aiohttp's errors while the far side hasn't agreed."""
    wanted = [word.strip() for word in request.headers.get("sec-websocket-protocol", "").split(",") if word.strip()]
    ours = [(name, value) for name, value in headers if not name.lower().startswith("sec-websocket-")]
    async with session.ws_connect(
        url,
        protocols=wanted,
        headers=ours,
        autoping=False,
        max_msg_size=MOST_MESSAGE_BYTES,
        timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
    ) as far:
        near = web.WebSocketResponse(
            protocols=[far.protocol] if far.protocol else (),
            autoping=False,
            timeout=CLOSE_SECONDS,
            max_msg_size=MOST_MESSAGE_BYTES,
        )
        await near.prepare(request)
        await asyncio.gather(_pass_on(near, far), _pass_on(far, near))
        return near


async def _pass_on(source: Socket, sink: Socket) -> None:
    try:
        async for message in source:
            if message.type is aiohttp.WSMsgType.TEXT:
                await sink.send_str(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                await sink.send_bytes(message.data)
            elif message.type is aiohttp.WSMsgType.PING:
                await sink.ping(message.data)
            elif message.type is aiohttp.WSMsgType.PONG:
                await sink.pong(message.data)
    except ConnectionResetError:
        pass  # the sink went away between two messages: the source is closed below, by the other direction
    finally:
        await sink.close(code=NORMAL if source.close_code in UNSENDABLE else source.close_code or NORMAL)
