"""Where Jsonnet comes from: hooks, mail and claims mappers have one way to it, and mallory is at each end."""

import asyncio
import base64
import os
from datetime import UTC, datetime

import pytest
from aiohttp import web

from headwater.core.clock import ManualClock
from headwater.mapping.source_errors import SourceError
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.net.address_rules import AddressRules
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound

HOUR_SECONDS = 3600
DAY_SECONDS = 24 * HOUR_SECONDS
JSONNET = "{ identity: { traits: {} } }"
NAME = "body"


class Shelf:
    """A server with the operator's Jsonnet."""

    def __init__(self):
        self.body = JSONNET.encode()
        self.status = 200
        self.asked = 0
        self.waiting = asyncio.Event()
        self.url = ""
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, request):
        if request.path == "/redirect":
            raise web.HTTPFound("/private/hook.jsonnet?key=hunter2")
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
    shelf.url = f"http://127.0.0.1:{runner.addresses[0][1]}/private/hook.jsonnet?key=hunter2"
    yield shelf
    shelf.gate.set()
    await runner.cleanup()


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 24, tzinfo=UTC))


@pytest.fixture
async def make(clock):
    made = []

    def build(policy=None, folder=None):
        made.append(Outbound(policy or AddressPolicy(allow_private=True)))
        return Sources(sender=made[-1], clock=clock, files=TemplateFiles(folder))

    yield build
    for sender in made:
        await sender.close()


@pytest.fixture
def sources(make):
    return make()


async def load(sources, url, **options):
    return (await sources.load(url, name=NAME, **options)).text


async def refusal(sources, url, **options):
    with pytest.raises(SourceError) as caught:
        await load(sources, url, **options)
    message = caught.value.message
    assert "hunter2" not in message
    assert "/private" not in message
    return message


async def test_embedded_jsonnet_is_decoded_and_nobody_is_asked(sources, shelf):
    wrapped = base64.encodebytes(JSONNET.encode()).decode()  # in lines of 76, as GNU base64 writes it
    assert await load(sources, f"base64://{wrapped}") == JSONNET
    assert shelf.asked == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("file:///etc/passwd", "--template-files DIR", id="a file of this machine"),
        pytest.param("FILE:///etc/passwd", "must begin with base64://", id="a file, shouted"),
        pytest.param("/etc/passwd", "--template-files DIR", id="a path"),
        pytest.param("function(ctx) {}", "base64 -w0", id="the Jsonnet itself"),
        pytest.param("ftp://127.0.0.1/mapper", "must begin with base64://", id="another protocol"),
        pytest.param("", "must begin with base64://", id="nothing"),
        pytest.param("base64://***", "is not base64", id="no base64"),
        pytest.param("base64://e30", "padding is missing", id="no padding"),
        pytest.param("base64://gICA", "not UTF-8", id="no text"),
        pytest.param("base64://", "is empty", id="empty"),
    ],
)
async def test_what_is_no_jsonnet_is_refused_and_no_file_is_read(sources, url, said):
    assert said in await refusal(sources, url)


async def test_what_was_fetched_is_kept_for_an_hour(sources, shelf, clock):
    assert await load(sources, shelf.url) == JSONNET
    shelf.body = b"{ newer: 1 }"
    clock.advance(HOUR_SECONDS - 1)
    assert await load(sources, shelf.url) == JSONNET
    assert shelf.asked == 1

    clock.advance(2)
    assert await load(sources, shelf.url) == "{ newer: 1 }"
    assert shelf.asked == 2


async def test_an_old_copy_serves_for_days_while_its_server_is_down(sources, shelf, clock):
    await load(sources, shelf.url)
    shelf.status = 503
    clock.advance(3 * DAY_SECONDS)
    assert await load(sources, shelf.url) == JSONNET

    shelf.status, shelf.body = 200, b"{ newer: 1 }"
    clock.advance(HOUR_SECONDS)
    assert await load(sources, shelf.url) == "{ newer: 1 }"


async def test_a_server_that_is_down_is_not_asked_by_every_sign_in(sources, shelf, clock):
    await load(sources, shelf.url)
    shelf.status = 503
    clock.advance(DAY_SECONDS)
    for _ in range(20):
        await load(sources, shelf.url)
    assert shelf.asked == 2


async def test_a_crowd_at_once_asks_once(sources, shelf):
    shelf.gate.clear()
    crowd = [asyncio.create_task(load(sources, shelf.url)) for _ in range(50)]
    async with asyncio.timeout(5):
        await shelf.waiting.wait()
        shelf.gate.set()
        assert await asyncio.gather(*crowd) == [JSONNET] * 50
    assert shelf.asked == 1


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        pytest.param(404, b"not here", "status 404", id="missing"),
        pytest.param(201, JSONNET.encode(), "status 201", id="another status"),
        pytest.param(200, b"\xff\xfe", "not UTF-8", id="no text"),
        pytest.param(200, b" \n", "is empty", id="empty"),
        pytest.param(200, b"x" * (256 * 1024 + 1), "larger than 256 KiB", id="too large"),
    ],
)
async def test_an_answer_that_is_no_jsonnet_is_refused_and_not_kept(sources, shelf, status, body, said):
    shelf.status, shelf.body = status, body
    assert said in await refusal(sources, shelf.url)

    shelf.status, shelf.body = 200, JSONNET.encode()
    assert await load(sources, shelf.url) == JSONNET


async def test_a_server_that_never_was_there_is_told_as_such(sources, shelf):
    shelf.gate.set()
    assert "can't be reached" in await refusal(sources, "http://127.0.0.1:9/private/hook.jsonnet?key=hunter2")


async def test_an_address_that_leads_into_the_private_network_is_not_followed(make, shelf):
    assert "may not be called from here" in await refusal(make(AddressPolicy()), shelf.url)
    metadata = "http://169.254.169.254/private/credentials"
    assert "may not be called from here" in await refusal(make(AddressPolicy(allow_private=True)), metadata)
    assert shelf.asked == 0


async def test_nobody_is_sent_looking_for_a_setting_that_allows_a_metadata_service(make):
    for policy in (AddressPolicy(), AddressPolicy(allow_private=True)):
        refused = await refusal(make(policy), "http://169.254.169.254/x")

        assert "a link-local one, as of a cloud's metadata service, is never called" in refused
        assert "a private one can be allowed with clients.http.private_ip_exception_urls" in refused


async def test_what_one_was_allowed_to_fetch_is_no_answer_to_a_project_that_refuses_the_place(sources, shelf):
    assert await load(sources, shelf.url) == JSONNET

    assert "may not be called from here" in await refusal(sources, shelf.url, rules=AddressRules(refuses_private=True))
    rules = AddressRules(refuses_private=True, exceptions=(f"{shelf.url.partition('?')[0]}",))
    assert await load(sources, shelf.url, rules=rules) == JSONNET


async def test_what_is_kept_weighs_sixteen_megabytes_at_most(sources, shelf):
    shelf.body = b"/*" + b"x" * 250_000 + b"*/ {}"
    for number in range(70):
        await load(sources, f"{shelf.url}&number={number}")
    assert shelf.asked == 70

    await load(sources, f"{shelf.url}&number=69")
    assert shelf.asked == 70
    await load(sources, f"{shelf.url}&number=0")
    assert shelf.asked == 71


async def test_a_redirect_of_the_server_is_followed_but_not_into_the_private_network(make, shelf):
    rules = AddressRules(refuses_private=True, exceptions=("http://127.0.0.1:*/redirect",))
    start = shelf.url.partition("/private")[0] + "/redirect?key=hunter2"

    assert await load(make(), start) == JSONNET
    assert "may not be called from here" in await refusal(make(), start, rules=rules)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "hook.jsonnet").write_text(JSONNET)
    (tmp_path / "diary.txt").write_text("hunter2")
    return folder


@pytest.mark.parametrize(
    "address",
    [
        "file://{folder}/hook.jsonnet",
        "file://localhost{folder}/hook.jsonnet",
        "file://hook.jsonnet",
        "file://./hook.jsonnet",
        "file://h%6Fok.jsonnet",
        "{folder}/hook.jsonnet",
        "hook.jsonnet",
        "./down/../hook.jsonnet",
    ],
)
async def test_a_file_below_the_folder_is_read_each_time(make, folder, address):
    sources, address = make(folder=folder), address.format(folder=folder)
    assert await load(sources, address) == JSONNET

    (folder / "hook.jsonnet").write_text("{ newer: 1 }")
    assert await load(sources, address) == "{ newer: 1 }"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "file://{folder}/../diary.txt",
        "file://../diary.txt",
        "file://%2e%2e/diary.txt",
        "../diary.txt",
        "file://link.jsonnet",
        "file://linked/diary.txt",
        "file://{folder}-more/hook.jsonnet",
        "file:///proc/self/environ",
        "file://absent.jsonnet",
        "file://.",
        "file://",
        "file://%00",
        "file://circle.jsonnet",
        "file://{long}",
    ],
)
async def test_nothing_but_files_below_the_folder_is_read_nor_told_of(make, folder, address):
    (folder / "link.jsonnet").symlink_to(folder.parent / "diary.txt")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "circle.jsonnet").symlink_to(folder / "circle.jsonnet")
    beside = folder.parent / "templates-more"
    beside.mkdir()
    (beside / "hook.jsonnet").write_text("hunter2")

    said = await refusal(make(folder=folder), address.format(folder=folder, long="x" * 5000))

    assert said == "is no file below the folder that the server was given with --template-files"


async def test_a_pipe_or_a_device_in_the_folder_hangs_nobody(make, folder):
    os.mkfifo(folder / "pipe.jsonnet")

    async with asyncio.timeout(5):
        assert "is no file" in await refusal(make(folder=folder), "file://pipe.jsonnet")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"x" * (256 * 1024 + 1), "larger than 256 KiB"), (b"\xff", "not UTF-8"), (b" \n", "is empty")],
)
async def test_a_file_that_is_no_jsonnet_is_refused(make, folder, content, said):
    (folder / "hook.jsonnet").write_bytes(content)

    assert said in await refusal(make(folder=folder), "file://hook.jsonnet")
