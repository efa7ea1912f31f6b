"""Mallory at the console: names that would be other routes, headers in names, forms and numbers that break it."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from console_floor import console_on

from headwater.api.app import build
from headwater.console.asking import Api
from headwater.console.assets import Assets
from headwater.console.rendering import Rendering
from headwater.console.routes import PAGES
from headwater.core.clock import ManualClock
from headwater.core.errors import NotFoundError
from headwater.web.access import SECONDS_PER_LOOK, Principal
from headwater.wiring import consoling
from headwater.workspace import keys, operator_sessions

URL = "http://127.0.0.1"
DEADLINE_SECONDS = 30

LONG = "9" * 5_000  # more digits than Python turns into a number


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        await floor.api("POST", "/api/sources", json={"name": "Website"})
        yield floor


@pytest.fixture
async def ada(floor):
    ada = await floor.operator()
    await ada.see("/console/sources/website")
    return ada


@pytest.mark.parametrize("name", ["website?x=y", "website/delete", "..", ".", "a\r\nb", "a b", "", "a#b", "a\\b", "ä"])
async def test_no_name_in_a_path_makes_another_route_of_it(name):
    def app():
        raise AssertionError("It was asked.")

    api = Api(app, host="127.0.0.1", principal=Principal(key_id="ada", role="admin"))
    for asked in (api.get, api.page, api.delete, api.post):
        with pytest.raises(NotFoundError, match="nothing of that name"):
            await asked(f"/api/sources/{name}/{'' if name == 'website/delete' else 'write-keys'}")
    with pytest.raises(NotFoundError):
        api.stream(f"/api/{name}/")


async def test_no_name_typed_by_hand_is_taken_for_another_route_of_the_api(floor, ada):
    """`/console/destinations/metrics` was a page of what the API says of all destinations: a fault of ours."""
    wish = {"kind": "webhook", "sources": ["website"], "settings": {"url": f"{URL}:1/"}}
    made = await floor.api("POST", "/api/destinations", json=wish)
    named = [route.path for route in PAGES if route.method == "GET" and route.path.endswith("}")]
    answers = {}
    for word in ("metrics", "counts", "waiting", "by", "tail", LONG[:25]):
        for path in named:
            asked = re.sub(r"\{[\w:]+\}$", word, path).replace("{destination}", made["id"])
            answers[asked] = (await ada.client.get(f"/console{asked}")).status_code

    assert {404, 400} == set(answers.values())  # 400: Ory's own word for what is no UUID


async def test_a_line_end_in_an_address_becomes_no_header(ada):
    csrf = ada.html.partition('name="csrf" value="')[2][:64]
    form = {"csrf": csrf, "name": "Website"}
    query = await ada.client.post("/console/sources/website%3Fa=%0d%0aSet-Cookie:%20a=b", data=form)
    line = await ada.client.post("/console/destinations/%0d%0aSet-Cookie:a=b/replays/x/cancel", data=form)
    accent = await ada.client.get("/console/sign-in", params={"next": "/console/trace?message_id=中"})

    assert [404, 404, 303] == [query.status_code, line.status_code, accent.status_code]
    assert "/console/trace?message_id=%E4%B8%AD" == accent.headers["location"]
    assert not {"set-cookie"} & {*query.headers, *line.headers}


@pytest.mark.parametrize("there", ["/console/../ui/login", "/console/%2e%2e/ui/login", "/console/.%2E/x"])
async def test_mallory_sends_nobody_up_and_out_after_the_sign_in(ada, there):
    answer = await ada.client.get("/console/sign-in", params={"next": there})

    assert "/console" == answer.headers["location"]


@pytest.mark.parametrize("origin", ["http://[", "null", "mallory", "http://127.0.0.1:4433@mallory.test"])
async def test_an_origin_that_is_none_of_ours_is_refused_however_it_is_written(floor, origin):
    _, token = await floor.key()
    answer = await floor.visitor(origin=origin).client.post("/console/sign-in", data={"key": token})

    assert 403 == answer.status_code
    assert "set-cookie" not in answer.headers


async def test_a_form_of_very_many_fields_is_refused_before_it_is_taken_apart(floor, ada):
    _, token = await floor.key()
    many = await floor.visitor().client.post("/console/sign-in", content="&".join(["a="] * 5_000) + f"&key={token}")
    await ada.send("/console/sources/website", name="Taken", **{f"f{number}": "" for number in range(1_000)})

    assert [400, 400] == [many.status_code, ada.status]
    assert "more than 1,000 fields" in ada.words
    assert "Website" == (await floor.api("GET", "/api/sources/website"))["name"]


async def test_numbers_of_thousands_of_digits_are_refused_in_words(ada):
    await ada.send("/console/sources/website", name="Website", rate_limit=LONG)
    limit = ada.status
    await ada.see(f"/console/actions/one?path=/selfservice/flows/registration/after/hooks/{LONG}")
    hook = ada.status
    await ada.see("/console/sources/website")
    await ada.send("/console/destinations/actions/dead-letters/discard", id=LONG, status=LONG)

    assert [400, 404, 400] == [limit, hook, ada.status]


async def test_json_of_a_hundred_thousand_brackets_is_refused_at_its_field(ada):
    deep = "[" * 100_000
    await ada.see("/console/identities/new")
    words = await ada.send("/console/identities", metadata_public=deep, **{"traits.email": "ada@example.com"})

    assert 400 == ada.status
    assert "This is no JSON" in words


def test_an_event_too_deep_for_a_page_breaks_no_page():
    deep = []
    for _ in range(5_000):
        deep = [deep]
    pretty = Rendering(Assets({}))._environment.filters["pretty"]

    assert "nested too deeply" in pretty(deep)


class Following:
    """The debugger's stream, at a console whose time the test turns on."""

    def __init__(self, floor, cookie):
        self.clock = ManualClock(datetime.now(UTC))
        self.has_begun, self._is_over = asyncio.Event(), asyncio.Event()
        self.pieces = []
        rooms = floor.rooms
        router = consoling.router(
            database=rooms.database, clock=self.clock, authenticate=None, app=lambda: rooms.door, home=URL
        )
        self._app = build([router], authenticate=None, expose_admin=False)
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": "/console/debugger/feed",
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1"), (b"cookie", f"headwater_console={cookie}".encode())],
            "client": ("127.0.0.1", 1),
        }

    async def run(self):
        await self._app(self._scope, self._receive, self._send)

    async def _receive(self):
        await self._is_over.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.pieces.append(message.get("body", b""))
        if self.pieces[-1]:
            self.has_begun.set()
        elif message["type"] == "http.response.body":
            self._is_over.set()


@pytest.mark.parametrize("how", ["signed out", "key revoked"])
async def test_a_feed_ends_with_the_sign_in(floor, how):
    rooms = floor.rooms
    source = await floor.api("GET", "/api/sources/website")
    key, _ = await floor.key("viewer")
    token = await rooms.database.write(
        lambda connection: operator_sessions.begin(connection, key_id=key.id, clock=rooms.clock)
    )
    rooms.log.on_append(lambda _newest: rooms.tail.wake())
    following = Following(floor, token)
    running = asyncio.create_task(following.run())
    await asyncio.wait_for(following.has_begun.wait(), DEADLINE_SECONDS)
    if how == "signed out":
        await rooms.database.write(lambda connection: operator_sessions.end(connection, token))
    else:
        await rooms.database.write(lambda connection: keys.revoke(connection, key.id, clock=rooms.clock))
    following.clock.advance(SECONDS_PER_LOOK)
    await floor.event(source["id"], "m1", b'{"event": "Told to nobody"}')
    await asyncio.wait_for(running, DEADLINE_SECONDS)

    assert b"Told to nobody" not in b"".join(following.pieces)
    assert 0 == rooms.tail.followers


async def test_a_feed_that_is_refused_says_so_before_it_begins(ada):
    unknown = await ada.client.get("/console/debugger/feed?source=nowhere")
    wrong = await ada.client.get("/console/debugger/feed?after=x")

    assert [404, 400] == [unknown.status_code, wrong.status_code]
