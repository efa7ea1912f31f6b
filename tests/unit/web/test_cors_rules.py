"""Who may read the public API from another origin, as tables: the guests, and those who only look like them."""

from dataclasses import dataclass, field

import pytest

from headwater.web import cors_rules


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Shaped like the identity-config's."""

    is_enabled: bool = True
    origins: tuple[str, ...] = ("https://app.example.org",)
    allows_credentials: bool = True
    allowed_headers: tuple[str, ...] = ("Authorization", "Content-Type", "X-Session-Token")
    exposed_headers: tuple[str, ...] = field(default=("Content-Type",))
    max_age_seconds: int = 0


def answer(origin, policy=None, *, is_for_developers=False):
    return dict(cors_rules.headers_for(origin, policy or Policy(), is_for_developers=is_for_developers))


def is_let_in(origin, *origins, is_for_developers=False, **policy):
    given = answer(origin, Policy(origins=origins, **policy), is_for_developers=is_for_developers)
    return given.get("access-control-allow-origin") == origin


def test_the_named_origin_may_read_with_credentials_and_a_cache_keeps_it_apart():
    assert {
        "vary": "Origin",
        "access-control-allow-origin": "https://app.example.org",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "Content-Type",
    } == answer("https://app.example.org")


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://mallory.net",
        "http://app.example.org",
        "https://app.example.org:8443",
        "https://app.example.org.mallory.net",
        "https://xapp.example.org",
        "https://app.example.org/",
        "https://app.example.org@mallory.net",
        "https://app.example.org\r\nset-cookie: a=b",
        "https://app.example.org ",
        "https://" + "a" * 400 + ".example.org",
    ],
)
def test_anybody_else_gets_no_header_but_vary(origin):
    assert {"vary": "Origin"} == answer(origin)


@pytest.mark.parametrize(
    "origin", ["https://app.example.org", "https://a.b.example.org", "https://xn--bcher-kva.example.org"]
)
def test_a_wildcard_takes_subdomains_in(origin):
    assert is_let_in(origin, "https://*.example.org")


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.org",
        "https://example.org.mallory.net",
        "https://evil-example.org",
        "https://evilexample.org",
        "https://mallory.net/.example.org",
        "https://mallory.net?.example.org",
        "https://mallory.net#.example.org",
        "https://a..example.org",
        "https://.example.org",
        "https://mallory.net\\.example.org",
        "http://app.example.org",
        "https://app.example.org:444",
        "https://appXexample.org",
    ],
)
def test_a_wildcard_takes_nobody_in_who_only_looks_like_a_subdomain(origin):
    assert not is_let_in(origin, "https://*.example.org")


@pytest.mark.parametrize(
    ("pattern", "origin", "expected"),
    [
        ("https://APP.Example.org/", "https://app.example.org", True),
        ("https://app.example.org:443", "https://app.example.org", True),
        ("https://app-*.example.org", "https://app-7.example.org", True),
        ("https://app-*.example.org", "https://app-7.mallory.example.org", False),
        ("http://localhost:*", "http://localhost:5173", True),
        ("http://localhost:*", "http://localhost:5173.mallory.net", False),
        ("http://[::1]:3000", "http://[::1]:3000", True),
        ("com.example.app://callback", "com.example.app://callback", True),
        ("not an origin", "not an origin", False),
        ("https://*.", "https://a.", False),
    ],
)
def test_patterns_mean_what_they_say(pattern, origin, expected):
    assert expected == is_let_in(origin, pattern)


@pytest.mark.parametrize("pattern", ["*", "https://*", "https://*:*"])
@pytest.mark.parametrize("origin", ["https://mallory.net", "https://mallory"])
def test_everybody_is_never_let_in_with_credentials(pattern, origin):
    given = answer(origin, Policy(origins=(pattern,), allows_credentials=True))

    assert "*" == given["access-control-allow-origin"]
    assert "access-control-allow-credentials" not in given


def test_beside_everybody_a_named_origin_keeps_its_credentials():
    given = answer("https://app.example.org", Policy(origins=("*", "https://app.example.org")))

    assert ("https://app.example.org", "true") == (
        given["access-control-allow-origin"],
        given["access-control-allow-credentials"],
    )


def test_credentials_that_are_off_are_not_promised():
    assert "access-control-allow-credentials" not in answer("https://app.example.org", Policy(allows_credentials=False))


def test_what_is_turned_off_lets_nobody_in():
    assert {"vary": "Origin"} == answer("https://app.example.org", Policy(is_enabled=False))


@pytest.mark.parametrize(
    "origin", ["http://localhost:5173", "http://localhost", "http://127.0.0.1:3000", "http://[::1]:3000"]
)
def test_developers_pages_are_let_in_unasked_but_only_where_developers_are_served(origin):
    assert is_let_in(origin, is_for_developers=True, is_enabled=False)
    assert not is_let_in(origin, is_for_developers=False)


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost.mallory.net:3000",
        "http://127.0.0.1.mallory.net",
        "http://mallory.net:3000",
        "http://10.0.0.1:3000",
        "http://localhost:3000@mallory.net",
        "http://*:3000",
        "null",
    ],
)
def test_mallorys_page_is_no_developers_page(origin):
    assert not is_let_in(origin, is_for_developers=True)


@pytest.mark.parametrize(
    ("listen_is_loopback", "public_host", "expected"),
    [
        (True, None, True),
        (True, "localhost", True),
        (True, "127.0.0.1", True),
        (True, "id.example.com", False),  # behind a proxy: localhost is each visitor's own machine
        (False, None, False),
        (False, "localhost", False),
    ],
)
def test_developers_are_served_on_loopback_and_nowhere_else(listen_is_loopback, public_host, expected):
    assert expected == cors_rules.serves_developers(listen_is_loopback=listen_is_loopback, public_host=public_host)


def preflight(origin, policy=None, **options):
    options = {"is_for_developers": False, **options}
    return dict(cors_rules.preflight(origin, policy or Policy(), **options))


def test_a_preflight_tells_methods_headers_and_for_how_long():
    given = preflight("https://app.example.org", Policy(max_age_seconds=600))

    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(given["access-control-allow-methods"].split(", "))
    assert "Authorization, Content-Type, X-Session-Token" == given["access-control-allow-headers"]
    assert ("600", "true") == (given["access-control-max-age"], given["access-control-allow-credentials"])
    assert "Origin" in given["vary"]


def test_mallorys_preflight_learns_nothing():
    assert ["vary"] == list(preflight("https://mallory.net", Policy(max_age_seconds=600)))


def test_without_a_time_none_is_promised():
    assert "access-control-max-age" not in preflight("https://app.example.org")


def test_developers_may_send_all_that_orys_clients_send_whatever_the_policy_says():
    given = preflight("http://localhost:3000", Policy(allowed_headers=("X-Own",)), is_for_developers=True)

    assert {"X-Own", "X-Session-Token", "X-CSRF-Token", "Content-Type", "Authorization", "Cookie"} == set(
        given["access-control-allow-headers"].split(", ")
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("x-own, content-type", "x-own, content-type"), ("x\r\nset-cookie: a=b", "*"), (None, "*"), ("x," * 4000, "*")],
    ids=["names", "a line of mallory's own", "nothing", "too many"],
)
def test_every_header_means_the_ones_asked_for_if_they_are_names(asked, expected):
    given = preflight("https://app.example.org", Policy(allowed_headers=("*",)), asked_headers=asked)

    assert expected == given["access-control-allow-headers"]
