"""Ory's official clients, unmodified: social sign-in's forms, the way to a real provider, and back into a session.

The provider's pages are walked without a browser; whatever is ours, the clients ask for.
"""

import json
import secrets
import subprocess
from base64 import urlsafe_b64encode
from contextlib import closing
from hashlib import sha256
from urllib.parse import urlencode

import httpx
import ory_client
import ory_kratos_client
import pytest

from acceptance.ory_stage import PASSWORD, App, Browser, Installation, messages, submission
from acceptance.programs import need_npm_clients
from acceptance.provider_walk import Walker, query
from acceptance.social_stage import ACME, AUTO, open_account, provider_beside

SIGN_IN_WITH, SIGN_UP_WITH, LINK, UNLINK = 1010002, 1040002, 1050002, 1050003
SAVED = 1050001
# An app's own address: whoever opens it on a phone is in the app.
DEEP_LINK = "adasapp://back"
PHONE_APP = {
    "client_id": "adas-app",
    "application_type": "native",
    "redirect_uris": ["com.example.ada:/back"],
    "token_endpoint_auth_method": "none",
}
BUTTONS = {"login": SIGN_IN_WITH, "registration": SIGN_UP_WITH}


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with closing(Installation(tmp_path_factory.mktemp("social-clients") / "data")) as running:
        running.start()
        running.configure("/selfservice/allowed_return_urls", [DEEP_LINK])
        yield running


@pytest.fixture(scope="module")
def provider(tmp_path_factory, installation):
    folder = tmp_path_factory.mktemp("provider")
    audiences = [PHONE_APP["client_id"]]
    with provider_beside(installation, folder, PHONE_APP, additional_id_token_audiences=audiences) as provider:
        yield provider


@pytest.fixture(params=[ory_kratos_client, ory_client], ids=["kratos-client", "ory-client"])
def sdk(request):
    return request.param


@pytest.fixture(params=[App, Browser], ids=["native", "browser"])
def open_app(request, installation, sdk):
    """Returns new apps of one kind, each with a memory of its own."""
    return lambda: request.param(sdk, installation.url)


@pytest.fixture
def app(open_app):
    return open_app()


@pytest.fixture
def ada(request, provider):
    return open_account(provider, request.node, email_verified=True)


@pytest.fixture
def walker(provider):
    with closing(Walker(provider.issuer)) as walker:
        yield walker


@pytest.fixture
def admin(installation, sdk):
    with sdk.ApiClient(sdk.Configuration(host=installation.admin)) as client:
        yield sdk.IdentityApi(client)


def begin(app, kind):
    """Begin a flow as an app does that wants its session once its person is back from the browser."""
    waiting = {"return_session_token_exchange_code": True, "return_to": DEEP_LINK} if app.ways == "native" else {}
    return app.begin(kind, **waiting)


def leave(app, kind, flow, **step):
    """Press a provider's button; return where the client is told to send the browser."""
    moved = app.refused(422, *submission(app, kind, flow.id, {"method": "oidc", **step}), **app.proof)
    assert "browser_location_change_required" == moved.error.id
    return moved.redirect_browser_to


def go(app, kind, walker, account, *, provider="acme"):
    """Go all the way: to the provider, back, and into a session."""
    flow = begin(app, kind)
    location = app.visit(walker.through(leave(app, kind, flow, provider=provider), account.name))
    if app.ways == "native":
        assert location.startswith(DEEP_LINK), location
        answer = app.ask("exchange_session_token", flow.session_token_exchange_code, query(location)["code"])
        app.proof = {"x_session_token": answer.session_token}
    return app.ask("to_session", **app.proof)


def buttons(flow):
    """Return the group oidc of a form: name and value of each input, and its label's id and context."""
    found = []
    for node in flow.ui.nodes:
        if node.group == "oidc":
            attributes, label = node.attributes.actual_instance, node.meta.label
            assert ("input", "submit") == (node.type, attributes.type)
            found.append((attributes.name, attributes.value, label.id, label.context))
    return found


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("kind", BUTTONS)
def test_each_provider_is_a_button_whose_label_says_who_it_is(app, kind):
    flow = app.begin(kind)

    acme, auto = buttons(app.ask(f"get_{kind}_flow", flow.id))
    assert ("provider", "acme", BUTTONS[kind]) == acme[:3]
    assert (ACME, "acme") == (acme[3]["provider"], acme[3]["provider_id"])
    assert ("provider", "auto") == auto[:2]


@pytest.mark.parametrize("kind", BUTTONS)
def test_whoever_is_back_from_the_provider_is_signed_up_and_known_there_ever_after(app, open_app, ada, walker, kind):
    session = go(app, kind, walker, ada)

    assert {"email": ada.email} == session.identity.traits
    assert [("oidc", "acme")] == [(done.method, done.provider) for done in session.authentication_methods]
    assert [True] == [address.verified for address in session.identity.verifiable_addresses]
    for again in BUTTONS:
        assert session.identity.id == go(open_app(), again, walker, ada).identity.id


def test_whoever_cancels_there_is_shown_the_form_with_the_reason_and_may_try_again(app, ada, walker):
    flow = begin(app, "login")

    location = app.visit(walker.away(leave(app, "login", flow, provider="acme")))

    if app.ways == "native":
        codes = flow.session_token_exchange_code, query(location)["code"]
        assert str(flow.id) == str(app.refused(422, "exchange_session_token", *codes).id)
    again = app.ask("get_login_flow", flow.id)
    assert "cancelled" in again.ui.messages[0].text
    app.refused(401, "to_session", **app.proof)
    assert "acme" in [value for _, value, *_ in buttons(again)]
    assert {"email": ada.email} == go(app, "login", walker, ada).identity.traits


def test_a_code_of_the_way_back_is_worth_nothing_without_the_apps_own_and_nothing_twice(installation, sdk, ada, walker):
    app = App(sdk, installation.url)
    flow = begin(app, "login")
    location = app.visit(walker.through(leave(app, "login", flow, provider="acme"), ada.name))
    init, back = flow.session_token_exchange_code, query(location)["code"]

    thief = App(sdk, installation.url)
    others = begin(thief, "login").session_token_exchange_code
    thief.refused(404, "exchange_session_token", others, back)
    assert app.ask("exchange_session_token", init, back).session.active
    thief.refused(404, "exchange_session_token", init, back)


def phones_token(provider, walker, account):
    """Return an ID token as a provider's kit for phones gets it, and the nonce that it was asked with."""
    nonce, verifier = secrets.token_urlsafe(), secrets.token_urlsafe(48)
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    redirect_uri = PHONE_APP["redirect_uris"][0]
    asked = {
        "response_type": "code",
        "client_id": PHONE_APP["client_id"],
        "redirect_uri": redirect_uri,
        "scope": "openid email",
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    back = walker.through(f"{provider.issuer}/auth?{urlencode(asked)}", account.name)
    redeemed = {
        "grant_type": "authorization_code",
        "code": query(back)["code"],
        "client_id": PHONE_APP["client_id"],
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    answer = httpx.post(f"{provider.issuer}/token", data=redeemed, trust_env=False).raise_for_status()
    return answer.json()["id_token"], nonce


def test_an_app_that_has_been_at_the_provider_itself_brings_the_id_token(installation, sdk, provider, ada, walker):
    token, nonce = phones_token(provider, walker, ada)
    step = {"method": "oidc", "provider": "acme", "id_token": token, "id_token_nonce": nonce}
    app, thief = App(sdk, installation.url), App(sdk, installation.url)

    stolen = submission(thief, "login", thief.begin("login").id, {**step, "id_token_nonce": "another"})
    thief.refused(403, *stolen)
    up = app.submit("registration", app.begin("registration").id, step)
    again = App(sdk, installation.url)
    signed_in = again.submit("login", again.begin("login").id, step)

    assert {"email": ada.email} == up.identity.traits
    assert app.ask("to_session", x_session_token=up.session_token).identity.id == up.identity.id
    assert up.identity.id == signed_in.session.identity.id
    assert "acme" == signed_in.session.authentication_methods[0].provider


def test_an_account_is_linked_and_unlinked_by_the_buttons_of_the_settings(installation, sdk, ada, walker):
    app = Browser(sdk, installation.url)
    email = f"own.{ada.email}"
    person = app.sign_up(email).identity.id
    flow = app.begin("settings")
    assert ("link", "acme", LINK, {"provider": ACME}) in buttons(flow)

    app.visit(walker.through(leave(app, "settings", flow, link="acme"), ada.name))

    linked = app.ask("get_settings_flow", flow.id)
    assert [SAVED] == messages(linked)
    assert {("unlink", "acme", UNLINK), ("link", "auto", LINK)} == {one[:3] for one in buttons(linked)}
    assert person == go(Browser(sdk, installation.url), "login", walker, ada).identity.id

    unlinked = app.submit("settings", app.begin("settings").id, {"method": "oidc", "unlink": "acme"})
    assert ("success", [SAVED]) == (unlinked.state, messages(unlinked))
    assert person != go(Browser(sdk, installation.url), "login", walker, ada).identity.id


def test_an_app_cannot_unlink_the_only_way_in_and_can_once_there_is_a_password(installation, sdk, ada, walker):
    app = App(sdk, installation.url)
    person = go(app, "registration", walker, ada).identity.id
    flow = app.begin("settings", **app.proof)
    unlink = {"method": "oidc", "unlink": "acme"}
    assert [("link", "auto")] == [one[:2] for one in buttons(flow)]
    app.refused(400, *submission(app, "settings", flow.id, unlink), **app.proof)

    password = {"method": "password", "password": PASSWORD}
    flow = app.submit("settings", app.begin("settings", **app.proof).id, password, **app.proof)
    assert ("unlink", "acme", UNLINK, {"provider": ACME}) in buttons(flow)
    app.submit("settings", app.begin("settings", **app.proof).id, unlink, **app.proof)

    assert person == App(sdk, installation.url).sign_in(ada.email).session.identity.id
    assert "oidc" not in installation.api("GET", f"/admin/identities/{person}")["credentials"]


def test_an_administrator_sees_the_linked_account_and_takes_it_away(installation, sdk, admin, ada, walker):
    app = Browser(sdk, installation.url)
    person = str(go(app, "registration", walker, ada).identity.id)
    subject = f"acme:{ada.name}"

    linked = admin.get_identity(person, include_credential=["oidc"]).credentials["oidc"]
    assert [subject] == linked.identifiers
    found = sdk.IdentityCredentialsOidc.from_dict(linked.config).providers[0]
    assert ("acme", ada.name) == (found.provider, found.subject)
    assert found.initial_id_token.count(".") == 2
    hidden = admin.get_identity(person).credentials["oidc"]
    assert ([subject], None) == (hidden.identifiers, hidden.config or None)
    assert [person] == [str(one.id) for one in admin.list_identities(credentials_identifier=ada.email)]

    app.submit("settings", app.begin("settings").id, {"method": "password", "password": PASSWORD})
    with pytest.raises(sdk.ApiException) as caught:
        admin.delete_identity_credentials(person, "oidc", identifier="acme:somebody-else")
    assert 404 == caught.value.status
    admin.delete_identity_credentials(person, "oidc", identifier=subject)
    assert [] == admin.get_identity(person, include_credential=["oidc"]).credentials["oidc"].identifiers
    assert person == str(App(sdk, installation.url).sign_in(ada.email).session.identity.id)


def test_whom_an_administrator_brings_along_with_a_linked_account_signs_in_with_it(
    installation, sdk, admin, ada, walker
):
    linked = {"oidc": {"config": {"providers": [{"provider": "acme", "subject": ada.name}]}}}
    body = {"schema_id": "preset://email", "traits": {"email": f"crm.{ada.email}"}, "credentials": linked}
    person = admin.create_identity(sdk.CreateIdentityBody.from_dict(body))

    assert str(person.id) == str(go(Browser(sdk, installation.url), "login", walker, ada).identity.id)


def test_the_node_client_leads_a_person_from_a_providers_button_to_unlinking_it(installation, provider, ada, walker):
    """The program says where to go, and is told where its person arrived."""
    node, clients = need_npm_clients()
    given = [node, str(clients / "ory_social_journey.mjs"), installation.url, installation.admin, DEEP_LINK]
    with subprocess.Popen(
        given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as ran:
        said = ran.stdout.readline()
        while said.startswith("go "):
            url, cookie = said.removeprefix("go ").split(maxsplit=1)
            headers = {"Accept": "text/html", "Cookie": cookie.strip()}
            back = httpx.get(walker.through(url, ada.name), headers=headers)
            told = {"location": back.headers["location"], "cookies": back.headers.get_list("set-cookie")}
            print(json.dumps(told), file=ran.stdin, flush=True)
            said = ran.stdout.readline()
        rest = said + ran.stdout.read()

    assert 0 == ran.returncode, rest
    sent_away = [422, "browser_location_change_required"]
    acme, auto = (["link", id_, LINK, label] for id_, label in (("acme", ACME), ("auto", AUTO)))
    unlink = ["unlink", "acme", UNLINK, ACME]
    assert {
        "buttons": [["provider", "acme", SIGN_UP_WITH, ACME], ["provider", "auto", SIGN_UP_WITH, AUTO]],
        "signedUp": [*sent_away, DEEP_LINK],
        "methods": [["oidc", "acme"]],
        "traits": {"email": ada.email},
        "signedIn": [*sent_away, True],
        "onlyWayIn": [auto],
        "password": [SAVED],
        "twoWaysIn": [auto, unlink],
        "unlinked": [SAVED],
        "noneLinked": [acme, auto],
        "linking": sent_away,
        "linked": [SAVED],
        "credential": [["acme", ada.name]],
        "removed": 204,
        "left": [],
    } == json.loads(rest)
