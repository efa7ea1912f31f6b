"""`headwater proxy`: a real app, a real server and a real proxy process, seen by a browser as one origin."""

import asyncio
import gzip
import json
import signal
import socket
import subprocess
import threading
from contextlib import closing, contextmanager

import aiohttp
import httpx
import pytest
from aiohttp import web

from acceptance.conftest import HEADWATER, WAIT_SECONDS, Headwater, clean_environment


class LittleApp:
    """A developer's app on a port of its own, in a thread: echoes, streams, and speaks WebSocket."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self.go_on = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        self.url = f"http://127.0.0.1:{self.port}"

    async def _start(self) -> int:
        server = web.Server(self._answer, access_log=None, auto_decompress=False)
        self._runner = web.ServerRunner(server, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self._runner.addresses[0][1]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        special = {
            "/hmr": self._hmr,
            "/slow": self._slow,
            "/broken": self._broken,
            "/gzip": self._gzip,
            "/cookies": self._cookies,
            "/away": self._away,
            "/first-piece": self._first_piece,
        }.get(request.path)
        if special is not None:
            return await special(request)
        seen = {
            "method": request.method,
            "target": request.raw_path,
            "headers": [[name.lower(), value] for name, value in request.headers.items()],
            "body": (await request.read()).hex(),
        }
        return web.json_response(seen, headers={"X-App": "1", "Connection": "keep-alive, X-Hop", "X-Hop": "1"})

    async def _hmr(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("origin") == "https://mallory.net":
            return web.Response(status=403)
        line = web.WebSocketResponse(protocols=("vite-hmr",))
        await line.prepare(request)
        await line.send_str(json.dumps({"origin": request.headers.get("origin"), "host": request.headers["host"]}))
        async for message in line:
            if message.data == "bye":
                await line.close(code=4001)
            elif message.type is aiohttp.WSMsgType.TEXT:
                await line.send_str(f"echo {message.data}")
            else:
                await line.send_bytes(message.data[::-1])
        return line

    async def _slow(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: first\n\n")
        await asyncio.get_running_loop().run_in_executor(None, self.go_on.wait, WAIT_SECONDS)
        await response.write(b"data: second\n\n")
        return response

    async def _broken(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"only this")
        request.transport.abort()
        return response

    async def _gzip(self, _request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=gzip.compress(b"squeezed"), headers={"Content-Encoding": "gzip"})

    async def _cookies(self, _request: web.BaseRequest) -> web.StreamResponse:
        response = web.Response()
        response.headers.add("Set-Cookie", "cart=7; Domain=shop.example; Path=/")
        response.headers.add("Set-Cookie", "theme=dark; Path=/")
        return response

    async def _away(self, request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": request.query["to"]})

    async def _first_piece(self, request: web.BaseRequest) -> web.StreamResponse:
        piece = await request.content.readany()
        return web.Response(body=piece)

    async def _end(self) -> None:
        await self._runner.cleanup()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def proxy(app_url: str, *flags: str):
    """A proxy process; gives its origin."""
    process = subprocess.Popen(
        [*HEADWATER, "proxy", app_url, "--port", "0", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    try:
        first = process.stdout.readline()
        if "ready at" not in first:
            pytest.fail(process.stderr.read())
        yield first.split()[-1]
    finally:
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=15)
    assert 0 == process.returncode, told
    assert "Traceback" not in told


def nobodys_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def app():
    with closing(LittleApp()) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with closing(Headwater(tmp_path_factory.mktemp("proxied") / "data")) as installation:
        installation.start()
        yield installation


@pytest.fixture(scope="module")
def origin(app, server):
    with proxy(app.url, "--data", str(server.data)) as origin:
        yield origin


def seen_by_app(answer: httpx.Response) -> dict:
    return {**answer.json(), "headers": dict(answer.json()["headers"])}


@pytest.mark.parametrize("prefix", ["", "/.ory"])
def test_ada_signs_up_on_the_proxys_origin_and_is_known_there(origin, server, prefix):
    flow = httpx.get(f"{origin}{prefix}/self-service/registration/api").json()
    body = {
        "method": "password",
        "password": "correct horse battery",
        "traits": {"email": f"ada{len(prefix)}@example.com"},
    }

    assert flow["ui"]["action"].startswith(f"{origin}{prefix}/self-service/registration?flow=")
    assert server.url not in json.dumps(flow)
    signed_up = httpx.post(flow["ui"]["action"], json=body, timeout=30)
    assert 200 == signed_up.status_code, signed_up.text
    token = signed_up.json()["session_token"]
    whoami = httpx.get(f"{origin}{prefix}/sessions/whoami", headers={"X-Session-Token": token})
    assert (200, body["traits"]) == (whoami.status_code, whoami.json()["identity"]["traits"])


def test_a_browsers_flow_lives_on_the_proxys_origin_and_may_return_to_the_app(origin):
    with httpx.Client(headers={"Accept": "application/json"}) as browser:
        answer = browser.get(f"{origin}/self-service/registration/browser", params={"return_to": f"{origin}/welcome"})
        flow = answer.json()

        assert 200 == answer.status_code
        assert f"{origin}/welcome" == flow["return_to"]
        assert flow["ui"]["action"].startswith(f"{origin}/self-service/registration?flow=")
        assert [] == [one for one in answer.headers.get_list("set-cookie") if "domain" in one.lower()]
        csrf = next(node for node in flow["ui"]["nodes"] if node["attributes"].get("name") == "csrf_token")
        body = {
            "method": "password",
            "password": "correct horse battery",
            "traits": {"email": "grace@example.com"},
            "csrf_token": csrf["attributes"]["value"],
        }
        assert 200 == browser.post(flow["ui"]["action"], json=body, timeout=30).status_code
        assert "grace@example.com" == browser.get(f"{origin}/sessions/whoami").json()["identity"]["traits"]["email"]


def test_mallory_may_not_be_returned_to_through_the_proxy_either(origin):
    answer = httpx.get(
        f"{origin}/self-service/registration/browser",
        params={"return_to": "https://mallory.net/"},
        headers={"Accept": "application/json"},
    )

    assert 400 == answer.status_code


def test_everything_else_reaches_the_app_as_it_was_sent(origin):
    sent = bytes(range(256))
    target = "/a%2Fb/c;d/%2e%2e?q=%20&r=1&r=2"

    answer = httpx.put(origin + target, content=sent, headers={"X-Own": "1", "Cookie": "a=1", "TE": "trailers"})
    seen = seen_by_app(answer)

    assert ("PUT", target, sent.hex()) == (seen["method"], seen["target"], seen["body"])
    assert ("1", "a=1") == (seen["headers"]["x-own"], seen["headers"]["cookie"])
    assert origin.removeprefix("http://") == seen["headers"]["host"]
    assert "te" not in seen["headers"]
    assert ("1", None) == (answer.headers["x-app"], answer.headers.get("x-hop"))


def test_nobody_can_say_by_header_who_they_are(origin):
    told = {
        "X-Forwarded-For": "10.9.9.9",
        "X-Forwarded-Host": "mallory.net",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=10.9.9.9",
        "X-Real-IP": "10.9.9.9",
    }

    seen = seen_by_app(httpx.get(f"{origin}/x", headers=told))["headers"]

    assert ("127.0.0.1", origin.removeprefix("http://"), "http") == tuple(
        seen[f"x-forwarded-{what}"] for what in ("for", "host", "proto")
    )
    assert "mallory.net" not in json.dumps(seen)
    assert "10.9.9.9" not in json.dumps(seen)


def test_an_answer_streams_through_before_it_is_whole(origin, app):
    app.go_on.clear()
    with httpx.stream("GET", f"{origin}/slow", timeout=WAIT_SECONDS) as answer:
        pieces = answer.iter_raw()
        assert b"data: first\n\n" == next(pieces)
        app.go_on.set()
        assert b"data: second\n\n" == b"".join(pieces)


def test_a_body_streams_through_before_it_is_whole(origin):
    host, port = origin.removeprefix("http://").split(":")
    head = f"POST /first-piece HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=WAIT_SECONDS) as line:
        line.sendall(head.encode() + b"5\r\nfirst\r\n")  # and never the rest
        answer = b""
        while b"first" not in answer:
            piece = line.recv(65536)
            assert piece, answer
            answer += piece

    assert answer.startswith(b"HTTP/1.1 200")


def test_what_is_compressed_stays_as_it_is_both_ways(origin):
    squeezed = gzip.compress(b"squeezed")

    sent = httpx.post(f"{origin}/x", content=squeezed, headers={"Content-Encoding": "gzip"})

    assert squeezed.hex() == sent.json()["body"]
    assert "squeezed" == httpx.get(f"{origin}/gzip").text


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(origin):
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{origin}/broken")


def test_the_apps_cookies_lose_their_domain_and_nothing_else(origin):
    answer = httpx.get(f"{origin}/cookies")

    assert ["cart=7; Path=/", "theme=dark; Path=/"] == answer.headers.get_list("set-cookie")


def test_redirects_into_either_server_stay_on_the_proxy_and_others_are_left_alone(origin, app, server):
    for to, expected in (
        (f"{app.url}/login?x=1", f"{origin}/login?x=1"),
        (f"{server.url}/self-service/login/browser", f"{origin}/self-service/login/browser"),
        (f"{server.url}0/x", f"{server.url}0/x"),
        ("https://accounts.example/oauth", "https://accounts.example/oauth"),
        ("/here", "/here"),
    ):
        assert expected == httpx.get(f"{origin}/away", params={"to": to}).headers["location"]


async def test_hot_reloading_passes_both_ways_with_its_protocol_and_its_end(origin):
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{origin}/hmr", protocols=("vite-hmr",), origin=origin) as line,
    ):
        assert {"origin": origin, "host": origin.removeprefix("http://")} == await line.receive_json(timeout=10)
        await line.send_str("update")
        await line.send_bytes(b"abc")
        assert ("echo update", b"cba") == (await line.receive_str(timeout=10), await line.receive_bytes(timeout=10))
        await line.send_str("bye")
        end = await line.receive(timeout=10)

        assert ("vite-hmr", aiohttp.WSMsgType.CLOSE, 4001) == (line.protocol, end.type, end.data)


async def test_a_socket_that_mallorys_page_opens_is_the_apps_to_refuse(origin):
    """The proxy must not hide where the page is from."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{origin}/hmr", origin="https://mallory.net")

    assert 403 == refused.value.status


@pytest.mark.parametrize("path", ["/", "/sessions/whoami"])
def test_dns_rebinding_reaches_neither_of_the_two(origin, path):
    answer = httpx.get(origin + path, headers={"Host": "mallory.net"})

    assert (421, None) == (answer.status_code, answer.headers.get("x-app"))


@pytest.mark.parametrize("path", ["/.ory/admin/identities", "/.ory/api/status", "/.ory/v1/track"])
def test_operator_routes_are_not_behind_the_proxy(origin, path):
    assert "not_proxied" == httpx.get(origin + path).json()["error"]["id"]


def test_the_proxy_cannot_be_used_to_reach_a_third_place(origin, app):
    host, port = origin.removeprefix("http://").split(":")
    for target in (f"{app.url}/x", "mallory.net:443", "@mallory.net/"):
        with socket.create_connection((host, int(port)), timeout=WAIT_SECONDS) as line:
            line.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda line=line: line.recv(65536), b""))

        assert b" 400 " in answer.partition(b"\r\n")[0], answer


@pytest.mark.parametrize(
    ("path", "who", "what_to_do"),
    [("/page", "Your app", "Start it"), ("/ui/login", "Headwater", "headwater serve")],
)
def test_it_says_which_of_the_two_is_not_running(path, who, what_to_do):
    app, server = nobodys_port(), nobodys_port()
    with proxy(f"http://127.0.0.1:{app}", "--url", f"http://127.0.0.1:{server}") as origin:
        page = httpx.get(origin + path, headers={"Accept": "text/html"})
        problem = httpx.get(origin + path, headers={"Accept": "application/json"}).json()["error"]

    port = app if who == "Your app" else server
    assert (502, "text/html; charset=utf-8") == (page.status_code, page.headers["content-type"])
    for word in (who, f"127.0.0.1:{port}", "connection refused", what_to_do):
        assert word in page.text.replace("&#x27;", "'")
        assert word in problem["reason"]
