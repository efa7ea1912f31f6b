import pytest

from headwater.core.errors import SettingsError
from headwater.web import clients
from headwater.web.clients import HostRule
from headwater.web.reception import joined

TRUSTED = clients.proxies(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("198.51.100.1", None, "198.51.100.1"),
        ("198.51.100.1", "1.1.1.1", "198.51.100.1"),  # mallory forges
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", "9.9.9.9, 1.1.1.1", "1.1.1.1"),  # the left one is mallory's own word
        ("10.0.0.1", "9.9.9.9, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        ("10.0.0.1", "9.9.9.9,1.1.1.1,192.0.2.1", "1.1.1.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "9.9.9.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", "9.9.9.9, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "1.1.1.1:1234", "1.1.1.1"),
        ("10.0.0.1", "[2606::1]:1234", "2606::1"),
        ("10.0.0.1", "2606::1", "2606::1"),
        ("10.0.0.1", "::ffff:1.1.1.1", "1.1.1.1"),
        ("::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("2001:db8::5", "1.1.1.1", "1.1.1.1"),
        ("", "127.0.0.1", "unix"),  # a Unix socket is nobody's loopback
        ("", None, "unix"),
    ],
)
def test_the_client_is_the_rightmost_address_that_is_not_ours(peer, forwarded_for, client):
    assert client == clients.client_ip(peer, forwarded_for, trusted=TRUSTED)


def test_nobody_is_trusted_by_default():
    assert "127.0.0.1" == clients.client_ip("127.0.0.1", "1.1.1.1", trusted=())


def test_a_proxy_that_is_no_network_is_named():
    with pytest.raises(SettingsError, match=r"'nginx\.internal'"):
        clients.proxies(["nginx.internal"])


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("app.example", None),
        ("APP.example:4433", None),
        ("app.example.", None),
        ("api.app.example", None),
        ("project.app.example", None),
        ("my-project-1.projects.app.example", None),
        ("x.app.example", 421),
        ("x.y.projects.app.example", 421),
        ("app.example.mallory.example", 421),
        ("mallory.example", 421),
        ("api.mallory.example", 421),
        ("localhost", None),
        ("127.0.0.1:4433", None),
        ("10.0.0.1", None),
        ("[::2]:4433", None),
        ("api.localhost", None),
        ("", 400),
        (None, 400),
        ("app.example:", 400),
        ("app.example:port", 400),
        ("app.example, app.example", 400),
        ("app.example@mallory.example", 400),
        ("app.example/x", 400),
        ("app.example\n", 400),
    ],
)
def test_answers_to_its_own_names_only(host, status):
    refusal = HostRule(names=frozenset({"app.example"})).refusal(host)

    assert status == (refusal.status if refusal else None)


@pytest.mark.parametrize("host", ["localhost.mallory.example", "127.0.0.1.mallory.example", "10.0.0", "0x7f000001"])
def test_what_only_looks_like_an_address_is_not(host):
    assert 421 == HostRule().refusal(host).status


def test_an_open_rule_takes_every_name_that_is_one():
    rule = HostRule(is_open=True)

    assert rule.refusal("cdp.example.com:443") is None
    assert 400 == rule.refusal("not a name").status
    assert 400 == rule.refusal(None).status


def test_both_names_of_a_request_must_be_ours():
    rule = HostRule()

    assert rule.refusal(None, "localhost") is None
    assert 421 == rule.refusal("localhost", "mallory.example").status
    assert 421 == rule.refusal("mallory.example", "localhost").status


@pytest.mark.parametrize(
    ("authority", "host", "status"),
    [
        (None, "localhost", None),
        ("a.projects.localhost:4433", "A.projects.localhost.", None),
        ("a.projects.localhost", "b.projects.localhost", 400),
        ("a.projects.localhost", None, 400),  # it would be answered for the default project
    ],
)
def test_a_request_that_names_two_hosts_is_for_neither(authority, host, status):
    refusal = clients.disagreement(authority, host)

    assert status == (refusal.status if refusal else None)


@pytest.mark.parametrize(
    ("pairs", "headers"),
    [
        ([("a", "1"), ("b", "2")], {"a": "1", "b": "2"}),
        ([("a", "1"), ("b", "2"), ("a", "3")], {"a": "1, 3", "b": "2"}),
        ([("cookie", "a=1"), ("cookie", "b=2")], {"cookie": "a=1; b=2"}),
        ([], {}),
    ],
)
def test_duplicate_headers_are_joined_and_cookies_their_own_way(pairs, headers):
    assert headers == joined(pairs)
