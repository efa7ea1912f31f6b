"""The tool at an Action's other end, in a process of its own (`python -m bench.receiver`): counts the calls."""

import asyncio

import msgspec
from aiohttp import web

ADDRESS = "127.0.0.1"
HOOK, TAKEN = "/hook", "/taken"


class Taken(msgspec.Struct):
    """How many calls came, and the body of the last one."""

    count: int = 0
    last: str = ""


class Receiver:
    """Answers every call at once."""

    def __init__(self) -> None:
        self._taken = Taken()

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes([web.post(HOOK, self._take), web.get(TAKEN, self._tell)])
        return application

    async def _take(self, request: web.Request) -> web.Response:
        self._taken.last = await request.text()
        self._taken.count += 1
        return web.Response(body=b"{}", content_type="application/json")

    async def _tell(self, _request: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(self._taken), content_type="application/json")


async def _serve() -> None:
    runner = web.AppRunner(Receiver().application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, ADDRESS, 0).start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
