"""Ory Elements (React), unmodified, in a real Chromium on another port: its forms sign people up and in at ours."""

import re
from contextlib import closing
from urllib.parse import urlsplit

import ory_client
import pytest
from playwright.sync_api import TimeoutError as PatienceError
from playwright.sync_api import expect

from acceptance.chromium import MALLORYS, Person, launched
from acceptance.elements_app import ElementsApp, bundle
from acceptance.openid_provider import allow_there, press, sign_in_there
from acceptance.ory_stage import PASSWORD, Installation, Letters, address
from acceptance.social_stage import ACME, open_account, provider_beside

NEW_PASSWORD = "staple battery horse"
FLOWS = ("login", "registration", "recovery", "settings", "verification")
UNHEARD_MS = 5_000
PRIVILEGED = "/selfservice/flows/settings/privileged_session_max_age"


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app, bundled once, on a port of its own."""
    folder = tmp_path_factory.mktemp("app")
    bundle(folder)
    with closing(ElementsApp(folder)) as app:
        yield app


@pytest.fixture(scope="module")
def installation(tmp_path_factory, app):
    """A server that sends people to the app for every flow. Both are on localhost, as a developer has them."""
    with closing(Installation.on_localhost(tmp_path_factory.mktemp("ui") / "data")) as running:
        running.start()
        app.ory = running.url.replace("127.0.0.1", "localhost")
        running.configure("/selfservice/default_browser_return_url", f"{app.url}/")
        for flow in FLOWS:
            running.configure(f"/selfservice/flows/{flow}/ui_url", f"{app.url}/{flow}")
        yield running


@pytest.fixture
def letters(installation):
    with ory_client.ApiClient(ory_client.Configuration(host=installation.admin)) as client:
        yield Letters(ory_client, client)


@pytest.fixture
def ada(request):
    return address(request.node)


def is_submit(request):
    return request.method == "POST" and "/self-service/" in request.url


class Visitor(Person):
    """Somebody in front of the app."""

    def __init__(self, browser, app):
        super().__init__(browser)
        self._url = app.url

    def open(self, path):
        self.page.goto(self._url + path)

    def fill(self, name, value):
        self.page.locator(f'[name="{name}"]').fill(value)

    def send(self, name):
        """Press the button of the form that has this field."""
        self.page.locator(f'form:has([name="{name}"]) button[type=submit]').last.click()

    def send_surely(self, name):
        """Press it, and once more if nothing was sent: React may not have been listening yet."""
        try:
            with self.page.expect_request(is_submit, timeout=UNHEARD_MS):
                self.send(name)
        except PatienceError:
            with self.page.expect_request(is_submit):
                self.send(name)

    def sees(self, text):
        expect(self.page.get_by_text(text).first).to_be_visible()

    def sign_up(self, email):
        self.open("/registration")
        self.fill("traits.email", email)
        self.fill("password", PASSWORD)
        self.send("password")
        self.sees(f"{email} is not verified.")

    def sign_in(self, email, password=PASSWORD):
        self.open("/login")
        self.fill("identifier", email)
        self.fill("password", password)
        self.send("password")

    def sign_out(self):
        self.open("/")
        self.page.get_by_role("button", name="Sign out").click()
        self.sees("Nobody is signed in.")


@pytest.fixture
def person(chromium, app, installation):
    yield from _visited(chromium, app)


@pytest.fixture
def member(chromium, app, provider):
    """Somebody who goes to the provider, too."""
    yield from _visited(chromium, app, provider.issuer)


def _visited(chromium, app, *elsewhere):
    visitor = Visitor(chromium, app)
    yield visitor
    visitor.close()
    assert {urlsplit(url).netloc for url in (app.url, app.ory, *elsewhere)} == visitor.hosts - {""}
    assert [] == visitor.complaints


@pytest.fixture
def provider(tmp_path, app, installation):
    """A provider, until the end of the test: what other tests say of the forms is said of those without one."""
    with provider_beside(installation, tmp_path, public_url=app.ory) as provider:
        yield provider
    installation.configure("/selfservice/methods/oidc", {"enabled": False, "config": {"providers": []}})


def test_ada_signs_up_verifies_signs_out_and_in_again(person, ada, letters):
    person.sign_up(ada)

    person.open("/verification")
    person.fill("email", ada)
    person.send("email")
    person.fill("code", letters.code(ada, "verification_code_valid", after=1))
    person.send("code")
    person.sees("You successfully verified your email address.")
    person.page.get_by_text("Continue").click()
    person.sees(f"{ada} is verified.")

    person.sign_out()
    person.sign_in(ada)
    person.sees(f"{ada} is verified.")


def test_what_is_wrong_is_said_in_the_form_and_the_next_try_counts(person, ada):
    person.open("/registration")
    person.fill("traits.email", ada)
    person.fill("password", "short")
    person.send("password")
    person.sees("The password must be at least 8 characters long, but got 5.")
    person.fill("password", PASSWORD)
    person.send("password")
    person.sees(f"{ada} is not verified.")

    person.sign_out()
    person.sign_in(ada, "not her password")
    person.sees("The provided credentials are invalid")
    person.fill("password", PASSWORD)
    person.send("password")
    person.sees(f"{ada} is not verified.")


def test_a_forgotten_password_is_recovered_by_mail_and_replaced(person, ada, letters):
    person.sign_up(ada)
    person.sign_out()

    person.open("/login")
    person.page.get_by_text("Recover Account").click()
    person.fill("email", ada)
    person.send("email")
    person.fill("code", letters.code(ada, "recovery_code_valid"))
    person.send("code")
    person.sees("You successfully recovered your account.")
    person.fill("password", NEW_PASSWORD)
    person.send_surely("password")
    person.sees("Your changes have been saved!")

    person.sign_out()
    person.sign_in(ada)
    person.sees("The provided credentials are invalid")
    person.sign_in(ada, NEW_PASSWORD)
    person.sees(f"{ada} is verified.")  # as Kratos: who recovers by an address has it


def test_a_changed_address_is_saved_and_signs_in(person, ada):
    person.sign_up(ada)
    person.open("/settings")
    person.fill("traits.email", f"new.{ada}")
    person.send("traits.email")
    person.sees("Your changes have been saved!")

    person.sign_out()
    person.sign_in(f"new.{ada}")
    person.sees(f"new.{ada} is not verified.")


@pytest.fixture
def short_privilege(installation):
    installation.configure(PRIVILEGED, "2s")
    yield 2
    installation.configure(PRIVILEGED, "1h")


def test_a_new_password_late_in_a_session_asks_for_the_old_one_first_and_is_then_saved(person, ada, short_privilege):
    person.sign_up(ada)
    person.open("/settings")
    person.fill("password", NEW_PASSWORD)
    signed_up = person.page.evaluate("Date.now()")
    person.page.wait_for_function(f"Date.now() > {signed_up + short_privilege * 1000}")
    person.send("password")

    expect(person.page).to_have_url(re.compile(r"/login\?flow="))
    person.fill("password", PASSWORD)
    person.send("password")
    expect(person.page).to_have_url(re.compile(r"/settings\?flow="))
    person.sees("Your changes have been saved!")
    person.sign_out()
    person.sign_in(ada, NEW_PASSWORD)
    person.sees(f"{ada} is not verified.")


def test_a_providers_buttons_sign_ada_up_and_in_and_unlink_and_link_her_account(member, request, provider):
    ada = open_account(provider, request.node, email_verified=True)
    member.open("/registration")
    press(member.page, f"Sign up with {ACME}")
    sign_in_there(member.page, ada.name)
    allow_there(member.page)
    member.sees(f"{ada.email} is verified.")

    member.sign_out()
    member.open("/login")
    press(member.page, f"Sign in with {ACME}")
    member.sees(f"{ada.email} is verified.")
    member.open("/settings")
    member.fill("password", NEW_PASSWORD)
    member.send("password")
    member.page.get_by_role("button", name=f"Unlink {ACME}").click()
    press(member.page, f"Link {ACME}")
    expect(member.page.get_by_role("button", name=f"Unlink {ACME}")).to_be_visible()


def test_mallorys_page_cannot_ask_who_ada_is(person, ada, app, installation):
    person.sign_up(ada)
    thief = person.context.new_page()
    thief.goto(app.url.replace("localhost", MALLORYS) + "/nothing")

    ask = "url => fetch(url, {credentials: 'include'}).then(answer => answer.text(), () => 'refused')"
    whoami = f"{app.ory}/sessions/whoami"

    assert "refused" == thief.evaluate(ask, whoami)
    assert ada in person.page.evaluate(ask, whoami)
