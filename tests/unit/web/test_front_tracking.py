"""Tracking calls at the front: whole bodies only, in time, within their cap, and every refusal arrives."""

import asyncio
import json

import httpx
import pytest
from running_front import a_front, dial, head, no_app, running

from headwater.web import clients
from headwater.web.call import Call, Reply
from headwater.web.clients import HostRule, proxies
from headwater.web.front import Limits

SMALL = Limits(max_tracking_bytes=1000, tracking_seconds=0.2, linger_seconds=0.2)
CHUNKED = "Transfer-Encoding: chunked"


def records(calls: list[Call], reply: Reply | None = None):
    async def track(call: Call) -> Reply:
        calls.append(call)
        return reply or Reply(status=200, body=b"{}")

    return track


async def test_a_call_arrives_whole():
    calls: list[Call] = []
    async with running(a_front(track=records(calls))) as port, httpx.AsyncClient() as client:
        answer = await client.post(
            f"http://127.0.0.1:{port}/v1/a%20b?q=%20", content=b"body", headers=[("A", "1"), ("a", "2")]
        )

    assert (200, b"{}", "application/json") == (answer.status_code, answer.content, answer.headers["content-type"])
    [call] = calls
    assert ("POST", "/v1/a b", "q=%20", b"body") == (call.method, call.path, call.query, call.body)
    assert ("1, 2", "127.0.0.1") == (call.headers["a"], call.client_ip)


async def test_a_chunked_body_arrives_whole():
    async with running(a_front()) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", CHUNKED, "Connection: close"))
        await line.say(b"3\r\nabc\r\n")
        await line.say(b"4\r\ndefg\r\n0\r\n\r\n")

        assert (await line.rest()).endswith(b"POST /v1/t 7 abcdefg")


@pytest.mark.parametrize("framing", ["Content-Length: 500", CHUNKED])
async def test_a_body_that_drips_gets_its_refusal_and_no_more_time(framing):
    calls: list[Call] = []
    async with running(a_front(track=records(calls), limits=SMALL)) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", framing))

        async def drip():
            while True:
                await line.say(b"1\r\nx\r\n")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        answer = await line.rest()
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.endswith(b"too slow /v1/t")
    assert [] == calls


async def test_a_declared_length_over_the_cap_is_refused_before_the_body_is_sent():
    async with running(a_front(limits=SMALL)) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", "Content-Length: 1001"))

        assert (await line.until(b"oversize /v1/t")).startswith(b"HTTP/1.1 400 ")
        assert b"" == await line.rest()  # and the connection is not left hanging


async def test_a_client_that_writes_megabytes_before_it_listens_still_reads_the_refusal():
    async with running(a_front(limits=Limits(max_tracking_bytes=1000))) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", "Content-Length: 8000000"))
        for _ in range(80):
            await line.say(b"x" * 100_000)

        assert (await line.rest()).endswith(b"oversize /v1/t")


async def test_a_chunked_body_over_the_cap_is_refused_while_it_comes():
    calls: list[Call] = []
    async with running(a_front(track=records(calls), limits=SMALL)) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", CHUNKED))
        for _ in range(11):
            await line.say(b"64\r\n" + b"x" * 100 + b"\r\n")

        assert (await line.until(b"oversize /v1/t")).startswith(b"HTTP/1.1 400 ")
        await line.say(b"0\r\n\r\n")
        assert b"" == await line.rest()
    assert [] == calls


@pytest.mark.parametrize("framing", [f"Content-Length: {1000}", CHUNKED])
async def test_a_body_exactly_at_the_cap_is_fine(framing):
    async with running(a_front(limits=SMALL)) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", framing, "Connection: close"))
        body = b"x" * 1000
        await line.say(body if "Length" in framing else b"3e8\r\n" + body + b"\r\n0\r\n\r\n")

        assert (await line.rest()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("body", [b"3\r\nabc\r\nzz\r\n", b"3\r\nabc\r\nfffffffffffffffff\r\n"])
async def test_a_chunked_body_that_breaks_is_never_taken_for_a_short_one(body):
    calls: list[Call] = []
    async with running(a_front(track=records(calls))) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", CHUNKED) + body)

        assert (await line.rest()).startswith(b"HTTP/1.1 400 ")
    assert [] == calls


async def test_a_body_in_crumbs_is_refused_long_before_its_end():
    calls: list[Call] = []
    async with running(a_front(track=records(calls))) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", CHUNKED) + b"1\r\nx\r\n" * 5_000)

        assert (await line.until(b"oversize /v1/t")).startswith(b"HTTP/1.1 400 ")
    assert [] == calls


async def test_a_body_in_some_thousand_pieces_is_no_crumbs():
    async with running(a_front()) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", CHUNKED, "Connection: close") + b"1\r\nx\r\n" * 4_000 + b"0\r\n\r\n")

        assert b" 4000 xxx" in await line.rest()


async def test_the_refusal_of_a_body_that_breaks_is_worded_by_the_room():
    cut_short = lambda call: Reply(status=400, body=b"cut short " + call.path.encode())  # noqa: E731
    async with running(a_front(cut_short=cut_short)) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", CHUNKED) + b"3\r\nabc\r\nzz\r\n")

        assert (await line.rest()).endswith(b"cut short /v1/t")


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("OPTIONS", 200), ("GET", 204)])
async def test_a_path_may_be_a_call_by_one_method_and_a_page_by_another(method, status):
    front = a_front(is_tracking=lambda path, method: (path, method) in {("/page", "POST"), ("/page", "OPTIONS")})
    async with running(front) as port, httpx.AsyncClient() as client:
        assert status == (await client.request(method, f"http://127.0.0.1:{port}/page")).status_code


@pytest.mark.parametrize("framing", ["Content-Length: 500", CHUNKED])
async def test_a_client_that_hangs_up_in_the_middle_is_never_tracked(framing):
    calls: list[Call] = []
    async with running(a_front(track=records(calls))) as port:
        async with dial(port) as line:
            await line.say(head("POST", "/v1/t", framing))
            await line.say(b"3\r\nabc\r\n")
            line.hang_up()
        async with dial(port) as line:  # one that the server answers after it has dealt with the first
            await line.say(head("POST", "/v1/after", "Content-Length: 0", "Connection: close"))
            await line.rest()

    assert ["/v1/after"] == [call.path for call in calls]


async def test_a_length_shorter_than_the_body_does_not_smuggle_a_tracking_call():
    calls: list[Call] = []
    async with running(a_front(track=records(calls))) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", "Content-Length: 2") + b"{}garbage that is no request\r\n\r\n")
        answer = await line.rest()

    assert [b"{}"] == [call.body for call in calls]
    assert b"HTTP/1.1 400 Bad Request" in answer


@pytest.mark.parametrize(
    "framing", [("Content-Length: 2", "Content-Length: 3"), ("Content-Length: -2",), ("Content-Length: two",)]
)
async def test_a_length_that_makes_no_sense_never_reaches_us(framing):
    calls: list[Call] = []
    async with running(a_front(track=records(calls))) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", *framing) + b"{}x")

        assert (await line.rest()).startswith(b"HTTP/1.1 400 ")
    assert [] == calls


async def test_the_same_length_said_twice_is_one_length():
    async with running(a_front()) as port, dial(port) as line:
        await line.say(head("POST", "/v1/t", "Content-Length: 2", "Content-Length: 2", "Connection: close") + b"{}")

        assert (await line.rest()).endswith(b"POST /v1/t 2 {}")


async def test_a_hundred_clients_at_once_each_get_their_own_answer():
    async with running(a_front()) as port, httpx.AsyncClient(limits=httpx.Limits(max_connections=20)) as client:
        answers = await asyncio.gather(
            *(client.post(f"http://127.0.0.1:{port}/v1/t", content=b"<%d>" % number) for number in range(100))
        )

    assert [f"<{number}>" for number in range(100)] == [answer.text.split()[-1] for answer in answers]


async def test_one_slow_client_holds_nobody_up():
    async with running(a_front()) as port, dial(port) as slow, httpx.AsyncClient() as client:
        await slow.say(head("POST", "/v1/t", "Content-Length: 5", "Connection: close") + b"ab")

        assert 200 == (await client.post(f"http://127.0.0.1:{port}/v1/t", content=b"x")).status_code

        await slow.say(b"cde")
        assert (await slow.rest()).endswith(b"abcde")


async def test_a_head_call_gets_the_headers_and_no_body():
    async with running(a_front()) as port, dial(port) as line:
        await line.say(head("HEAD", "/v1/t", "Connection: close"))
        answer = await line.rest()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")


async def test_an_upgrade_to_websockets_is_refused():
    calls: list[Call] = []
    async with running(a_front(track=records(calls))) as port, dial(port) as line:
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        await line.say(
            head("GET", "/v1/t", "Upgrade: websocket", "Connection: Upgrade", key, "Sec-WebSocket-Version: 13")
        )

        assert (await line.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 403 ")
    assert [] == calls


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/app", "mallory.example", 421),
        ("/app", "localhost", 204),
        ("/v1/t", "cdp.example.com", 200),  # events are taken under any name
        ("/v1/t", "", 400),
        ("/v1/t", "a b", 400),
        ("/v1/t", "localhost", 200),
    ],
)
async def test_a_name_that_was_pointed_at_us_is_refused_but_costs_no_events(path, host, status):
    async with running(a_front()) as port, dial(port) as line:
        text = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        await line.say(text.encode())
        answer = await line.rest()

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    if status >= 400:
        body = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert body["message"] == body["error"]["message"]


async def test_an_enormous_name_is_refused_and_forgotten():
    remembered = clients._refusal.cache_info().currsize
    async with running(a_front()) as port, dial(port) as line:
        await line.say(b"POST /v1/t HTTP/1.1\r\nHost: " + b"h" * 261 + b"\r\nConnection: close\r\n\r\n")

        assert (await line.rest()).startswith(b"HTTP/1.1 400 ")
    assert remembered == clients._refusal.cache_info().currsize


async def test_an_absolute_target_does_not_get_round_the_host_rule():
    async with running(a_front()) as port, dial(port) as line:
        await line.say(head("GET", "http://mallory.example/app", "Connection: close"))

        assert (await line.rest()).startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize(("trusted", "client"), [((), "127.0.0.1"), (("127.0.0.0/8",), "198.51.100.7")])
async def test_forwarding_headers_are_believed_from_a_trusted_proxy_only(trusted, client):
    calls: list[Call] = []
    front = a_front(track=records(calls), trusted_proxies=proxies(trusted), host_rule=HostRule())
    async with running(front) as port, httpx.AsyncClient() as http:
        headers = {"X-Forwarded-For": "10.9.9.9, 198.51.100.7", "Forwarded": "for=1.1.1.1", "X-Real-IP": "1.1.1.1"}
        await http.post(f"http://127.0.0.1:{port}/v1/t", headers=headers)

    [call] = calls
    assert client == call.client_ip
    assert bool(trusted) == any(name in call.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))


async def test_a_reply_without_a_body_is_empty():
    track = records([], Reply(status=204, headers=(("x-a", "1"), ("x-a", "2"))))
    async with running(a_front(track=track)) as port, httpx.AsyncClient() as client:
        answer = await client.options(f"http://127.0.0.1:{port}/v1/t")

    assert (204, b"", ["1", "2"]) == (answer.status_code, answer.content, answer.headers.get_list("x-a"))


@pytest.mark.parametrize(
    ("path", "declared"), [("/v1/t", "Content-Length: 600"), ("/v1/t", CHUNKED), ("/app", CHUNKED)]
)
async def test_bodies_under_way_are_bounded_together_and_room_comes_back(path, declared):
    limits = Limits(
        max_tracking_bytes=600, max_tracking_bytes_at_once=1000, max_app_bytes=600, max_app_bytes_at_once=1000
    )

    async def reads(_scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        await no_app(_scope, receive, send)

    async with running(a_front(limits=limits, app=reads)) as port:
        async with dial(port) as slow:
            await slow.say(head("POST", path, declared))
            await until_refused(port, path)
        await until_taken(port, path)


async def until_refused(port, path):
    async with asyncio.timeout(5), httpx.AsyncClient() as client:
        while (await client.post(f"http://127.0.0.1:{port}{path}", content=b"x" * 500)).status_code != 503:
            pass  # the slow one's head is on its way


async def until_taken(port, path):
    async with asyncio.timeout(5), httpx.AsyncClient() as client:
        while (await client.post(f"http://127.0.0.1:{port}{path}", content=b"x" * 500)).status_code == 503:
            pass  # the slow one's end is on its way
