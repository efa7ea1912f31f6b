"""A header is a credential by one rule, wherever that matters: mallory looks for the place that has another one."""

import pytest
from journal_stage import firing, request

from headwater.actions import dry_run
from headwater.actions.journal import withholding
from headwater.net import hop
from headwater.net.outbound import Response
from headwater.workspace import secret_places

VALUE = "hush-0123456789abcdef"


@pytest.fixture(
    params=[
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "Cookie2",
        "X-Cookie",
        "X-Session-Cookie",
        "x_session_cookie",
        "X-Auth",
        "X-Api-Key",
        "x_api_key",
        "X-APIKEY",
        "X-Access-Key",
        "X-Csrf-Token",
        "X-Shared-Secret",
        "X-Password",
        "X-Credential",
    ]
)
def header(request):
    return request.param


@pytest.fixture
def sent(header):
    return request(headers=((header, VALUE), ("X-Tenant", "t")), secret_headers=frozenset())


def test_it_follows_no_redirect_to_another_host(sent):
    elsewhere = hop.after_redirect(hop.first(sent), 307, "https://mallory.example/")

    assert (("X-Tenant", "t"),) == elsewhere.headers


def test_whoever_tries_an_action_out_is_not_shown_it(sent):
    trial = dry_run.Trial(hook=None, trigger=None, context={})
    echo = Response(status=200, headers=(("x-echo", VALUE),), body=VALUE.encode())

    shown = dry_run.shown(trial, sent, echo)

    assert VALUE not in repr(shown)
    assert "t" == shown["request"]["headers"]["X-Tenant"]


def test_the_delivery_log_keeps_it_nowhere(sent):
    echo = Response(status=200, headers=(("x-echo", VALUE),), body=VALUE.encode())

    assert VALUE not in repr(withholding.exchange_of(firing(request=sent, response=echo)))


def test_the_delivery_log_does_not_keep_a_persons(header):
    kept = withholding.context({"request_headers": {header: [VALUE], "User-Agent": ["Firefox"]}})

    assert {header: ["withheld"], "User-Agent": ["Firefox"]} == kept["request_headers"]


def test_it_is_sealed_where_it_is_configured(header):
    (place,) = secret_places.every({"config": {"headers": {header: VALUE, "X-Tenant": "t"}}})

    assert VALUE == place.value
