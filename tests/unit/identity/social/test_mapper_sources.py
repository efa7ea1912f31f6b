import asyncio
import base64
from datetime import UTC, datetime

import pytest
from aiohttp import web

from headwater.core.clock import ManualClock
from headwater.identity.social.mapper_sources import MapperSourceError, MapperSources
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound

HOUR_SECONDS = 3600
DAY_SECONDS = 24 * HOUR_SECONDS
MAPPER = "{ identity: { traits: {} } }"


class Shelf:
    """A server with the operator's Jsonnet."""

    def __init__(self):
        self.body = MAPPER.encode()
        self.status = 200
        self.asked = 0
        self.waiting = asyncio.Event()
        self.url = ""
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, _request):
        self.asked += 1
        self.waiting.set()
        await self.gate.wait()
        return web.Response(status=self.status, body=self.body)


@pytest.fixture
async def shelf():
    shelf = Shelf()
    app = web.Application()
    app.router.add_get("/{tail:.*}", shelf.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shelf.url = f"http://127.0.0.1:{runner.addresses[0][1]}/private/mapper.jsonnet?key=hunter2"
    yield shelf
    shelf.gate.set()
    await runner.cleanup()


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 24, tzinfo=UTC))


@pytest.fixture
async def make(clock):
    made = []

    def build(policy=None):
        made.append(Outbound(policy or AddressPolicy(allow_private=True)))
        return MapperSources(sender=made[-1], clock=clock)

    yield build
    for sender in made:
        await sender.close()


@pytest.fixture
def sources(make):
    return make()


async def refusal(sources, url):
    with pytest.raises(MapperSourceError) as caught:
        await sources.load(url)
    message = caught.value.message
    assert message.startswith("mapper_url ")
    assert "hunter2" not in message
    assert "/private" not in message
    return message


async def test_an_embedded_mapper_is_decoded_and_nobody_is_asked(sources, shelf):
    wrapped = base64.encodebytes(MAPPER.encode()).decode()  # in lines of 76, as GNU base64 writes it
    assert await sources.load(f"base64://{wrapped}") == MAPPER
    assert shelf.asked == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("file:///etc/passwd", "must begin with base64://", id="a file of this machine"),
        pytest.param("FILE:///etc/passwd", "must begin with base64://", id="a file, shouted"),
        pytest.param("/etc/passwd", "must begin with base64://", id="a path"),
        pytest.param("ftp://127.0.0.1/mapper", "must begin with base64://", id="another protocol"),
        pytest.param("", "must begin with base64://", id="nothing"),
        pytest.param("base64://***", "is not base64", id="no base64"),
        pytest.param("base64://e30", "padding is missing", id="no padding"),
        pytest.param("base64://gICA", "not UTF-8", id="no text"),
        pytest.param("base64://", "is empty", id="empty"),
    ],
)
async def test_what_is_no_mapper_is_refused_and_no_file_is_read(sources, url, said):
    assert said in await refusal(sources, url)


async def test_a_fetched_mapper_is_kept_for_an_hour(sources, shelf, clock):
    assert await sources.load(shelf.url) == MAPPER
    shelf.body = b"{ newer: 1 }"
    clock.advance(HOUR_SECONDS - 1)
    assert await sources.load(shelf.url) == MAPPER
    assert shelf.asked == 1

    clock.advance(2)
    assert await sources.load(shelf.url) == "{ newer: 1 }"
    assert shelf.asked == 2


async def test_an_old_copy_serves_for_days_while_its_server_is_down(sources, shelf, clock):
    await sources.load(shelf.url)
    shelf.status = 503
    clock.advance(3 * DAY_SECONDS)
    assert await sources.load(shelf.url) == MAPPER

    shelf.status, shelf.body = 200, b"{ newer: 1 }"
    clock.advance(HOUR_SECONDS)
    assert await sources.load(shelf.url) == "{ newer: 1 }"


async def test_a_server_that_is_down_is_not_asked_by_every_sign_in(sources, shelf, clock):
    await sources.load(shelf.url)
    shelf.status = 503
    clock.advance(DAY_SECONDS)
    for _ in range(20):
        await sources.load(shelf.url)
    assert shelf.asked == 2


async def test_a_crowd_at_once_asks_once(sources, shelf):
    shelf.gate.clear()
    crowd = [asyncio.create_task(sources.load(shelf.url)) for _ in range(50)]
    async with asyncio.timeout(5):
        await shelf.waiting.wait()
        shelf.gate.set()
        assert await asyncio.gather(*crowd) == [MAPPER] * 50
    assert shelf.asked == 1


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        pytest.param(404, b"not here", "status 404", id="missing"),
        pytest.param(201, MAPPER.encode(), "status 201", id="another status"),
        pytest.param(200, b"\xff\xfe", "not UTF-8", id="no text"),
        pytest.param(200, b" \n", "answered with nothing", id="empty"),
        pytest.param(200, b"x" * (256 * 1024 + 1), "more than is read", id="too large"),
    ],
)
async def test_an_answer_that_is_no_mapper_is_refused_and_not_kept(sources, shelf, status, body, said):
    shelf.status, shelf.body = status, body
    assert said in await refusal(sources, shelf.url)

    shelf.status, shelf.body = 200, MAPPER.encode()
    assert await sources.load(shelf.url) == MAPPER


async def test_a_server_that_never_was_there_is_told_as_such(sources, shelf):
    shelf.gate.set()
    assert "can't be reached" in await refusal(sources, "http://127.0.0.1:9/private/mapper.jsonnet?key=hunter2")


async def test_a_mapper_url_that_leads_into_the_private_network_is_not_followed(make, shelf):
    assert "may not be called from here" in await refusal(make(AddressPolicy()), shelf.url)
    metadata = "http://169.254.169.254/private/credentials"
    assert "may not be called from here" in await refusal(make(AddressPolicy(allow_private=True)), metadata)
    assert shelf.asked == 0
