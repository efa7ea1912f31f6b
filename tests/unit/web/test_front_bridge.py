"""Everything else goes over the bridge: streams both ways, disconnects, limits, and a real litestar app."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar, Request, get, post
from litestar.response import ServerSentEvent
from running_front import DEADLINE_SECONDS, a_front, dial, head, running

from headwater.web.clients import proxies
from headwater.web.front import Limits
from headwater.web.lifespan import Lifespan

CHUNKED = "Transfer-Encoding: chunked"

GONE = {"type": "http.disconnect"}


async def until(event: asyncio.Event) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        await event.wait()


async def answer(send, status: int = 200, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def test_the_scope_says_what_was_asked():
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        await answer(send)

    async with running(a_front(app=app, app_state={"a": 1})) as port, httpx.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{port}/a%20b/c;d?q=%20&r", headers=[("X-A", "1"), ("X-A", "2")])

    [scope] = scopes
    assert ("http", "GET", "http", "1.1") == tuple(scope[key] for key in ("type", "method", "scheme", "http_version"))
    assert ("/a b/c;d", b"/a%20b/c;d", b"q=%20&r") == (scope["path"], scope["raw_path"], scope["query_string"])
    assert [(b"x-a", b"1"), (b"x-a", b"2")] == [pair for pair in scope["headers"] if pair[0] == b"x-a"]
    assert ("127.0.0.1", {"a": 1}, ("127.0.0.1", port)) == (scope["client"][0], scope["state"], scope["server"])
    assert scope["client"][1] > 0


@pytest.mark.parametrize(
    ("host", "status"), [("Host: localhost", b"204"), ("Host: 127.0.0.1", b"400"), ("A: b", b"400")]
)
async def test_a_line_and_a_host_header_that_disagree_are_answered_by_nobody(host, status):
    async with running(a_front()) as port, dial(port) as line:
        await line.say(f"GET http://localhost/x HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n".encode())

        assert status == (await line.rest()).split()[1]


async def test_a_trusted_proxy_says_who_asks_and_over_what():
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)
        await answer(send)

    for trusted in (["127.0.0.1"], []):
        front = a_front(app=app, trusted_proxies=proxies(trusted))
        async with running(front) as port, httpx.AsyncClient() as client:
            for proto in ("https", "gopher"):
                headers = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": proto}
                await client.get(f"http://127.0.0.1:{port}/", headers=headers)

    assert [
        ("198.51.100.7", "https"),
        ("198.51.100.7", "http"),
        ("127.0.0.1", "http"),
        ("127.0.0.1", "http"),
    ] == [(scope["client"][0], scope["scheme"]) for scope in scopes]
    assert b"x-forwarded-proto" not in dict(scopes[-1]["headers"])


async def test_a_body_streams_in_piece_by_piece():
    pieces: list[bytes] = []
    first = asyncio.Event()

    async def app(scope, receive, send):
        while (message := await receive())["more_body"]:
            pieces.append(message["body"])
            first.set()
        await answer(send, body=b"|".join(pieces))

    async with running(a_front(app=app)) as port, dial(port) as line:
        await line.say(head("POST", "/up", CHUNKED, "Connection: close") + b"3\r\nabc\r\n")
        await until(first)
        await line.say(b"3\r\ndef\r\n0\r\n\r\n")

        assert (await line.rest()).endswith(b"abc|def")


async def test_an_answer_streams_out_piece_by_piece():
    go_on = asyncio.Event()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1")]})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"second"})

    async with running(a_front(app=app)) as port, dial(port) as line:
        await line.say(head("GET", "/down", "Connection: close"))
        assert b"x-a: 1" in await line.until(b"first")
        go_on.set()

        assert b"second" in await line.rest()


async def test_an_app_that_waits_learns_that_its_client_is_gone():
    waits, messages = asyncio.Event(), []
    done = asyncio.Event()

    async def app(scope, receive, send):
        messages.append(await receive())
        waits.set()
        messages.append(await receive())
        await answer(send)  # into the void, without complaint
        done.set()

    async with running(a_front(app=app)) as port, dial(port) as line:
        await line.say(head("GET", "/wait"))
        await until(waits)
        line.hang_up()
        await until(done)

    assert ["http.request", "http.disconnect"] == [message["type"] for message in messages]


async def test_a_client_that_goes_in_the_middle_of_its_body_is_a_disconnect():
    messages, done, reading = [], asyncio.Event(), asyncio.Event()

    async def app(scope, receive, send):
        messages.append(await receive())
        reading.set()
        messages.append(await receive())
        done.set()

    for framing in ("Content-Length: 500000", CHUNKED):
        messages.clear(), done.clear(), reading.clear()
        async with running(a_front(app=app)) as port, dial(port) as line:
            await line.say(head("POST", "/up", framing) + b"3\r\nabc\r\n")
            await until(reading)
            line.hang_up()
            await until(done)
        assert ["http.request", "http.disconnect"] == [message["type"] for message in messages]


async def test_a_small_body_comes_as_one_and_a_client_that_goes_before_its_end_is_a_disconnect():
    messages, done = [], asyncio.Event()

    async def app(scope, receive, send):
        messages.append(await receive())
        done.set()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with running(a_front(app=app)) as port:
        for rest, expected in ((b"def", {"type": "http.request", "body": b"abcdef", "more_body": False}), (b"", GONE)):
            messages.clear(), done.clear()
            async with dial(port) as line:
                await line.say(head("POST", "/up", "Content-Length: 6") + b"abc")
                await line.say(rest)
                if not rest:
                    line.hang_up()
                await until(done)
            assert [expected] == messages


async def test_sending_to_a_client_that_is_gone_ends_in_a_disconnect_not_in_an_error():
    done, reached = asyncio.Event(), asyncio.Event()

    async def app(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        listener = asyncio.create_task(receive())
        while not listener.done():
            await send({"type": "http.response.body", "body": b"x" * 1000, "more_body": True})
            reached.set()
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"late"})
        done.set()

    async with running(a_front(app=app)) as port, dial(port) as line:
        await line.say(head("GET", "/down"))
        await until(reached)
        line.hang_up()
        await until(done)


async def test_after_its_answer_an_app_is_told_that_it_is_over():
    types, done = [], asyncio.Event()

    async def app(scope, receive, send):
        await receive()
        await answer(send)
        types.append((await receive())["type"])
        done.set()

    async with running(a_front(app=app)) as port, dial(port) as line:
        await line.say(head("GET", "/"))  # the connection stays open
        await until(done)

    assert ["http.disconnect"] == types


async def reads_everything(scope, receive, send):
    size = 0
    while (message := await receive())["type"] == "http.request" and message["more_body"]:
        size += len(message["body"])
    await answer(send, body=b"read %d" % size)


async def test_a_declared_length_over_the_cap_is_413_before_the_app_is_asked():
    asked = []

    async def app(scope, receive, send):
        asked.append(scope["path"])

    async with running(a_front(app=app, limits=Limits(max_app_bytes=10))) as port, httpx.AsyncClient() as client:
        refused = await client.post(f"http://127.0.0.1:{port}/up", content=b"x" * 11)

    assert (413, "body_too_large", []) == (refused.status_code, refused.json()["code"], asked)
    assert "body_too_large" == refused.json()["error"]["id"]


async def test_a_chunked_body_over_the_cap_is_413():
    async with running(a_front(app=reads_everything, limits=Limits(max_app_bytes=10))) as port, dial(port) as line:
        await line.say(head("POST", "/up", CHUNKED) + b"6\r\nabcdef\r\n" * 2 + b"0\r\n\r\n")

        assert (await line.rest()).startswith(b"HTTP/1.1 413 ")


async def test_a_chunked_body_that_breaks_is_400():
    async with running(a_front(app=reads_everything)) as port, dial(port) as line:
        await line.say(head("POST", "/up", CHUNKED) + b"3\r\nabc\r\nzz\r\n")

        assert (await line.rest()).startswith(b"HTTP/1.1 400 ")


async def test_a_body_for_the_app_that_drips_is_408():
    async with running(a_front(app=reads_everything, limits=Limits(app_seconds=0.1))) as port, dial(port) as line:
        await line.say(head("POST", "/up", "Content-Length: 500") + b"abc")

        assert (await line.rest()).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(("size", "linger_seconds"), [(10, 2 * DEADLINE_SECONDS), (1_000_000, 0.5)])
async def test_a_refusal_arrives_though_the_app_never_read_the_body(size, linger_seconds):
    async def app(scope, receive, send):
        await answer(send, 401)

    front = a_front(app=app, limits=Limits(linger_seconds=linger_seconds))
    async with running(front) as port, httpx.AsyncClient() as client:
        answers = [await client.post(f"http://127.0.0.1:{port}/up", content=b"x" * size) for _ in range(20)]

    assert {401} == {each.status_code for each in answers}


async def test_connections_close_after_a_refusal_though_the_app_runs_in_circles():
    kept = []

    async def app(scope, receive, send):
        kept.append((receive, send))  # what a reference cycle does until the garbage collector comes
        while (await receive())["type"] == "http.request":
            pass

    front = a_front(app=app, limits=Limits(app_seconds=0.1))
    async with running(front) as port, contextlib.AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(dial(port)) for _ in range(20)]
        for line in lines:
            await line.say(head("POST", "/up", CHUNKED) + b"1\r\nx\r\n")
        answers = await asyncio.gather(*(line.rest() for line in lines))

    assert {b"HTTP/1.1 408"} == {each[:12] for each in answers}


async def test_an_app_that_breaks_is_a_500_and_the_server_goes_on():
    async def app(scope, receive, send):
        if scope["path"] == "/break":
            raise ZeroDivisionError
        await answer(send)

    async with running(a_front(app=app)) as port, httpx.AsyncClient() as client:
        assert 500 == (await client.get(f"http://127.0.0.1:{port}/break")).status_code
        assert 200 == (await client.get(f"http://127.0.0.1:{port}/")).status_code


async def test_a_stream_that_never_ends_does_not_keep_the_server_from_stopping():
    ended = asyncio.Event()

    async def app(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"open", "more_body": True})
        await receive()
        ended.set()

    async with contextlib.AsyncExitStack() as open_lines:
        async with running(a_front(app=app)) as port:
            line = await open_lines.enter_async_context(dial(port))
            await line.say(head("GET", "/down"))
            await line.until(b"open")
        assert ended.is_set()  # the server is down, and the client still on the line


@contextlib.asynccontextmanager
async def litestar_app(events: list[str]) -> AsyncIterator[tuple[Litestar, Lifespan]]:
    gate = asyncio.Event()

    @get("/hello")
    async def hello(request: Request) -> dict[str, str]:
        return {"from": request.client.host, "state": request.scope["state"].get("left", "nothing")}

    @post("/size")
    async def size(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @post("/open")
    async def open_gate() -> None:
        gate.set()

    @get("/events")
    async def stream() -> ServerSentEvent:
        async def numbers() -> AsyncIterator[str]:
            try:
                yield "one"
                await gate.wait()
                yield "two"
                await asyncio.Event().wait()
            finally:
                events.append("stream ended")

        return ServerSentEvent(numbers())

    @contextlib.asynccontextmanager
    async def span(_app: Litestar) -> AsyncIterator[None]:
        events.append("started")
        yield
        events.append("stopped")

    app = Litestar([hello, size, open_gate, stream], lifespan=[span], openapi_config=None)
    lifespan = Lifespan(app)
    await lifespan.startup()
    yield app, lifespan
    await lifespan.shutdown()


async def test_a_litestar_app_lives_behind_the_bridge():
    events: list[str] = []
    async with litestar_app(events) as (app, lifespan):
        lifespan.state["left"] = "by the lifespan"
        async with running(a_front(app=app, app_state=lifespan.state)) as port, httpx.AsyncClient() as client:
            at = f"http://127.0.0.1:{port}"
            hello = await client.get(f"{at}/hello")
            sizes = await asyncio.gather(*(client.post(f"{at}/size", content=b"x" * n) for n in (0, 1, 300_000)))
            missing = await client.get(f"{at}/nowhere")
            wrong = await client.delete(f"{at}/hello")
        assert ["started"] == events

    assert {"from": "127.0.0.1", "state": "by the lifespan"} == hello.json()
    assert [0, 1, 300_000] == [answer.json()["size"] for answer in sizes]
    assert (404, 405) == (missing.status_code, wrong.status_code)
    assert ["started", "stopped"] == events


async def test_server_sent_events_come_one_by_one_and_end_with_the_client():
    events: list[str] = []
    async with litestar_app(events) as (app, _), running(a_front(app=app)) as port, dial(port) as line:
        await line.say(head("GET", "/events"))
        assert b"text/event-stream" in await line.until(b"data: one\r\n")
        async with httpx.AsyncClient() as client:
            await client.post(f"http://127.0.0.1:{port}/open")
        await line.until(b"data: two\r\n")
        line.hang_up()
        async with asyncio.timeout(DEADLINE_SECONDS):
            while "stream ended" not in events:  # noqa: ASYNC110 - a list tells more than an event
                await asyncio.sleep(0.005)


async def test_server_sent_events_end_when_the_server_stops():
    events: list[str] = []
    async with litestar_app(events) as (app, _), contextlib.AsyncExitStack() as open_lines:
        async with running(a_front(app=app)) as port:
            line = await open_lines.enter_async_context(dial(port))
            await line.say(head("GET", "/events"))
            await line.until(b"data: one\r\n")
        assert ["started", "stream ended"] == events


async def test_a_stream_that_begins_while_the_server_stops_ends_at_once():
    async def app(scope, receive, send):
        await receive()
        await answer(send, body=(await receive())["type"].encode())

    front = a_front(app=app)
    async with running(front) as port, httpx.AsyncClient() as client:
        front.close_streams()

        assert "http.disconnect" == (await client.get(f"http://127.0.0.1:{port}/")).text


@pytest.mark.parametrize("path", ["/hello", "/nowhere"])
async def test_a_head_request_to_the_app_has_no_body(path):
    async with litestar_app([]) as (app, _), running(a_front(app=app)) as port, dial(port) as line:
        await line.say(head("HEAD", path, "Connection: close"))

        assert (await line.rest()).endswith(b"\r\n\r\n")
