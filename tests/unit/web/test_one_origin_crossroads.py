"""Which way a request goes, as tables: no third place, no climbing, no operator route."""

import pytest

from headwater.web.one_origin import crossroads
from headwater.web.one_origin.crossroads import BadTargetError, NotProxiedError, Way


@pytest.mark.parametrize(
    ("target", "inner", "prefix"),
    [
        ("/self-service/login/browser?a=%2F..%2F", "/self-service/login/browser?a=%2F..%2F", ""),
        ("/sessions/whoami", "/sessions/whoami", ""),
        ("/schemas", "/schemas", ""),
        ("/ui/login?flow=1", "/ui/login?flow=1", ""),
        ("/health/ready", "/health/ready", ""),
        ("/.well-known/ory/webauthn.js", "/.well-known/ory/webauthn.js", ""),
        ("/.ory/sessions/whoami", "/sessions/whoami", "/.ory"),
        ("/.ory/self-service/login?flow=1", "/self-service/login?flow=1", "/.ory"),
    ],
)
def test_orys_public_api_and_the_pages_are_headwaters(target, inner, prefix):
    assert Way(is_headwater=True, target=inner, prefix=prefix) == crossroads.way_of(target)


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/?x=/self-service",
        "/admin/identities",
        "/api/status",
        "/v1/track",
        "/console",
        "/uikit.js",
        "/sessionsx",
        "/health-check",
        "/.well-known/security.txt",
        "/.well-known/oryx",
        "/.oryx/sessions",
        "//mallory.net/self-service",
        "/a/../b",
        "/Self-Service/login",
    ],
)
def test_everything_else_is_the_apps_as_it_came(target):
    assert Way(is_headwater=False, target=target) == crossroads.way_of(target)


@pytest.mark.parametrize(
    "target",
    [
        "/.ory",
        "/.ory/",
        "/.ory?x",
        "/.ory/admin/identities",
        "/.ory/api/status",
        "/.ory/v1/track",
        "/.ory/console",
        "/.ory//sessions",
    ],
)
def test_what_is_not_public_is_not_reached_below_orys_prefix_either(target):
    with pytest.raises(NotProxiedError):
        crossroads.way_of(target)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "*",
        "http://mallory.net/",
        "mallory.net:443",
        "@mallory.net/",
        ".mallory.net/",
        "/self-service/../admin/identities",
        "/self-service/%2e%2e/admin/identities",
        "/self-service/..%2fadmin/identities",
        "/sessions/..\\admin",
        "/.ory/sessions/../admin/identities",
    ],
)
def test_the_proxy_fetches_from_no_third_place_and_nobody_climbs_out_of_the_public_api(target):
    with pytest.raises(BadTargetError):
        crossroads.way_of(target)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:4000", True),
        ("LOCALHOST", True),
        ("127.0.0.1:4000", True),
        ("[::1]:4000", True),
        ("", False),
        ("mallory.net", False),
        ("localhost.mallory.net:4000", False),
        ("127.0.0.1.mallory.net", False),
        ("10.0.0.1:4000", False),
        ("0.0.0.0:4000", False),
        ("localhost:4000@mallory.net", False),
        ("localhost:4000, mallory.net", False),
        ("localhost\n", False),
    ],
)
def test_only_names_of_this_machine_are_answered(host, expected):
    assert expected == crossroads.is_local(host)
