import pytest
from yarl import URL

from headwater.net import hop
from headwater.net.outbound import AddressRefusedError, BadOutboundRequestError, Request


def a_request(**changes):
    return Request(**{"method": "POST", "url": "https://hooks.example/in", **changes})


def a_hop(**changes):
    return hop.first(a_request(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET\r\nX: y"},
        {"method": "GET "},
        {"method": ""},
        {"method": "CONNECT"},
        {"method": "connect"},
        {"url": "https://hooks.example/\r\nX: y"},
        {"url": "https://hooks.example/a\tb"},
        {"url": "https://hooks.example/a b"},
        {"url": "https://hooks.example/\0"},
        {"url": "https://good.example\\@evil.example/"},
        {"url": "file:///etc/passwd"},
        {"url": "ftp://hooks.example/"},
        {"url": "/in"},
        {"url": "//hooks.example/in"},
        {"url": "https://"},
        {"url": "https:///in"},
        {"url": "https://hooks.example:0/"},
        {"url": "https://hooks.example:65536/"},
        {"url": "https://[::1/"},
        {"headers": (("X", "a\r\nY: b"),)},
        {"headers": (("X", "a\nb"),)},
        {"headers": (("X", "a\0"),)},
        {"headers": (("X", "\ud800"),)},
        {"headers": (("X\r\nY", "a"),)},
        {"headers": (("X Y", "a"),)},
        {"headers": (("X:", "a"),)},
        {"headers": (("", "a"),)},
    ],
)
def test_refuses_what_would_inject_a_header_or_confuse_a_parser(changes):
    with pytest.raises(BadOutboundRequestError):
        a_hop(**changes)


def test_an_error_about_a_url_does_not_repeat_its_password():
    with pytest.raises(BadOutboundRequestError) as caught:
        a_hop(url="https://ada:hunter2@hooks.example:99999/?key=hunter2")

    assert "hunter2" not in caught.value.message


def test_headers_that_belong_to_the_connection_are_ours():
    headers = (("Host", "evil"), ("Transfer-Encoding", "chunked"), ("content-length", "0"), ("X-Kept", "1"))

    assert a_hop(headers=headers).headers == (("X-Kept", "1"),)


def test_the_users_name_in_a_url_becomes_basic_auth_and_leaves_the_url():
    sent = a_hop(url="https://write%20key:@hooks.example/in?q=1#part")

    assert sent.headers == (("Authorization", "Basic d3JpdGUga2V5Og=="),)
    assert URL("https://hooks.example/in?q=1") == sent.url


def test_a_given_authorization_wins_over_the_url():
    sent = a_hop(url="https://ada@hooks.example/", headers=(("authorization", "Bearer x"),))

    assert sent.headers == (("authorization", "Bearer x"),)


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirected_post_becomes_a_get_without_its_body(status):
    moved = hop.after_redirect(a_hop(body=b"x", headers=(("Content-Type", "a/b"), ("X", "1"))), status, "/there")

    assert (moved.method, moved.body, moved.headers) == ("GET", b"", (("X", "1"),))
    assert URL("https://hooks.example/there") == moved.url


@pytest.mark.parametrize("status", [307, 308])
def test_a_temporary_redirect_keeps_method_and_body(status):
    moved = hop.after_redirect(a_hop(body=b"x"), status, "https://hooks.example/there")

    assert (moved.method, moved.body) == ("POST", b"x")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_redirected_get_or_head_stays_what_it_is(method):
    assert method == hop.after_redirect(a_hop(method=method), 302, "/there").method


@pytest.mark.parametrize(("status", "location"), [(200, "/x"), (304, "/x"), (300, "/x"), (302, None)])
def test_an_answer_that_is_no_redirect_is_the_answer(status, location):
    assert hop.after_redirect(a_hop(), status, location) is None


@pytest.mark.parametrize("elsewhere", ["https://mallory.example/", "https://hooks.example:444/", "//mallory.example/"])
def test_credentials_do_not_follow_a_redirect_to_another_host(elsewhere):
    secrets = (
        ("Authorization", "Bearer s"),
        ("cookie", "s"),
        ("X-Api-Key", "s"),
        ("x_api_key", "s"),
        ("X-Auth", "s"),
        ("X-Shared-Secret", "s"),
    )

    moved = hop.after_redirect(a_hop(headers=(*secrets, ("X-Tenant", "t"))), 307, elsewhere)

    assert moved.headers == (("X-Tenant", "t"),)


@pytest.mark.parametrize("name", ["X-Tenant", "x-tenant", "X-TENANT"])
def test_a_credential_under_an_innocent_name_does_not_follow_to_another_host(name):
    sent = a_hop(headers=((name, "hunter2"), ("X-Kept", "k")), secret_headers=frozenset({"x-tenant"}))

    elsewhere = hop.after_redirect(sent, 307, "https://hooks.example:444/")
    assert elsewhere.headers == (("X-Kept", "k"),)
    assert hop.after_redirect(sent, 307, "/there").headers == sent.headers


def test_a_credential_that_came_back_to_its_host_by_way_of_another_is_gone():
    sent = a_hop(headers=(("X-Tenant", "hunter2"),), secret_headers=frozenset({"x-tenant"}))

    away = hop.after_redirect(sent, 307, "https://mallory.example/")

    assert hop.after_redirect(away, 307, "https://hooks.example/in").headers == ()


@pytest.mark.parametrize("method", ["POST", "post", "PURGE", "x-Report"])
def test_a_method_is_sent_as_it_was_given(method):
    assert a_hop(method=method, body=b"x").method == method


def test_a_trace_carries_no_body_whoever_asks():
    assert a_hop(method="TRACE", body=b"x").body == b""


def test_credentials_stay_on_the_same_host():
    headers = (("Authorization", "Bearer s"),)

    assert headers == hop.after_redirect(a_hop(headers=headers), 307, "https://hooks.example:443/x").headers


def test_credentials_follow_the_move_of_a_host_to_https():
    headers = (("Authorization", "Bearer s"),)
    sent = a_hop(url="http://hooks.example/in", headers=headers)

    assert headers == hop.after_redirect(sent, 307, "https://hooks.example/in").headers
    assert hop.after_redirect(sent, 307, "https://hooks.example:8443/in").headers == ()


def test_credentials_in_a_location_are_not_taken():
    moved = hop.after_redirect(a_hop(), 307, "https://mallory:pw@hooks.example/x")

    assert ((), URL("https://hooks.example/x")) == (moved.headers, moved.url)


def test_never_falls_back_from_https_to_http():
    with pytest.raises(AddressRefusedError, match="from https to http"):
        hop.after_redirect(a_hop(), 307, "http://hooks.example/in")


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://x/", "http://[", "/a\nb", "https://x:0/"])
def test_refuses_a_redirect_to_nowhere_sane(location):
    with pytest.raises(BadOutboundRequestError):
        hop.after_redirect(a_hop(url="http://hooks.example/"), 302, location)
