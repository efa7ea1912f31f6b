"""The app's tests. `headwater` is Segment and Ory, empty for each test; nothing that it sends really leaves."""

import re
from pathlib import Path

import pytest
from signup import SignUps

HERE = Path(__file__).parent
PASSWORD = "correct horse battery staple"
US, EU = "https://api.segment.io/v1/identify", "https://events.eu1.segmentapis.com/v1/identify"
CRM = "https://crm.example.com/people"


@pytest.fixture
def app(headwater):
    return SignUps(ory_url=headwater.ory_url, segment_host=headwater.url, write_key=headwater.write_key)


@pytest.mark.parametrize("identify", [US, EU], ids=["us", "eu"])
def test_who_signs_up_is_identified_by_the_action_and_tracked_by_the_app(headwater, app, identify):
    headwater.add_action(HERE / "identify.jsonnet", url=identify, write_key=headwater.write_key)

    ada, _ = app.sign_up("ada@example.com", PASSWORD)

    headwater.assert_identified(ada, traits={"email": "ada@example.com"}, times=1)
    headwater.assert_tracked("Signed Up", user_id=ada, properties={"plan": "free"}, times=1)
    headwater.assert_called(identify, status=200)
    headwater.assert_nothing_else_left()


def test_each_test_begins_with_nobody(headwater):
    assert (headwater.identities(), headwater.events()) == ([], [])


def test_an_action_welcomes_who_signed_up(headwater, app):
    headwater.add_action(HERE / "welcome.jsonnet", url="https://mailer.example.com/welcome")

    app.sign_up("ada@example.com", PASSWORD)

    headwater.assert_called(
        "https://mailer.example.com/**", method="POST", body={"to": "ada@example.com", "template": "welcome"}, times=1
    )


def test_a_crm_that_is_down_hears_of_it_later(headwater, app):
    headwater.create_destination("webhook", {"url": CRM}, name="CRM")
    headwater.fail("CRM", 500, times=1)

    ada, _ = app.sign_up("ada@example.com", PASSWORD)
    headwater.assert_called("CRM", status=500, times=1)
    headwater.clock.advance("10s")

    headwater.assert_delivered("CRM", body={"event": "Signed Up", "userId": ada}, times=1)


def test_a_session_ends_by_itself(headwater, app):
    _, token = app.sign_up("ada@example.com", PASSWORD)
    assert app.is_signed_in(token)

    headwater.clock.advance("365d")

    assert not app.is_signed_in(token)


def test_an_address_is_verified_by_the_code_in_the_mail(headwater, app):
    app.sign_up("ada@example.com", PASSWORD)
    flow = app.verify("ada@example.com")

    newest = headwater.mails("ada@example.com")[-1]
    code = re.search(r"\b\d{6}\b", newest["body"])[0]

    assert app.enter_code(flow, code)
