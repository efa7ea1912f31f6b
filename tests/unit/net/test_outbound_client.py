"""The real client against real receivers on loopback, each of them up to something."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Sequence

import pytest
from scripted_receiver import hangs, replies, resets
from yarl import URL

import certificates
from headwater import __version__
from headwater.core.errors import HeadwaterError
from headwater.net import proxies
from headwater.net.address_rules import AddressRules
from headwater.net.addresses import AddressPolicy
from headwater.net.outbound import (
    AddressRefusedError,
    BadOutboundRequestError,
    ReceiverTimeoutError,
    Request,
    Response,
    ResponseTooLargeError,
    UnreachableError,
)

MEBIBYTE = 1024 * 1024
SHORT_SECONDS = 0.3


def post(url: str, **changes) -> Request:
    return Request(**{"method": "POST", "url": url, "body": b"{}", **changes})


def at(receiver, path: str = "/in", host: str = "127.0.0.1") -> str:
    return f"http://{host}:{receiver.port}{path}"


def names(**addresses: Sequence[str]):
    """A name server of our own: each name answers with its addresses, one list after another, then the last."""
    left = {name.replace("_", "."): list(answers) for name, answers in addresses.items()}

    async def look_up(host: str, _port: int) -> Sequence[str]:
        answers = left[host]
        return (answers.pop(0) if len(answers) > 1 else answers[0]).split()

    return look_up


async def test_sends_exactly_what_was_asked_and_nothing_surprising(receiver, outbound):
    it = await receiver(replies(201, "X-Answer: yes", "X-Answer: twice", body=b"done"))

    response = await outbound().send(post(at(it, "/in?q=a%20b"), headers=(("X-One", "1"), ("X-One", "2"))))

    assert (
        Response(
            status=201, headers=(("x-answer", "yes"), ("x-answer", "twice"), ("content-length", "4")), body=b"done"
        )
        == response
    )
    [seen] = it.seen
    assert (seen.method, seen.target, seen.body) == ("POST", "/in?q=a%20b", b"{}")
    assert {
        "host": f"127.0.0.1:{it.port}",
        "x-one": "2",  # the receiver keeps the last of the two
        "user-agent": f"Headwater/{__version__}",
        "accept-encoding": "identity",
        "content-length": "2",
    } == seen.headers


async def test_a_post_without_a_body_still_says_how_long_it_is(receiver, outbound):
    it = await receiver(replies(200))

    await outbound().send(post(at(it), body=b""))

    assert it.seen[0].headers["content-length"] == "0"


async def test_bytes_of_mallorys_in_a_header_come_out_as_text_that_can_be_written_down(receiver, outbound):
    async def script(_seen, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nX-Evil: a\xff\xfeb\r\nX-Name: Zo\xc3\xab\r\nContent-Length: 0\r\n\r\n")

    it = await receiver(script)

    response = await outbound().send(post(at(it)))

    assert ("a\ufffd\ufffdb", "Zoë") == (response.header("x-evil"), response.header("x-name"))


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "PUT", "PURGE", "post", "x-Report"])
async def test_any_method_goes_as_it_was_given_and_carries_its_body(receiver, outbound, method):
    it = await receiver(replies(200))

    await outbound().send(post(at(it), method=method))

    assert [(seen.method, seen.body) for seen in it.seen] == [(method, b"{}")]


async def test_a_trace_goes_without_a_body(receiver, outbound):
    it = await receiver(replies(200))

    await outbound().send(post(at(it), method="TRACE"))

    assert [(seen.method, seen.body) for seen in it.seen] == [("TRACE", b"")]
    assert "content-length" not in it.seen[0].headers


@pytest.mark.parametrize("method", ["CONNECT", "connect"])
async def test_asks_nobody_for_a_tunnel(receiver, outbound, method):
    it = await receiver(replies(200))

    with pytest.raises(BadOutboundRequestError):
        await outbound().send(post(at(it), method=method))

    assert it.connections == 0


async def test_a_given_user_agent_is_kept(receiver, outbound):
    it = await receiver(replies(200))

    await outbound().send(post(at(it), headers=(("User-Agent", "mine"),)))

    assert it.seen[0].headers["user-agent"] == "mine"


async def test_keeps_no_cookies(receiver, outbound):
    it = await receiver(replies(200, "Set-Cookie: session=1; Path=/"))
    client = outbound()

    await client.send(post(at(it)))
    await client.send(post(at(it)))

    assert "cookie" not in it.seen[1].headers


async def test_reuses_connections(receiver, outbound):
    it = await receiver(replies(200))
    client = outbound()

    for _ in range(5):
        await client.send(post(at(it)))

    assert it.connections == 1


async def test_opens_no_more_connections_to_a_slow_host_than_allowed(receiver, outbound):
    both_busy = asyncio.Event()

    async def slow(seen, writer):
        if len(it.seen) == 2:
            both_busy.set()
        await both_busy.wait()
        await replies(200)(seen, writer)

    it = await receiver(slow)
    client = outbound(connections_per_host=2)

    await asyncio.gather(*(client.send(post(at(it))) for _ in range(6)))

    assert (len(it.seen), it.connections) == (6, 2)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.1.", "0.0.0.0", "[::]"),
        *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "\uff11\uff12\uff17.0.0.1"),
    ],
)
async def test_refuses_loopback_in_every_spelling(receiver, outbound, host):
    it = await receiver(replies(200))

    with pytest.raises((AddressRefusedError, BadOutboundRequestError)):
        await outbound(AddressPolicy()).send(post(at(it, host=host)))

    assert it.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1"])
async def test_a_strange_spelling_does_not_reach_our_own_listener(receiver, outbound, host):
    it = await receiver(replies(200))
    policy = AddressPolicy(allow_private=True, own_listeners=frozenset({("127.0.0.1", it.port)}))

    with pytest.raises((AddressRefusedError, BadOutboundRequestError)):
        await outbound(policy).send(post(at(it, "/admin", host=host)))

    assert it.connections == 0


async def test_refuses_a_redirect_to_a_private_address(receiver, outbound):
    inner = await receiver(replies(200, body=b"secret"))
    outer = await receiver(replies(302, f"Location: {at(inner)}"))
    policy = AddressPolicy(exceptions=(f"http://127.0.0.1:{outer.port}/**",))

    with pytest.raises(AddressRefusedError, match="loopback"):
        await outbound(policy).send(post(at(outer)))

    assert (outer.connections, inner.connections) == (1, 0)


@pytest.mark.parametrize(
    "target", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "100.100.100.200"]
)
async def test_refuses_a_redirect_to_the_metadata_address(receiver, outbound, target):
    it = await receiver(replies(307, f"Location: http://{target}/latest/meta-data"))

    with pytest.raises(AddressRefusedError, match="metadata"):
        await outbound().send(post(at(it)))


async def test_a_name_that_answers_public_first_and_private_later_gets_nowhere(receiver, outbound):
    it = await receiver(replies(200, body=b"secret"))
    policy = AddressPolicy(is_own_address=lambda _ip: False)
    client = outbound(policy, lookup=names(rebind_example=["192.0.2.77 127.0.0.1", "127.0.0.1"]))

    for _ in range(2):
        with pytest.raises(AddressRefusedError):
            await client.send(post(at(it, host="rebind.example")))

    assert it.connections == 0


async def test_a_name_is_judged_again_by_the_socket_that_connects(receiver, outbound):
    it = await receiver(replies(200, body=b"secret"))
    verdicts = iter([False, True])  # the first judgement is the name's, the second one the socket's
    policy = AddressPolicy(
        allow_private=True,
        own_listeners=frozenset({("0.0.0.0", it.port)}),
        is_own_address=lambda _ip: next(verdicts),
    )

    with pytest.raises(AddressRefusedError):
        await outbound(policy, lookup=names(rebind_example=["127.0.0.1"])).send(post(at(it, host="rebind.example")))

    assert it.connections == 0


async def test_uses_the_allowed_address_of_a_name_that_has_both_kinds(receiver, outbound):
    it = await receiver(replies(200))
    client = outbound(lookup=names(both_example=["169.254.169.254 127.0.0.1"]))

    assert (await client.send(post(at(it, host="both.example")))).status == 200


async def test_our_own_listener_takes_tracking_calls_and_nothing_else(receiver, outbound):
    it = await receiver(replies(200))
    policy = AddressPolicy(allow_private=True, own_listeners=frozenset({("0.0.0.0", it.port)}))
    client = outbound(policy)

    assert (await client.send(post(at(it, "/v1/identify")))).status == 200
    with pytest.raises(AddressRefusedError, match="this Headwater itself"):
        # The connection of the first call is still open: it must not be lent to this one.
        await client.send(post(at(it, "/admin/identities")))
    assert [seen.target for seen in it.seen] == ["/v1/identify"]


async def test_a_project_that_refuses_private_addresses_is_lent_no_connection_to_one(receiver, outbound):
    it = await receiver(replies(200))
    client = outbound()

    assert (await client.send(post(at(it)))).status == 200  # another project's; its connection stays open
    with pytest.raises(AddressRefusedError, match="private_ip_exception_urls"):
        await client.send(post(at(it), rules=AddressRules(refuses_private=True)))

    assert len(it.seen) == 1


async def test_an_exception_of_a_project_opens_a_private_address_to_it_alone(receiver, outbound):
    it = await receiver(replies(200))
    client = outbound(AddressPolicy())
    rules = AddressRules(exceptions=(f"http://127.*.*.*:{it.port}/in",))

    assert (await client.send(post(at(it, "/in?key=x"), rules=rules))).status == 200
    for refused in (post(at(it)), post(at(it, "/other"), rules=rules)):
        with pytest.raises(AddressRefusedError):
            await client.send(refused)

    assert [seen.target for seen in it.seen] == ["/in?key=x"]


@pytest.mark.parametrize("may_be_private", [True, False])
async def test_a_redirect_is_judged_by_the_rules_of_the_project_that_asked(receiver, outbound, may_be_private):
    inner = await receiver(replies(200, body=b"secret"))
    outer = await receiver(replies(302, f"Location: {at(inner)}"))
    rules = AddressRules(refuses_private=True, exceptions=(at(outer),))

    with pytest.raises(AddressRefusedError, match="loopback"):
        await outbound(AddressPolicy(allow_private=may_be_private)).send(post(at(outer), rules=rules))

    assert (outer.connections, inner.connections) == (1, 0)


async def test_a_redirect_from_a_tracking_path_into_our_admin_api_is_refused(receiver, outbound):
    it = await receiver(replies(307, "Location: /admin/identities"))
    policy = AddressPolicy(own_listeners=frozenset({("127.0.0.1", it.port)}))

    with pytest.raises(AddressRefusedError):
        await outbound(policy).send(post(at(it, "/v1/identify")))

    assert len(it.seen) == 1


@pytest.mark.parametrize("other_host", ["127.0.0.1", "127.0.0.2"])
async def test_a_receiver_can_not_redirect_a_key_under_any_name_to_another_host(receiver, outbound, other_host):
    mallory = await receiver(replies(200), host=other_host)
    it = await receiver(replies(307, f"Location: {at(mallory, '/catch', host=other_host)}"))
    headers = (("X-Tenant", "hunter2"), ("X-Kept", "k"))

    await outbound().send(post(at(it), headers=headers, secret_headers=frozenset({"x-tenant"})))

    assert it.seen[0].headers["x-tenant"] == "hunter2"
    [caught] = mallory.seen
    assert (caught.body, caught.headers["x-kept"]) == (b"{}", "k")
    assert "hunter2" not in str(caught.headers)


async def test_follows_ten_redirects_and_no_more(receiver, outbound):
    async def script(seen, writer):
        count = int(seen.target[1:])
        await replies(*((302, f"Location: /{count - 1}") if count else (200,)))(seen, writer)

    it = await receiver(script)
    client = outbound()

    assert (await client.send(post(at(it, "/10")))).status == 200
    with pytest.raises(BadOutboundRequestError, match="more than 10 times"):
        await client.send(post(at(it, "/11")))


async def test_a_redirect_takes_body_but_no_credentials_to_another_host(receiver, outbound):
    inner = await receiver(replies(200))
    outer = await receiver(replies(307, f"Location: {at(inner, '/there')}"))

    await outbound().send(post(at(outer), headers=(("Authorization", "Bearer s"), ("X-Tenant", "t"))))

    [seen] = inner.seen
    assert (seen.method, seen.target, seen.body, seen.headers["x-tenant"]) == ("POST", "/there", b"{}", "t")
    assert "authorization" not in seen.headers


async def test_gives_up_on_a_receiver_that_hangs(receiver, outbound):
    it = await receiver(hangs)

    with pytest.raises(ReceiverTimeoutError, match=r"within 0\.3 s"):
        await outbound().send(post(at(it), timeout_seconds=SHORT_SECONDS))


async def test_gives_up_on_a_body_that_drips(receiver, outbound):
    async def drips(_seen, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    it = await receiver(drips)

    async with asyncio.timeout(5):
        with pytest.raises(ReceiverTimeoutError):
            await outbound().send(post(at(it), timeout_seconds=SHORT_SECONDS))


async def test_the_clock_runs_over_all_redirects_together(receiver, outbound):
    async def slowly_redirects(seen, writer):
        await asyncio.sleep(SHORT_SECONDS / 4)
        await replies(302, "Location: /again")(seen, writer)

    it = await receiver(slowly_redirects)

    with pytest.raises(ReceiverTimeoutError):
        await outbound().send(post(at(it), timeout_seconds=SHORT_SECONDS))
    assert len(it.seen) <= 4


@pytest.mark.parametrize("declared", ["Content-Length: 104857600", "Transfer-Encoding: chunked"])
async def test_stops_reading_a_hundred_megabytes_at_the_cap(receiver, outbound, declared):
    written = 0

    async def pours(_seen, writer):
        nonlocal written
        writer.write(f"HTTP/1.1 200 OK\r\n{declared}\r\n\r\n".encode())
        block = b"x" * MEBIBYTE
        for _ in range(100):
            writer.write(b"100000\r\n" + block + b"\r\n" if "chunked" in declared else block)
            await writer.drain()
            written += MEBIBYTE

    it = await receiver(pours)

    with pytest.raises(ResponseTooLargeError, match="larger than 1048576 bytes"):
        await outbound().send(post(at(it), max_response_bytes=MEBIBYTE))
    assert written < 30 * MEBIBYTE


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "GZIP"])
async def test_a_gzip_bomb_does_not_unfold(receiver, outbound, coding):
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | (0 if coding == "deflate" else 16))
    block = b"\0" * MEBIBYTE
    bomb = b"".join(packer.compress(block) for _ in range(100)) + packer.flush()
    it = await receiver(replies(200, f"Content-Encoding: {coding}", body=bomb))
    client = outbound()

    tracemalloc.start()
    with pytest.raises(ResponseTooLargeError):
        await client.send(post(at(it), max_response_bytes=MEBIBYTE))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak_bytes < 8 * MEBIBYTE


async def test_unpacks_gzip_that_was_not_asked_for_and_drops_its_headers(receiver, outbound):
    packed = gzip.compress(b"hello ") + gzip.compress(b"world")
    it = await receiver(replies(200, "Content-Encoding: gzip", body=packed))

    response = await outbound().send(post(at(it)))

    assert (response.body, response.headers) == (b"hello world", ())


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"x" * 1000, mtime=0)[:-9]], ids=["not", "cut"])
async def test_gzip_that_is_none_is_an_error(receiver, outbound, body):
    it = await receiver(replies(200, "Content-Encoding: gzip", body=body))

    with pytest.raises(UnreachableError, match="gzip"):
        await outbound().send(post(at(it)))


async def test_an_answer_exactly_at_the_cap_is_fine(receiver, outbound):
    it = await receiver(replies(200, body=b"x" * 1000))

    response = await outbound().send(post(at(it), max_response_bytes=1000))

    assert len(response.body) == 1000


async def cuts_off(_seen, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.close()


async def speaks_no_http(_seen, writer):
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()
    writer.close()


async def sends_an_endless_header(_seen, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(100):
        writer.write(b"x" * 10_000)
        await writer.drain()


@pytest.mark.parametrize("script", [resets, cuts_off, speaks_no_http, sends_an_endless_header])
async def test_a_broken_answer_is_no_answer(receiver, outbound, script):
    it = await receiver(script)

    with pytest.raises(UnreachableError) as caught:
        await outbound().send(post(at(it, "/in?key=hunter2")))

    assert f"127.0.0.1:{it.port}" in caught.value.message


async def test_nobody_listening_is_unreachable(receiver, outbound):
    it = await receiver(replies(200))
    port = it.port
    closed = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()

    with pytest.raises(UnreachableError, match=f"127.0.0.1:{port}: "):
        await outbound().send(post(f"http://127.0.0.1:{port}/"))


async def test_a_name_that_does_not_exist_is_unreachable(outbound):
    with pytest.raises(UnreachableError, match="There is no host nowhere"):
        await outbound().send(post("http://nowhere.invalid/"))


async def test_a_name_without_any_address_is_unreachable(outbound):
    with pytest.raises(UnreachableError):
        await outbound(lookup=names(empty_example=[""])).send(post("http://empty.example/"))


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example", "-" * 300])
async def test_a_name_that_can_not_exist_is_an_error_of_ours(outbound, host):
    with pytest.raises((BadOutboundRequestError, UnreachableError)):
        await outbound().send(post(f"http://{host}/"))


async def test_a_header_with_a_newline_sends_nothing(receiver, outbound):
    it = await receiver(replies(200))

    with pytest.raises(BadOutboundRequestError):
        await outbound().send(post(at(it), headers=(("X", "a\r\nX-Injected: b"),)))

    assert it.connections == 0


async def test_no_error_or_its_chain_repeats_the_secrets_of_a_url(receiver, outbound):
    it = await receiver(resets)
    requests = [
        post(f"http://ada:hunter2@127.0.0.1:{it.port}/hunter2?key=hunter2"),
        post(f"http://ada:hunter2@127.1:{it.port}/hunter2?key=hunter2"),
        post("http://ada:hunter2@169.254.169.254/hunter2?key=hunter2"),
        post("http://ada:hunter2@nowhere.invalid/hunter2?key=hunter2"),
        post("http://ada:hunter2@a..b/hunter2?key=hunter2"),
    ]

    for request in requests:
        with pytest.raises(HeadwaterError) as caught:
            await outbound().send(request)
        assert "hunter2" not in caught.value.message
        assert caught.value.__suppress_context__


async def test_an_alias_is_answered_in_process_and_never_touches_the_network(outbound):
    async def no_network(_host, _port):
        raise AssertionError

    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request)
        return Response(status=200, body=b"in process")

    client = outbound(alias={"api.segment.io": answer}.get, lookup=no_network)

    for host in ("api.segment.io", "API.Segment.io", "api.segment.io."):
        response = await client.send(post(f"https://key:@{host}/v1/identify?x=1", body=b"{1}"))
        assert response.body == b"in process"
    assert (asked[0].method, asked[0].url, asked[0].body) == ("POST", "https://api.segment.io/v1/identify?x=1", b"{1}")
    assert asked[0].headers == (("Authorization", "Basic a2V5Og=="),)


async def test_an_alias_that_never_answers_is_timed_out_as_well(outbound):
    async def never(_request):
        await asyncio.Event().wait()

    with pytest.raises(ReceiverTimeoutError):
        await outbound(alias=lambda _host: never).send(post("https://api.segment.io/", timeout_seconds=0.05))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of our own for localhost, and a server context that uses it."""
    return certificates.for_localhost(tmp_path_factory.mktemp("tls"))


async def test_refuses_a_certificate_nobody_vouches_for(receiver, outbound, certificate):
    _, context = certificate
    it = await receiver(replies(200), tls=context)

    with pytest.raises(UnreachableError, match="certificate of localhost"):
        await outbound().send(post(f"https://localhost:{it.port}/"))

    assert it.seen == []


async def test_a_private_authority_can_be_trusted_but_not_for_other_names(receiver, outbound, certificate):
    pem, context = certificate
    it = await receiver(replies(200), tls=context)
    client = outbound(trusted_certificates=pem)

    assert (await client.send(post(f"https://localhost:{it.port}/"))).status == 200
    with pytest.raises(UnreachableError, match="certificate of 127"):
        await client.send(post(f"https://127.0.0.1:{it.port}/"))


async def test_never_follows_https_to_http(receiver, outbound, certificate):
    pem, context = certificate
    clear = await receiver(replies(200))
    it = await receiver(replies(307, f"Location: {at(clear)}"), tls=context)

    with pytest.raises(AddressRefusedError, match="from https to http"):
        await outbound(trusted_certificates=pem).send(post(f"https://localhost:{it.port}/"))

    assert clear.connections == 0


async def test_takes_no_proxy_from_the_environment(receiver, outbound, monkeypatch):
    proxy = await receiver(replies(200, body=b"proxied"))
    it = await receiver(replies(200, body=b"direct"))
    monkeypatch.setenv("HTTP_PROXY", at(proxy, ""))
    monkeypatch.setenv("http_proxy", at(proxy, ""))

    assert (await outbound().send(post(at(it)))).body == b"direct"


async def test_uses_the_proxy_it_was_given_and_still_judges_the_target(receiver, outbound):
    proxy = await receiver(replies(200, body=b"proxied"))
    proxy_for = proxies.from_variables({"HTTP_PROXY": at(proxy, ""), "no_proxy": "direct.example"})
    lookup = names(inner_example=["10.0.0.1"], public_example=["8.8.8.8"], direct_example=["169.254.169.254"])
    client = outbound(AddressPolicy(), proxy_for=proxy_for, lookup=lookup)

    assert (await client.send(post("http://public.example/x"))).body == b"proxied"
    assert [seen.target for seen in proxy.seen] == ["http://public.example/x"]
    for refused in ("http://inner.example/", "http://direct.example/"):
        with pytest.raises(AddressRefusedError):
            await client.send(post(refused))


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://a.example/", "http://p:1"),
        ("https://a.example/", "https://q:2"),
        ("http://inner/", None),
        ("http://x.inner/", None),
        ("http://notinner/", "http://p:1"),
        ("http://port:81/", None),
        ("http://port:82/", "http://p:1"),
    ],
)
def test_reads_proxy_variables_as_curl_does(url, proxy):
    variables = {"HTTP_PROXY": "p:1", "https_proxy": "https://q:2", "NO_PROXY": ".inner, port:81"}

    assert proxy == proxies.from_variables(variables)(URL(url))


async def test_a_hundred_calls_at_once_all_arrive(receiver, outbound):
    it = await receiver(replies(200))
    client = outbound()

    responses = await asyncio.gather(*(client.send(post(at(it), body=b"%d" % number)) for number in range(100)))

    assert [response.status for response in responses] == [200] * 100
    assert {b"%d" % number for number in range(100)} == {seen.body for seen in it.seen}
