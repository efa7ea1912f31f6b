"""What of an address a hook's Jsonnet may see: mallory runs its receiver, and must not be able to use what it opens."""

import pytest

from headwater.actions.occasion import InboundRequest, context
from headwater.actions.shown_url import without_keys

AT = "https://example.org/self-service/recovery"


@pytest.mark.parametrize(
    "name", ["token", "code", "state", "id_token", "init_code", "return_to_code", "%74oken", "TOKEN"]
)
def test_what_opens_an_account_is_withheld_under_any_spelling(name):
    assert without_keys(f"{AT}?flow=1&{name}=s3cret&{name}=s3cret") == f"{AT}?flow=1&{name}=withheld&{name}=withheld"


@pytest.mark.parametrize(
    "url", [AT, f"{AT}?", f"{AT}?flow=1&return_to=%2Fx%3Fa&&token", "", f"{AT}?utm=a+b%20c", f"{AT}?tokens=3"]
)
def test_everything_else_stays_as_it_was_written(url):
    assert without_keys(url) == url


def test_a_flow_that_was_begun_by_a_link_does_not_give_it_away_either():
    url = f"{AT}?token=s3cret"
    shown = context(
        flow={"id": "flow-1", "request_url": url},
        identity=None,
        session=None,
        request=InboundRequest(method="GET", url=url, headers={"referer": [url]}),
    )

    assert "s3cret" not in str(shown)
    assert shown["request_url"] == shown["flow"]["request_url"] == f"{AT}?token=withheld"
