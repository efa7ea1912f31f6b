"""What changes on the way through, and what must not."""

import pytest

from headwater.web.one_origin import rewriting

OURS = "http://localhost:4000"
THEIRS = "http://127.0.0.1:4433"
TURNED = [(theirs, OURS) for theirs in rewriting.spellings(THEIRS)]


def test_hop_by_hop_headers_stay_on_their_hop_those_that_connection_names_too():
    given = [
        ("Connection", "keep-alive, X-Mine"),
        ("Keep-Alive", "timeout=5"),
        ("X-Mine", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"),
        ("TE", "trailers"),
        ("Proxy-Authorization", "Basic x"),
        ("Accept", "*/*"),
        ("X-A", "1"),
        ("x-a", "2"),
        ("X-Broken", "\udcff"),
    ]

    assert [("Accept", "*/*"), ("X-A", "1"), ("x-a", "2")] == rewriting.kept(given)


def test_nobodys_own_word_on_who_they_are_is_passed_on():
    given = [
        ("X-Forwarded-For", "127.0.0.1"),
        ("x-forwarded-proto", "https"),
        ("X-Forwarded-Host", "mallory.net"),
        ("Forwarded", "for=127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
        ("X-Original-URL", "/admin"),
        ("X-Session-Token", "t"),
    ]

    assert [("X-Session-Token", "t")] == rewriting.without_callers_word(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://127.0.0.1:4433/ui/login?flow=1", "http://localhost:4000/ui/login?flow=1"),
        ("http://localhost:4433", "http://localhost:4000"),
        ("HTTP://LOCALHOST:4433/x", "http://localhost:4000/x"),
        ("/ui/login", "/ui/login"),
        ("http://127.0.0.1:44330/", "http://127.0.0.1:44330/"),
        ("http://127.0.0.1:4433.mallory.net/", "http://127.0.0.1:4433.mallory.net/"),
        ("http://127.0.0.1:4433@mallory.net/", "http://127.0.0.1:4433@mallory.net/"),
        ("https://127.0.0.1:4433/", "https://127.0.0.1:4433/"),
        ("https://mallory.net/?u=http://127.0.0.1:4433/", "https://mallory.net/?u=http://127.0.0.1:4433/"),
    ],
)
def test_a_redirect_into_headwater_becomes_one_into_the_proxy_and_no_other(given, expected):
    assert expected == rewriting.location(given, origins=TURNED)


def test_addresses_in_a_body_are_the_proxys_and_lookalikes_are_left_alone():
    given = (
        b'{"action":"http://127.0.0.1:4433/self-service/login?flow=1","other":"http://127.0.0.1:44330/",'
        b'"evil":"http://127.0.0.1:4433.mallory.net/","port":4433,"text":"127.0.0.1:4433","base":"http://localhost:4433"}'
    )

    assert (
        b'{"action":"http://localhost:4000/self-service/login?flow=1","other":"http://127.0.0.1:44330/",'
        b'"evil":"http://127.0.0.1:4433.mallory.net/","port":4433,"text":"127.0.0.1:4433","base":"http://localhost:4000"}'
    ) == rewriting.body(given, origins=TURNED)


def test_a_server_elsewhere_has_one_spelling_only():
    assert ("https://id.example.com",) == rewriting.spellings("https://id.example.com")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("s=1; Path=/; Domain=id.example.com; HttpOnly", "s=1; Path=/; HttpOnly"),
        ("s=1;domain=.example.com", "s=1"),
        ("s=1; Path=/; Secure; SameSite=None; Partitioned", "s=1; Path=/; SameSite=Lax"),
        ("s=1; SameSite=Strict; Secure", "s=1; SameSite=Strict"),
        ("s=Domain=x; Path=/", "s=Domain=x; Path=/"),
        ("__Host-s=1; Path=/; Secure", "__Host-s=1; Path=/; Secure"),
        ("__Secure-s=1; Domain=example.com; Secure", "__Secure-s=1; Secure"),
    ],
)
def test_a_cookie_is_for_the_proxys_origin(given, expected):
    assert expected == rewriting.set_cookie(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/b?return_to=http%3A%2F%2Flocalhost%3A4000%2Fw", "/b?return_to=http%3A%2F%2F127.0.0.1%3A4433%2Fw"),
        ("/b?return_to=http%3a%2f%2flocalhost%3a4000", "/b?return_to=http%3A%2F%2F127.0.0.1%3A4433"),
        ("/b?x=1&return_to=http://localhost:4000/w&y=2", "/b?x=1&return_to=http://127.0.0.1:4433/w&y=2"),
        ("/b?return_to=http://localhost:4000.mallory.net/", "/b?return_to=http://localhost:4000.mallory.net/"),
        ("/b?return_to=http://localhost:4000@mallory.net/", "/b?return_to=http://localhost:4000@mallory.net/"),
        ("/b?return_to=https://mallory.net/", "/b?return_to=https://mallory.net/"),
        ("/b?xreturn_to=http://localhost:4000/", "/b?xreturn_to=http://localhost:4000/"),
        ("/return_to=http://localhost:4000/", "/return_to=http://localhost:4000/"),
    ],
)
def test_people_may_return_to_the_proxy_and_mallory_gains_nothing(given, expected):
    assert expected == rewriting.return_to(given, ours=OURS, theirs=THEIRS)
