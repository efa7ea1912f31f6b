import pytest
from aiohttp import web
from identity_stage import Receiver, Stage


@pytest.fixture
async def stage(tmp_path):
    stage = await Stage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


@pytest.fixture
async def receiver():
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/hook"
    yield receiver
    await runner.cleanup()
