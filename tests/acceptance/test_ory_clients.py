"""Ory's official Python clients, unmodified: every self-service call, from a native app and with a browser's cookies.

Their models check each answer: a field that they require and we forgot fails the call.
"""

from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import httpx
import ory_client
import ory_kratos_client
import pytest

from acceptance.ory_stage import (
    PASSWORD,
    App,
    Browser,
    Installation,
    Letters,
    address,
    fields,
    messages,
    next_steps,
    sign_in,
    submission,
)

WRONG_PASSWORD, TAKEN, TOO_SHORT, SAVED = 4000006, 4000007, 4000032, 1050001
RECOVERY_SENT, RECOVERED, WRONG_RECOVERY_CODE = 1060003, 1060001, 4060006
VERIFICATION_SENT, VERIFIED, WRONG_VERIFICATION_CODE = 1080003, 1080002, 4070006
NEW_PASSWORD = "staple battery horse"
WRONG_CODE = "000000"


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with closing(Installation(tmp_path_factory.mktemp("clients") / "data")) as running:
        running.start()
        yield running


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
def letters(installation, sdk):
    with sdk.ApiClient(sdk.Configuration(host=installation.admin)) as client:
        yield Letters(sdk, client)


@pytest.fixture
def ada(request):
    return address(request.node)


def test_whoever_signs_up_is_who_the_next_call_says(app, ada):
    answer = app.sign_up(ada)

    session = app.ask("to_session", **app.proof)
    assert {"email": ada} == answer.identity.traits == session.identity.traits
    assert answer.session.id == session.id
    assert session.active
    assert ["password"] == [method.method for method in session.authentication_methods]
    assert "aal1" == session.authenticator_assurance_level
    assert [device.ip_address.partition(":")[0] for device in session.devices] == ["127.0.0.1"]
    assert {"native": "set_ory_session_token", "browser": "redirect_browser_to"}[app.ways] in next_steps(answer)


def test_a_refused_sign_up_is_a_form_that_says_why_and_keeps_what_was_typed_but_the_password(app, open_app, ada):
    flow = app.begin("registration")
    short = {"method": "password", "password": "short", "traits": {"email": ada}}

    again = app.refused(400, *submission(app, "registration", flow.id, short))
    assert flow.id == again.id
    assert [TOO_SHORT] == messages(again)
    assert ada == fields(again)["traits.email"]
    assert fields(again)["password"] is None

    open_app().sign_up(ada)
    assert [TAKEN] == messages(
        app.refused(400, *submission(app, "registration", flow.id, {**short, "password": PASSWORD}))
    )


def test_a_wrong_password_signs_nobody_in_and_the_right_one_does_in_the_same_form(app, open_app, ada):
    open_app().sign_up(ada)
    flow = app.begin("login")

    refusal = app.refused(400, *submission(app, "login", flow.id, sign_in(ada, "not her password")))
    assert [WRONG_PASSWORD] == messages(refusal)
    app.refused(401, "to_session", **app.proof)

    answer = app.submit("login", flow.id, sign_in(ada))
    assert {"email": ada} == answer.session.identity.traits


def test_a_session_elsewhere_can_be_seen_and_ended_but_not_the_own_one(app, open_app, ada):
    app.sign_up(ada)
    phone, laptop = open_app(), open_app()
    phone.sign_in(ada)
    laptop.sign_in(ada)
    own = app.ask("to_session", **app.proof).id
    others = {there.ask("to_session", **there.proof).id for there in (phone, laptop)}

    assert others == {session.id for session in app.ask("list_my_sessions", **app.proof)}
    app.ask("disable_my_session", phone.ask("to_session", **phone.proof).id, **app.proof)
    phone.refused(401, "to_session", **phone.proof)
    assert 1 == app.ask("disable_my_other_sessions", **app.proof).count
    laptop.refused(401, "to_session", **laptop.proof)
    app.refused(400, "disable_my_session", own, **app.proof)
    assert own == app.ask("to_session", **app.proof).id


def test_a_changed_password_is_the_only_one_and_a_changed_address_the_only_name(app, open_app, ada):
    app.refused(401, f"create_{app.ways}_settings_flow")
    app.sign_up(ada)
    new = f"new-{ada}"

    saved = _settings(app, {"method": "profile", "traits": {"email": new}})
    assert ("success", SAVED) == (saved.state, messages(saved)[0])
    assert {"email": new} == saved.identity.traits
    saved = _settings(app, {"method": "password", "password": NEW_PASSWORD})
    assert [SAVED] == messages(saved)

    other = open_app()
    other.refused(400, *submission(other, "login", other.begin("login").id, sign_in(new)))
    other.refused(400, *submission(other, "login", other.begin("login").id, sign_in(ada, NEW_PASSWORD)))
    assert {"email": new} == other.sign_in(new, password=NEW_PASSWORD).session.identity.traits


def _settings(app, body):
    flow = app.begin("settings", **app.proof)
    assert flow.id == app.ask("get_settings_flow", flow.id, **app.proof).id
    call, *arguments = (
        submission(app, "settings", flow.id, body)
        if not app.proof
        else ("update_settings_flow", flow.id, app.body("settings", body))
    )
    return app.ask(call, *arguments, **app.proof)


def test_an_address_is_verified_by_the_code_of_its_letter_and_by_no_other(app, ada, letters):
    app.sign_up(ada)
    letters.newest(ada, "verification_code_valid")  # sign-up's own
    flow = app.begin("verification")

    sent = app.submit("verification", flow.id, {"method": "code", "email": ada})
    assert ("sent_email", [VERIFICATION_SENT]) == (sent.state, messages(sent))
    code = letters.code(ada, "verification_code_valid", after=1)
    wrong = app.submit("verification", flow.id, {"method": "code", "code": WRONG_CODE})
    assert [WRONG_VERIFICATION_CODE] == messages(wrong)
    done = app.submit("verification", flow.id, {"method": "code", "code": code})

    assert ("passed_challenge", [VERIFIED]) == (done.state, messages(done))
    (address,) = app.ask("to_session", **app.proof).identity.verifiable_addresses
    assert (ada, True, "completed") == (address.value, address.verified, address.status)


def test_a_forgotten_password_is_replaced_by_way_of_the_letters_code(app, open_app, ada, letters):
    open_app().sign_up(ada)
    flow = app.begin("recovery")

    sent = app.submit("recovery", flow.id, {"method": "code", "email": ada})
    assert ("sent_email", [RECOVERY_SENT]) == (sent.state, messages(sent))
    wrong = app.submit("recovery", flow.id, {"method": "code", "code": WRONG_CODE})
    assert [WRONG_RECOVERY_CODE] == messages(wrong)
    code = letters.code(ada, "recovery_code_valid")
    recovered = app.submit("recovery", flow.id, {"method": "code", "code": code})

    steps = {step.actual_instance.action: step.actual_instance for step in recovered.continue_with}
    if app.ways == "native":
        app.proof = {"x_session_token": steps["set_ory_session_token"].ory_session_token}
    settings = steps["show_settings_ui"].flow.id
    assert [RECOVERED] == messages(app.ask("get_settings_flow", settings, **app.proof))
    app.submit("settings", settings, {"method": "password", "password": NEW_PASSWORD}, **app.proof)
    assert open_app().sign_in(ada, password=NEW_PASSWORD).session.active
    used = open_app()
    used.refused(400, *submission(used, "login", used.begin("login").id, sign_in(ada)))


@pytest.fixture
def stock_kratos(installation):
    """Kratos's own default: a recovery ends with the address of a page, and apps get no session."""
    flag = "/feature_flags/use_continue_with_transitions"
    installation.configure(flag, value=False)
    yield
    installation.configure(flag, value=True)


@pytest.mark.usefixtures("stock_kratos")
def test_a_recovery_ends_at_a_page_where_ory_says_so(app, open_app, ada, letters):
    open_app().sign_up(ada)
    flow = app.begin("recovery")
    app.submit("recovery", flow.id, {"method": "code", "email": ada})
    code = letters.code(ada, "recovery_code_valid")

    moved = app.refused(422, *submission(app, "recovery", flow.id, {"method": "code", "code": code}))

    assert "browser_location_change_required" == moved.error.id
    settings = parse_qs(urlsplit(moved.redirect_browser_to).query)["flow"][0]
    if app.ways == "browser":
        assert [RECOVERED] == messages(app.ask("get_settings_flow", settings))
    else:
        app.refused(401, "to_session")


def test_whoever_signs_out_is_nobody(app, open_app, ada):
    app.sign_up(ada)
    copy = open_app()
    if app.ways == "native":
        copy.proof = dict(app.proof)
        app.ask("perform_native_logout", app.sdk.PerformNativeLogoutBody(session_token=app.proof["x_session_token"]))
    else:
        copy.jar = dict(app.jar)
        app.ask("update_logout_flow", token=app.ask("create_browser_logout_flow").logout_token)
        app.refused(401, "create_browser_logout_flow")

    for one in (app, copy):  # the copy: a thief who kept what the app sent
        assert 401 == one.refused(401, "to_session", **one.proof).error.code


@pytest.mark.parametrize("flow", ["login", "registration", "settings", "recovery", "verification"])
def test_a_flow_that_never_was_is_an_error_the_client_can_read(app, ada, flow):
    app.sign_up(ada)
    proof = app.proof if flow == "settings" else {}

    unknown = app.refused(404, f"get_{flow}_flow", "4ea92174-f04b-4d92-a2d7-e2d5c5064572", **proof)

    assert 404 == unknown.error.code
    assert unknown.error.message


def test_what_a_browser_was_told_went_wrong_can_be_read_again(installation, app):
    mallorys = {"return_to": "https://mallory.net/"}
    begun = httpx.get(
        f"{installation.url}/self-service/login/browser", params=mallorys, headers={"Accept": "text/html"}
    )
    error_id = parse_qs(urlsplit(begun.headers["location"]).query)["id"][0]

    shown = app.ask("get_flow_error", error_id)

    assert error_id == str(shown.id)
    assert (400, "self_service_flow_return_to_forbidden") == (shown.error["code"], shown.error["id"])
