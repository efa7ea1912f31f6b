"""Our own pages in a real Chromium: for mice, keyboards, phones in the dark, and browsers without scripts."""

import re
from contextlib import closing

import httpx
import ory_client
import pytest
from playwright.sync_api import expect

from acceptance.chromium import launched
from acceptance.ory_stage import PASSWORD, App, Installation, Letters, address
from acceptance.pages_stage import NO_SCRIPTS, PHONE, Typist, Visitor, small_targets

NEW_PASSWORD = "staple battery horse"
WAYS = {
    "mouse": (Visitor, {}),
    "keyboard": (Typist, {}),
    "phone": (Visitor, PHONE),
    "no-scripts": (Visitor, NO_SCRIPTS),
}


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with closing(Installation(tmp_path_factory.mktemp("pages") / "data")) as running:
        running.start()
        yield running


@pytest.fixture
def letters(installation):
    with ory_client.ApiClient(ory_client.Configuration(host=installation.admin)) as client:
        yield Letters(ory_client, client)


@pytest.fixture
def come(chromium, installation):
    """Returns somebody with a browser of their own; at the end, nobody may have had anything to complain about."""
    came = []

    def come(way="mouse"):
        kind, options = WAYS[way]
        came.append(kind(chromium, installation.url, **options))
        return came[-1]

    yield come
    for visitor in came:
        visitor.close()
        assert {installation.url.removeprefix("http://")} == visitor.hosts - {""}
        assert [] == visitor.complaints


@pytest.fixture
def ada(request):
    """Longer than a phone is wide, and nowhere to break it."""
    return address(request.node, "adaaugustakingnoelcountessoflovelace")


def sign_up(visitor, email):
    visitor.open("/ui/registration")
    visitor.sees("Create an account")
    visitor.fill("traits.email", email)
    visitor.fill("password", PASSWORD)
    visitor.send("password")
    visitor.sees("Your account", email, "not verified yet")


def sign_out(visitor):
    visitor.open("/ui/welcome")
    visitor.follow("Sign out")
    visitor.sees("Sign in")


def try_to_sign_in(visitor, email, password):
    visitor.open("/ui/login")
    visitor.sees("Sign in")
    visitor.fill("identifier", email)
    visitor.fill("password", password)
    visitor.send("password")


@pytest.mark.parametrize("way", WAYS)
def test_ada_signs_up_verifies_signs_out_recovers_changes_her_password_and_is_deleted(
    installation, come, ada, letters, way
):
    visitor = come(way)
    sign_up(visitor, ada)

    visitor.follow("Verify your address")
    visitor.sees("Verify your address")
    visitor.fill("email", ada)
    visitor.send("email")
    visitor.sees("Enter your code")
    visitor.fill("code", letters.code(ada, "verification_code_valid", after=1))
    visitor.send("code")
    visitor.sees("Address verified", "You successfully verified your email address.")
    visitor.follow("Continue")
    visitor.sees("Your account", "verified")
    expect(visitor.page.get_by_text("not verified yet")).to_have_count(0)

    sign_out(visitor)
    visitor.follow("Forgot how to sign in?")
    visitor.sees("Recover your account")
    visitor.fill("email", ada)
    visitor.send("email")
    visitor.sees("Enter your code")
    visitor.fill("code", letters.code(ada, "recovery_code_valid"))
    visitor.send("code")
    visitor.sees("Account settings", "You successfully recovered your account.")
    visitor.fill("password", NEW_PASSWORD)
    visitor.send("password")
    visitor.sees("Account settings", "Your changes have been saved!")

    sign_out(visitor)
    try_to_sign_in(visitor, ada, PASSWORD)
    visitor.sees("Error: Sign in", "The provided credentials are invalid")
    try_to_sign_in(visitor, ada, NEW_PASSWORD)
    visitor.sees("Your account", ada)

    (person,) = installation.api("GET", f"/admin/identities?credentials_identifier={ada}")
    httpx.delete(f"{installation.admin}/identities/{person['id']}").raise_for_status()
    visitor.open("/ui/welcome")
    visitor.sees("You are not signed in")


def test_the_letters_link_verifies_on_a_phone_that_has_never_been_here(come, ada, letters):
    sign_up(come(), ada)
    letter = letters.newest(ada, "verification_code_valid")
    phone = come("phone")

    phone.open(re.search(r"http\S+/self-service/verification\S+", letter.body)[0])
    phone.sees("Enter your code", ada)
    phone.send("code")

    phone.sees("Address verified")


@pytest.mark.parametrize("way", ["mouse", "no-scripts"])
def test_what_is_wrong_is_announced_and_the_first_wrong_field_has_the_focus(come, ada, way):
    visitor = come(way)
    visitor.open("/ui/registration")
    visitor.fill("traits.email", ada)
    visitor.fill("password", "short")
    visitor.send("password")

    visitor.sees("Error: Create an account")
    expect(visitor.page.get_by_role("alert")).to_contain_text("must be at least 8 characters long")
    password = visitor.field("password")
    expect(password).to_be_focused()
    expect(password).to_have_accessible_description(re.compile("at least 8 characters"))
    assert "true" == password.get_attribute("aria-invalid")
    assert (ada, "") == (visitor.field("traits.email").input_value(), password.input_value())


def test_what_is_wrong_with_no_field_has_the_focus_itself(come, ada):
    visitor = come()
    try_to_sign_in(visitor, ada, PASSWORD)

    visitor.sees("Error: Sign in")
    expect(visitor.page.get_by_role("alert")).to_be_focused()


def test_a_finger_hits_every_button_field_and_link(come, ada):
    phone = come("phone")
    sign_up(phone, ada)

    missed = {}
    for path in ("welcome", "settings", "verification"):
        phone.open(f"/ui/{path}")
        missed[path] = small_targets(phone)
    sign_out(phone)
    for path in ("login", "registration", "recovery", "error"):
        phone.open(f"/ui/{path}")
        missed[path] = small_targets(phone)

    assert {path: [] for path in missed} == missed


@pytest.mark.parametrize(
    "path",
    [
        "/ui/login?flow=4ea92174-f04b-4d92-a2d7-e2d5c5064572",
        "/ui/recovery?flow=not-an-id",
        "/ui/error?id=4ea92174-f04b-4d92-a2d7-e2d5c5064572",
        "/self-service/login/browser?return_to=https://mallory.net/",
    ],
)
def test_a_dead_end_says_so_and_has_a_way_out(come, path):
    visitor = come("phone")
    visitor.open(path)
    expect(visitor.page).to_have_title(re.compile("^Error: "))
    visitor.judge()

    visitor.page.get_by_role("link", name=re.compile("sign in|start again", re.IGNORECASE)).first.click()

    expect(visitor.page).to_have_title(re.compile("^(Sign in|Recover your account)$"))


def test_a_form_on_mallorys_page_changes_no_password(come, ada, installation):
    """It is sent from Ada's own browser; her cookies stay behind, and no token came to Mallory."""
    visitor = come()
    sign_up(visitor, ada)
    visitor.open("/ui/settings")
    action = visitor.field("password").locator("xpath=ancestor::form").get_attribute("action")
    thief = visitor.context.new_page()
    thief.goto(f"{installation.url.replace('127.0.0.1', 'localhost')}/health/alive")  # another site than 127.0.0.1
    fields = f'<input name=method value=password><input name=password value="{NEW_PASSWORD}">'
    thief.set_content(f'<form action="{action}" method=post>{fields}<button>Win</button></form>')

    thief.get_by_role("button").click()
    expect(thief).to_have_url(re.compile("/ui/"))

    assert App(ory_client, installation.url).sign_in(ada, password=PASSWORD).session.active
