"""Our own pages with providers' buttons, in a real Chromium: for mice, keyboards, phones, and without scripts."""

import re
from contextlib import closing
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from acceptance.chromium import launched
from acceptance.openid_provider import LOGIN_TITLE, cancel_there
from acceptance.ory_stage import PASSWORD, Installation, address
from acceptance.pages_stage import NO_SCRIPTS, PHONE, small_targets
from acceptance.social_stage import ACME, AUTO, CALLBACK, Member, TypingMember, open_account, provider_beside

WAYS = {
    "mouse": (Member, {}),
    "keyboard": (TypingMember, {}),
    "phone": (Member, PHONE),
    "no-scripts": (Member, NO_SCRIPTS),
}
SAVED = "Your changes have been saved!"
# As long as we quote a provider, nowhere to break it, and a tag if it were one.
ENDLESS = "<img/src=x/onerror=alert(1)>" + "x" * 272


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with closing(Installation(tmp_path_factory.mktemp("social-pages") / "data")) as running:
        running.start()
        yield running


@pytest.fixture(scope="module")
def provider(tmp_path_factory, installation):
    with provider_beside(installation, tmp_path_factory.mktemp("provider")) as provider:
        yield provider


@pytest.fixture
def come(chromium, installation, provider):
    """Returns somebody with a browser of their own; at the end, nobody may have had anything to complain about."""
    came = []

    def come(way="mouse"):
        kind, options = WAYS[way]
        came.append(kind(chromium, installation.url, **options))
        return came[-1]

    yield come
    for visitor in came:
        visitor.close()
        assert visitor.hosts - {""} <= {urlsplit(installation.url).netloc, urlsplit(provider.issuer).netloc}
        assert [] == visitor.complaints


@pytest.mark.parametrize("way", WAYS)
def test_eve_cancels_says_what_is_missing_unlinks_links_and_signs_in_again(come, provider, request, way):
    email = address(request.node, "evewhoseaddressislongerthanaphoneiswide")
    eve = open_account(provider, request.node, "eve", email=None)
    visitor = come(way)

    visitor.open("/ui/registration")
    visitor.sees("Create an account")
    visitor.press(f"Sign up with {ACME}")
    cancel_there(visitor.page, title=LOGIN_TITLE)
    visitor.sees("Error: Create an account", "The end-user cancelled")
    expect(visitor.page.get_by_role("alert")).to_be_focused()

    visitor.press(f"Sign up with {ACME}")
    visitor.go_through(eve)
    visitor.sees("Error: Create an account")
    expect(visitor.field("traits.email")).to_be_focused()
    expect(visitor.page.locator("button")).to_have_count(1)
    visitor.fill("traits.email", email)
    visitor.send("traits.email")
    visitor.is_in(email)

    visitor.open("/ui/settings")
    visitor.sees("Account settings")
    visitor.fill("password", PASSWORD)
    visitor.send("password")
    visitor.sees("Account settings", SAVED)
    visitor.press(f"Unlink {ACME}")
    visitor.sees("Account settings", SAVED)
    visitor.press(f"Link {ACME}")
    visitor.go_through(eve)
    visitor.sees("Account settings", SAVED)
    expect(visitor.page.get_by_role("button", name=f"Unlink {ACME}", exact=True)).to_be_visible()

    visitor.sign_out()
    visitor.press(f"Sign in with {ACME}")
    visitor.go_through(eve)
    visitor.is_in(email)


@pytest.mark.parametrize("way", WAYS)
def test_ada_who_has_a_password_here_is_asked_for_it_and_told_why(come, installation, provider, request, way):
    ada = open_account(provider, request.node, "adawhoseaddressislongerthanaphoneiswide", email_verified=True)
    installation.register(ada.email)
    visitor = come(way)

    visitor.sign_in_with(ACME, ada)
    visitor.sees("Sign in", f'add your account "{ada.email}" at "{ACME}"')
    visitor.fill("password", PASSWORD)
    visitor.send("password")
    visitor.is_in(ada.email)


def test_a_finger_hits_every_providers_button(come, installation, request):
    phone = come("phone")
    missed = {}
    for path in ("login", "registration"):
        phone.open(f"/ui/{path}")
        expect(phone.page.get_by_role("button", name=re.compile(ACME))).to_have_count(2)
        missed[path] = small_targets(phone)
    email = address(request.node)
    installation.register(email)
    phone.open("/ui/login")
    phone.fill("identifier", email)
    phone.fill("password", PASSWORD)
    phone.send("password")
    phone.is_in(email)
    phone.open("/ui/settings")
    expect(phone.page.get_by_role("button", name=re.compile(f"^Link ({ACME}|{AUTO})$"))).to_have_count(2)
    missed["settings"] = small_targets(phone)

    assert {path: [] for path in missed} == missed


def leaving(visitor):
    """Press the provider's button; return the state that somebody takes along."""
    with visitor.page.expect_request(re.compile(r"/auth\?")) as leaving:
        visitor.press(f"Sign in with {ACME}")
    return parse_qs(urlsplit(leaving.value.url).query)["state"][0]


@pytest.mark.parametrize("way", ["phone", "no-scripts"])
def test_whatever_a_provider_says_is_text_and_no_wider_than_a_phone(come, way):
    visitor = come(way)
    visitor.open("/ui/login")
    said = {"state": leaving(visitor), "error": "server_error", "error_description": ENDLESS}

    visitor.open(f"{CALLBACK}/acme?{urlencode(said)}")

    visitor.sees("Error: Sign in", ENDLESS)
    visitor.press(f"Sign in with {ACME}")
    expect(visitor.page).to_have_title(LOGIN_TITLE)


@pytest.mark.parametrize("query", ["", "?state=made-up&code=made-up"])
def test_a_way_back_that_leads_nowhere_says_so_and_has_a_way_out(come, query):
    visitor = come("phone")
    visitor.open(f"{CALLBACK}/acme{query}")
    expect(visitor.page).to_have_title(re.compile("^Error: "))
    visitor.judge()

    visitor.page.get_by_role("link", name=re.compile("sign in|start again", re.IGNORECASE)).first.click()

    expect(visitor.page).to_have_title("Sign in")
