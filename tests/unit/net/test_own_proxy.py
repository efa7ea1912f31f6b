"""A request that names its own proxy goes through that and no other way, and the address policy holds all the same."""

import errno

import pytest
from scripted_receiver import replies
from yarl import URL

import certificates
from forward_proxy import proxying
from headwater import __version__
from headwater.core.outcomes import RetryLater
from headwater.core.secrets import Secret
from headwater.net import proxies
from headwater.net.addresses import AddressPolicy
from headwater.net.classify import classify_error
from headwater.net.outbound import (
    AddressRefusedError,
    BadOutboundRequestError,
    Request,
    SendError,
    UnreachableError,
)


def only(proxy):
    """Return a policy under which the proxy is all that may be called of this machine."""
    return AddressPolicy(exceptions=(f"{proxy.url()}/**",))


def by(proxy, url, *, login="", scheme="http", **more):
    through = Secret(proxy.url(login, scheme))
    return Request(**{"method": "POST", "url": url, "body": b"{}", "proxy": through, **more})


async def knows_only_the_proxy(host, _port):
    if host != "localhost":
        raise OSError(errno.ENOENT, f"{host} was looked up here")
    return ["127.0.0.1"]


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return certificates.for_localhost(tmp_path_factory.mktemp("tls"))


async def test_a_plain_request_is_asked_of_the_proxy_which_looks_the_name_up(receiver, outbound):
    it = await receiver(replies(201, body=b"done"))
    async with proxying(names={"crm.test": "127.0.0.1"}) as proxy:
        client = outbound(only(proxy), lookup=knows_only_the_proxy)
        answer = await client.send(by(proxy, f"http://crm.test:{it.port}/in?a=b", headers=(("X-Key", "k"),)))

        assert (201, b"done") == (answer.status, answer.body)
        assert [f"POST http://crm.test:{it.port}/in?a=b HTTP/1.1"] == proxy.lines
        assert ("/in?a=b", "k", b"{}") == (it.seen[0].target, it.seen[0].headers["x-key"], it.seen[0].body)


async def test_through_a_tunnel_the_proxy_learns_the_host_and_nothing_else(receiver, outbound, tls):
    pem, context = tls
    it = await receiver(replies(200), tls=context)
    async with proxying(login="ada:pw") as proxy:
        client = outbound(trusted_certificates=pem)
        request = by(proxy, f"https://localhost:{it.port}/in", login="ada:pw", headers=(("X-Key", "k"),))

        assert (await client.send(request)).status == 200
        ((line, headers),) = proxy.seen
        assert f"CONNECT localhost:{it.port} HTTP/1.1" == line
        assert "x-key" not in headers
        assert f"Headwater/{__version__}" == headers["user-agent"]
        assert "proxy-authorization" not in it.seen[0].headers


async def test_a_receiver_behind_a_proxy_has_to_prove_who_it_is(receiver, outbound, tls):
    pem, context = tls
    it = await receiver(replies(200), tls=context)
    async with proxying() as proxy:
        with pytest.raises(UnreachableError, match=r"certificate of crm\.test:\d+ can't be trusted"):
            await outbound(trusted_certificates=pem).send(by(proxy, f"https://crm.test:{it.port}/"))
        with pytest.raises(UnreachableError, match="certificate of localhost"):
            await outbound().send(by(proxy, f"https://localhost:{it.port}/"))

    assert not it.seen


async def test_a_proxy_may_itself_speak_tls(receiver, outbound, tls):
    pem, context = tls
    it, clear = await receiver(replies(200), tls=context), await receiver(replies(204))
    async with proxying(tls=context) as proxy:
        client = outbound(trusted_certificates=pem)

        assert (await client.send(by(proxy, f"https://localhost:{it.port}/", scheme="https"))).status == 200
        assert (await client.send(by(proxy, f"http://localhost:{clear.port}/", scheme="https"))).status == 204
        assert ["CONNECT", "POST"] == [line.split()[0] for line in proxy.lines]
        with pytest.raises(UnreachableError, match="certificate"):
            await outbound().send(by(proxy, f"http://localhost:{clear.port}/", scheme="https"))


async def test_user_and_password_go_to_the_proxy_alone_whatever_letters_they_have(receiver, outbound):
    it = await receiver(replies(200))
    async with proxying(login="ada:p@ß:w/", names={"crm.test": "127.0.0.1"}) as proxy:
        request = by(proxy, f"http://crm.test:{it.port}/", login="ada:p%40%C3%9F%3Aw%2F")

        assert (await outbound().send(request)).status == 200
        assert "proxy-authorization" not in it.seen[0].headers
        assert "ada" not in repr(request)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("login", ["", "ada:wrong"])
async def test_a_proxy_that_refuses_who_asks_is_down_and_no_fault_of_the_event(outbound, scheme, login):
    async with proxying(login="ada:pw") as proxy:
        with pytest.raises(
            UnreachableError, match=rf"The proxy localhost:{proxy.port} refuses our user and pass"
        ) as it:
            await outbound().send(by(proxy, f"{scheme}://crm.test/", login=login))

    assert RetryLater(it.value.message, is_down=True) == classify_error(it.value)
    assert "wrong" not in it.value.message


async def test_a_tunnel_that_is_refused_is_told_with_its_status(outbound):
    async with proxying(refusal=503) as proxy:
        with pytest.raises(UnreachableError, match=r"answered 503 when it was asked for crm\.test"):
            await outbound().send(by(proxy, "https://crm.test/"))


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_down_is_a_failure_of_the_network_and_named(receiver, outbound, scheme):
    it = await receiver(replies(200))
    async with proxying() as proxy:
        pass
    with pytest.raises(UnreachableError, match=f"The proxy localhost:{proxy.port} can't be reached") as caught:
        await outbound().send(by(proxy, f"{scheme}://127.0.0.1:{it.port}/"))

    assert RetryLater(caught.value.message, is_down=True) == classify_error(caught.value)
    assert it.connections == 0  # never past it


async def test_a_proxy_that_nobody_knows_is_named(outbound):
    async def nobody(_host, _port):
        raise OSError(errno.ENOENT, "no such name")

    async with proxying() as proxy:
        with pytest.raises(UnreachableError, match="There is no host localhost"):
            await outbound(lookup=nobody).send(by(proxy, "http://crm.test/"))


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_at_a_refused_address_is_never_connected_to(outbound, scheme):
    async with proxying() as proxy:
        with pytest.raises(AddressRefusedError, match=r"The proxy localhost:\d+ may not be called: 127\.0\.0\.1 is"):
            await outbound(AddressPolicy()).send(by(proxy, f"{scheme}://crm.example/"))
        own = AddressPolicy(allow_private=True, own_listeners=frozenset({("127.0.0.1", proxy.port)}))
        with pytest.raises(AddressRefusedError, match="is this Headwater itself"):
            await outbound(own).send(by(proxy, f"{scheme}://crm.example/v1/track"))

        assert not proxy.seen


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "10.0.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "metadata.google.internal",
    ],
)
async def test_mallory_can_not_have_a_proxy_call_what_we_would_not(outbound, host):
    async with proxying() as proxy:
        client = outbound(only(proxy), lookup=knows_only_the_proxy)
        for scheme in ("http", "https"):
            with pytest.raises(AddressRefusedError):
                await client.send(by(proxy, f"{scheme}://{host}/latest"))

        assert not proxy.seen


async def test_a_metadata_address_is_refused_behind_a_proxy_even_where_private_ones_are_allowed(outbound):
    async with proxying() as proxy:
        with pytest.raises(AddressRefusedError, match=r"169\.254\.169\.254"):
            await outbound().send(by(proxy, "http://169.254.169.254/latest"))

        assert not proxy.seen


async def test_a_redirect_goes_the_same_way_and_is_judged_anew(receiver, outbound):
    it = await receiver(replies(307, "Location: http://10.0.0.1/"))
    names = {"crm.test": "127.0.0.1"}
    async with proxying(names=names) as proxy:
        client = outbound(only(proxy), lookup=knows_only_the_proxy)
        with pytest.raises(AddressRefusedError, match=r"10\.0\.0\.1 may not be called"):
            await client.send(by(proxy, f"http://crm.test:{it.port}/"))
        it.script = replies(307, f"Location: http://crm.test:{it.port}/there")
        with pytest.raises(BadOutboundRequestError, match="redirects more than"):
            await client.send(by(proxy, f"http://crm.test:{it.port}/"))

        assert f"POST http://crm.test:{it.port}/there HTTP/1.1" == proxy.lines[-1]
        assert len(proxy.lines) == it.connections == 12


async def test_with_and_without_a_proxy_connections_are_not_shared(receiver, outbound):
    it = await receiver(replies(200))
    client = outbound()
    async with proxying() as proxy:
        direct = Request(method="GET", url=f"http://127.0.0.1:{it.port}/")
        for request in (direct, by(proxy, direct.url), direct, by(proxy, direct.url)):
            await client.send(request)

        assert len(proxy.lines) == 2


@pytest.mark.parametrize(
    "text",
    [
        "proxy.example:3128",
        "socks5://proxy.example",
        "http://",
        "http://proxy.example/path",
        "http://proxy.example/?q",
        "http://proxy.example/#f",
        "http://a%3Ab:pw@proxy.example",
        "http://proxy.example:0",
        "http://pro xy",
        "http://proxy.example\n",
    ],
)
async def test_what_is_no_proxy_is_refused_and_nothing_of_it_repeated(outbound, text):
    with pytest.raises(SendError, match="A proxy is http://host:port or https://host:port") as caught:
        await outbound().send(Request(method="GET", url="http://crm.test/", proxy=Secret(text)))

    assert "pw" not in caught.value.message


def test_a_proxy_is_known_by_host_and_port():
    proxy = proxies.parse("http://ada:pw@proxy.example")

    assert ("proxy.example", URL("http://proxy.example")) == (proxy.name, proxy.url)
    assert "ada" not in repr(proxy)
