"""The founding story by social sign-in: people, with a real browser, between us and a real OpenID provider."""

import json
from base64 import b64encode
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from acceptance.chromium import launched
from acceptance.conftest import segment_hook
from acceptance.openid_provider import CONSENT_TITLE, LOGIN_TITLE, cancel_there, sign_in_there
from acceptance.ory_stage import PASSWORD, Installation, address
from acceptance.social_stage import ACME, AUTO, CALLBACK, Account, Member, open_account, provider_beside

SEGMENT = "https://api.segment.io/v1/identify"


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("social")
    with closing(Installation(folder / "data", HEADWATER_TRACKING_ALIASES="true")) as running:
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

    def come():
        came.append(Member(chromium, installation.url))
        return came[-1]

    yield come
    for visitor in came:
        visitor.close()
        assert visitor.hosts - {""} <= {urlsplit(installation.url).netloc, urlsplit(provider.issuer).netloc}
        assert [] == visitor.complaints


@pytest.fixture
def ada(request, provider):
    return open_account(provider, request.node, "ada", email_verified=True)


@pytest.fixture
def mallory(request, provider):
    """Mallory says at the provider that Grace's address is his; the provider hasn't checked."""
    return open_account(provider, request.node, "mallory", email=address(request.node, "grace"), email_verified=False)


@pytest.fixture
def act(installation):
    """Returns what sets an Action, until the end of the test."""
    paths = []

    def act(config, at="registration/after"):
        installation.add_hook(config, at)
        paths.append(f"/services/identity/config/selfservice/flows/{at}/hooks/0")

    yield act
    for path in paths:
        installation.patch({"op": "remove", "path": path})


def put_person(installation, email, *, is_verified):
    """Make somebody with a password, and return their id."""
    status = "completed" if is_verified else "pending"
    made = {
        "traits": {"email": email},
        "credentials": {"password": {"config": {"password": PASSWORD}}},
        "verifiable_addresses": [{"value": email, "via": "email", "verified": is_verified, "status": status}],
    }
    return installation.api("POST", "/admin/identities", made, status=201)["id"]


def linked_accounts(installation, email):
    """Return which accounts elsewhere sign the owner of an address in, as the operator sees it."""
    (person,) = installation.api("GET", f"/admin/identities?credentials_identifier={email}")
    shown = installation.api("GET", f"/admin/identities/{person['id']}?include_credential=oidc")
    return shown["credentials"].get("oidc", {}).get("identifiers", [])


@pytest.mark.parametrize("at", ["registration/after", "registration/after/oidc"])
def test_the_guides_action_identifies_once_whoever_signs_up_with_a_provider(come, ada, act, receiver, at):
    act(segment_hook(receiver.url, "adas-write-key"), at)
    visitor = come()
    visitor.sign_up_with(ACME, ada)
    visitor.is_in(ada.email)
    expect(visitor.page.get_by_text("not verified yet")).to_have_count(0)
    ((headers, body),) = receiver.requests  # it is called before she sees her page: there will be no more

    assert "Basic " + b64encode(b"adas-write-key:").decode() == headers["authorization"]
    assert {"userId": visitor.whoami()["id"], "traits": {"email": ada.email}} == body


def test_a_sign_up_with_a_provider_reaches_the_tool_once(come, ada, act, installation, receiver):
    made = installation.api("POST", "/api/sources", {"name": "social"}, status=201)
    installation.webhook(receiver, made["slug"])
    act(segment_hook(SEGMENT, made["write_keys"][0]["key"]))
    visitor = come()
    visitor.sign_up_with(ACME, ada)
    visitor.is_in(ada.email)
    arrived = receiver.wait_until(bool, "the identify call")[0]
    (stored,) = installation.api("GET", f"/api/events?source={made['slug']}")["events"]
    trace = json.loads(installation.cli("get", "trace", arrived["messageId"], "--format", "json").stdout)

    assert (visitor.whoami()["id"], {"email": ada.email}) == (arrived["userId"], arrived["traits"])
    assert arrived["messageId"] == stored["event"]["messageId"]
    assert ["delivered"] == [one["state"] for one in trace["deliveries"]]


@pytest.mark.parametrize("page", [LOGIN_TITLE, CONSENT_TITLE], ids=["login", "consent"])
def test_who_cancels_at_the_provider_is_back_as_nobody_and_may_try_again(come, ada, act, receiver, page):
    act(segment_hook(receiver.url, "key"))
    visitor = come()
    visitor.open("/ui/registration")
    visitor.press(f"Sign up with {ACME}")
    if page == CONSENT_TITLE:
        sign_in_there(visitor.page, ada.name)
    cancel_there(visitor.page, title=page)

    visitor.sees("Error: Create an account", "cancelled")
    assert (None, []) == (visitor.whoami(), receiver.requests)
    visitor.press(f"Sign up with {ACME}")
    visitor.go_through(ada)
    visitor.is_in(ada.email)
    assert 1 == len(receiver.requests)


def test_who_comes_again_is_the_same_person_and_identified_no_second_time(come, ada, act, receiver):
    act(segment_hook(receiver.url, "key"))
    first = come()
    first.sign_up_with(ACME, ada)
    first.is_in(ada.email)
    person = first.whoami()["id"]
    first.sign_out()
    first.sign_in_with(ACME, ada)  # the provider remembers her, and what she allowed
    first.is_in(ada.email)
    phone = come()
    phone.sign_up_with(ACME, ada)  # she has forgotten that she has signed up
    phone.is_in(ada.email)

    assert [person] * 2 == [first.whoami()["id"], phone.whoami()["id"]]
    assert 1 == len(receiver.requests)


def test_who_is_unknown_on_the_login_page_is_signed_up_and_identified(come, ada, act, receiver):
    act(segment_hook(receiver.url, "key"))
    visitor = come()
    visitor.sign_in_with(ACME, ada)
    visitor.is_in(ada.email)

    assert [visitor.whoami()["id"]] == [body["userId"] for body in receiver.bodies]


def test_who_has_no_address_there_is_asked_for_one_and_nothing_twice(come, act, request, provider, receiver):
    act(segment_hook(receiver.url, "key"))
    eve = address(request.node, "eve")
    visitor = come()
    visitor.sign_up_with(ACME, Account("eve", None))
    visitor.sees("Error: Create an account")
    assert (None, []) == (visitor.whoami(), receiver.requests)

    asked = []
    visitor.page.on("request", lambda sent: asked.append(sent.url))
    visitor.fill("traits.email", eve)
    visitor.send("traits.email")
    visitor.is_in(eve, "not verified yet")
    assert [{"email": eve}] == [body["traits"] for body in receiver.bodies]
    assert [] == [url for url in asked if url.startswith(provider.issuer)]


def test_with_the_provider_down_when_she_is_back_nobody_is_signed_up_until_it_is_up(come, ada, act, provider, receiver):
    act(segment_hook(receiver.url, "key"))
    visitor = come()
    provider.end_as_somebody_leaves()
    visitor.sign_up_with(ACME, ada)
    visitor.sees("Error: Create an account")
    assert (None, []) == (visitor.whoami(), receiver.requests)

    provider.stop()
    provider.start()
    provider.put_account(ada.name, email=ada.email, email_verified=True)
    visitor.press(f"Sign up with {ACME}")
    visitor.go_through(ada)
    visitor.is_in(ada.email)
    assert 1 == len(receiver.requests)


def test_while_a_silent_provider_keeps_her_waiting_others_come_in_and_then_she_reads_why(
    come, ada, installation, provider, request
):
    visitor = come()
    visitor.open("/ui/login")
    visitor.press(f"Sign in with {ACME}")
    sign_in_there(visitor.page, ada.name)
    expect(visitor.page).to_have_title(CONSENT_TITLE)
    request.addfinalizer(provider.speak)
    provider.fall_silent_as_somebody_leaves()
    answered = []
    visitor.page.on("response", lambda answer: answered.append(urlsplit(answer.url).path))
    with visitor.page.expect_request(f"**{CALLBACK}/**"):
        visitor.page.get_by_role("button", name="Allow").click(no_wait_after=True)

    assert installation.register(address(request.node, "grace"))["session"]["active"]
    assert visitor.whoami() is None
    assert f"{CALLBACK}/acme" not in answered
    visitor.sees("Error: Sign in", "localhost can't be reached at the moment")
    assert f"{CALLBACK}/acme" in answered
    provider.speak()
    visitor.press(f"Sign in with {ACME}")
    visitor.go_through(ada)
    visitor.is_in(ada.email)


def test_a_new_signing_key_during_a_sign_in_is_not_her_problem(come, ada, provider):
    visitor = come()
    provider.rotate_keys_as_somebody_leaves()
    visitor.sign_up_with(ACME, ada)

    visitor.is_in(ada.email)


def test_an_account_is_linked_and_unlinked_in_the_settings(come, ada, installation, request):
    person = put_person(installation, grace := address(request.node, "grace"), is_verified=True)
    visitor = come()
    visitor.open("/ui/login")
    visitor.fill("identifier", grace)
    visitor.fill("password", PASSWORD)
    visitor.send("password")
    visitor.is_in(grace)
    visitor.open("/ui/settings")
    visitor.press(f"Link {ACME}")
    visitor.go_through(ada)
    visitor.sees("Account settings", "Your changes have been saved!")
    assert [f"acme:{ada.name}"] == linked_accounts(installation, grace)

    visitor.sign_out()
    visitor.sign_in_with(ACME, ada)
    visitor.is_in(grace)  # her address here, whatever it is there
    assert person == visitor.whoami()["id"]

    visitor.open("/ui/settings")
    visitor.press(f"Unlink {ACME}")
    visitor.sees("Account settings", "Your changes have been saved!")
    assert [] == linked_accounts(installation, grace)
    visitor.sign_out()
    visitor.sign_in_with(ACME, ada)
    visitor.is_in(ada.email)
    assert person != visitor.whoami()["id"]


def test_the_only_way_in_cannot_be_unlinked(come, ada):
    visitor = come()
    visitor.sign_up_with(ACME, ada)
    visitor.is_in(ada.email)
    visitor.open("/ui/settings")
    visitor.sees("Account settings")

    expect(visitor.page.get_by_role("button", name=f"Unlink {ACME}", exact=True)).to_have_count(0)


@pytest.mark.parametrize("label", [ACME, AUTO])
@pytest.mark.parametrize("way", ["sign_in_with", "sign_up_with"])
def test_an_unverified_address_does_not_let_mallory_in_as_grace(come, mallory, installation, label, way):
    put_person(installation, mallory.email, is_verified=True)  # Grace
    thief = come()
    getattr(thief, way)(label, mallory)

    expect(thief.page.locator("main")).to_contain_text(mallory.email)
    assert thief.whoami() is None
    thief.fill("password", "not Grace's password")
    thief.send("password")
    thief.sees("Error: Sign in")
    assert thief.whoami() is None
    assert [] == linked_accounts(installation, mallory.email)


def test_where_the_operator_says_so_two_proofs_of_one_address_link_the_accounts(come, ada, installation):
    person = put_person(installation, ada.email, is_verified=True)
    visitor = come()
    visitor.sign_in_with(AUTO, ada)
    visitor.is_in(ada.email)

    assert person == visitor.whoami()["id"]
    assert [f"auto:{ada.name}"] == linked_accounts(installation, ada.email)


def test_whoever_took_adas_address_before_her_does_not_get_her_account_linked(come, ada, installation):
    put_person(installation, ada.email, is_verified=False)  # by Mallory, who knows the password
    visitor = come()
    visitor.sign_in_with(AUTO, ada)

    expect(visitor.page.locator("main")).to_contain_text(ada.email)
    assert visitor.whoami() is None
    assert [] == linked_accounts(installation, ada.email)


def test_whoever_proves_by_password_that_both_accounts_are_hers_has_them_linked(come, ada, installation):
    person = put_person(installation, ada.email, is_verified=True)
    visitor = come()
    visitor.sign_in_with(ACME, ada)
    assert visitor.whoami() is None
    visitor.fill("password", PASSWORD)
    visitor.send("password")
    visitor.is_in(ada.email)

    assert person == visitor.whoami()["id"]
    assert [f"acme:{ada.name}"] == linked_accounts(installation, ada.email)
