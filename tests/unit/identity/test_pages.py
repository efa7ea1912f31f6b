import pytest
from pages_stage import (
    CSRF,
    GOOGLE,
    IDENTIFIER,
    LOGOUT_URL,
    PASSWORD,
    PUBLIC_URL,
    SEND_CODE,
    SIGN_IN,
    Shown,
    Stage,
    error,
    flow,
    login,
    node,
    other,
    text,
)

from headwater.core.errors import TooManyRequestsError, UnavailableError
from headwater.identity.config import flows_config
from headwater.identity.config.section import Section
from headwater.identity.flows.csrf import CsrfError
from headwater.identity.flows.errors import (
    AlreadySignedInError,
    FlowDisabledError,
    FlowExpiredError,
    FlowNotFoundError,
    PrivilegedSessionRequiredError,
)
from headwater.identity.pages import page_settings
from headwater.identity.pages.page_settings import PageSettings
from headwater.identity.sessions.whoami import NoSessionError

KINDS = ("login", "registration", "settings", "recovery", "verification")


@pytest.fixture
def stage():
    return Stage()


@pytest.mark.parametrize("kind", KINDS)
async def test_without_a_flow_the_browser_begins_one_and_keeps_its_query(stage, kind):
    answer = await stage.get(f"/ui/{kind}?return_to=https%3A%2F%2Fapp.example.org%2F%3Fa%3D1%26b&flow=&aal=aal2")

    begin = f"{PUBLIC_URL}/self-service/{kind}/browser"
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{begin}?return_to=https%3A%2F%2Fapp.example.org%2F%3Fa%3D1%26b&aal=aal2"
    assert (await stage.get(f"/ui/{kind}")).headers["location"] == begin
    assert stage.asked == []


async def test_a_query_cannot_split_the_header_it_is_passed_on_in(stage):
    answer = await stage.get("/ui/login?a=%0d%0aSet-Cookie:%20x=mallory")

    assert "set-cookie" not in answer.headers
    assert answer.headers["location"].endswith("?a=%0D%0ASet-Cookie%3A+x%3Dmallory")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_flow_is_asked_for_by_kind_and_shown(stage, kind):
    page = await stage.show(login(), kind)

    assert stage.asked == [(kind, "f1")]
    assert page.one("html")["lang"] == "en"
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert page.one("title").text == page.one("h1").text


async def test_a_form_posts_what_the_nodes_say_to_where_the_flow_says(stage):
    page = await stage.show(login())

    form = page.one("form")
    assert (form["action"], form["method"]) == (f"{PUBLIC_URL}/self-service/login?flow=f1", "post")
    assert page.sent_by(page.button("Sign in with password")) == [
        ("csrf_token", "csrf-1"),
        ("identifier", ""),
        ("password", ""),
        ("method", "password"),
    ]


async def test_every_kind_of_input_keeps_its_constraints_and_its_value(stage):
    page = await stage.show(
        flow(
            CSRF,
            node("traits.email", "email", label="E-Mail", required=True, autocomplete="email", value="ada@example.org"),
            node("traits.tel", "tel", label="Phone", maxlength=20),
            node("traits.site", "url", label="Site"),
            node("traits.age", "number", label="Age", value=36),
            node("traits.born", "date", label="Born", value="1815-12-10"),
            node("traits.met", "datetime-local", label="Met", value="2026-11-24T10:30:00Z"),
            node("traits.code", label="Code", pattern="^[a-z]+"),
            node("traits.fixed", label="Fixed", value="x", disabled=True),
            node("traits.plan", label="Plan", options=[{"value": "free"}, {"value": 7}, {"value": True}], value=7),
            SIGN_IN,
        ),
        "registration",
    )

    email = page.labelled("E-Mail")
    assert (email["type"], email["autocomplete"], email["value"]) == ("email", "email", "ada@example.org")
    assert email.has("required")
    assert (page.labelled("Phone")["type"], page.labelled("Phone")["maxlength"]) == ("tel", "20")
    assert page.labelled("Site")["type"] == "url"
    assert (page.labelled("Age")["value"], page.labelled("Age")["step"]) == ("36", "any")
    assert page.labelled("Born")["type"] == "date"
    assert page.labelled("Fixed").has("disabled")
    assert not page.labelled("Age").has("required")
    options = page.all("option")
    assert [item["value"] for item in options] == ["", "free", "7", "true"]
    assert [item["value"] for item in options if item.has("selected")] == ["7"]


async def test_a_moment_keeps_its_time_zone(stage):
    """A browser's own picker has none: what was stored would come back as another moment, or as nothing."""
    page = await stage.show(flow(node("traits.met", "datetime-local", label="Met", value="2026-11-24T10:30:00Z")))

    field = page.labelled("Met")
    assert (field["type"], field["value"]) == ("text", "2026-11-24T10:30:00Z")
    assert "time zone" in page.by_id(field["aria-describedby"]).text


async def test_a_schemas_pattern_may_match_anywhere_as_it_may_in_the_schema(stage):
    page = await stage.show(
        flow(node("traits.code", label="Code", pattern="[a-z]"), node("code", label="Login code", pattern="[0-9]+"))
    )

    assert page.labelled("Code")["pattern"] == ".*(?:[a-z]).*"
    assert page.labelled("Login code")["pattern"] == "[0-9]+"


@pytest.mark.parametrize(("value", "is_on"), [(True, True), ("true", True), (False, False), (None, False)])
async def test_a_switch_can_be_switched_off_again(stage, value, is_on):
    page = await stage.show(
        flow(node("traits.news", "checkbox", label="News", value=value, required=True), SIGN_IN), "registration"
    )

    assert page.labelled("News").has("checked") == is_on
    assert not page.labelled("News").has("required"), "in HTML that would mean: say yes"
    sent = [pair for pair in page.sent_by(page.button("Sign in with password")) if pair[0] == "traits.news"]
    assert sent == [("traits.news", "false"), *([("traits.news", "true")] if is_on else [])]


async def test_words_for_password_managers_and_keyboards_are_right(stage):
    sign_up = {"autocomplete": "new-password"}
    page = await stage.show(
        flow(
            IDENTIFIER,
            node("new", "password", group="password", label="New", **sign_up),
            node("old", "password", group="password", label="Old"),
            node("code", group="password", label="Code"),
            node("totp_code", group="password", label="TOTP"),
            node("email", "email", group="password", label="Address"),
            SIGN_IN,
        )
    )

    expected = {"E-Mail": "username", "New": "new-password", "Old": "current-password", "Code": "one-time-code"}
    expected |= {"TOTP": "one-time-code", "Address": "email"}
    assert {label: page.labelled(label)["autocomplete"] for label in expected} == expected
    assert page.labelled("Code")["inputmode"] == page.labelled("TOTP")["inputmode"] == "numeric"


async def test_a_password_never_comes_back_in_a_page(stage):
    page = await stage.show(flow(node("password", "password", group="password", label="Password", value="hunter2")))

    assert not page.labelled("Password").has("value")


async def test_a_field_without_a_title_still_has_a_label(stage):
    page = await stage.show(flow(node("traits.name.firstName"), node("traits.shoe_size"), SIGN_IN), "registration")

    assert page.labelled("First name")["name"] == "traits.name.firstName"
    assert page.labelled("Shoe size")["name"] == "traits.shoe_size"


async def test_what_is_wrong_is_said_first_and_tied_to_its_field(stage):
    wrong = node("identifier", label="E-Mail", messages=[error("Property identifier is missing.")], required=True)
    page = await stage.show(flow(CSRF, wrong, PASSWORD, SIGN_IN, messages=[error("That did not work.")]))

    field = page.labelled("E-Mail")
    assert page.one("title").text == "Error: Sign in"
    summary = page.one("div", role="alert")
    assert "That did not work." in summary.text
    assert page.link("E-Mail: Property identifier is missing.") == f"#{field['id']}"
    assert field["aria-invalid"] == "true"
    assert "Property identifier is missing." in page.by_id(field["aria-describedby"]).text
    assert page.focused() is field
    assert not page.labelled("Password").has("aria-invalid")


async def test_when_no_field_is_to_blame_the_focus_is_on_the_summary(stage):
    page = await stage.show(login(messages=[error("The provided credentials are invalid.")]))

    assert page.focused() is page.one("div", role="alert")
    assert page.focused()["tabindex"] == "-1"


async def test_what_is_wrong_with_a_hidden_field_is_not_hidden(stage):
    hidden = node("traits.email", "hidden", value="x", messages=[error("Enter a valid email address")])
    page = await stage.show(flow(CSRF, hidden, PASSWORD, SIGN_IN), "registration")

    assert "Enter a valid email address" in page.one("div", role="alert").text
    assert [item for item in page.all("a") if (item["href"] or "").startswith("#")] == []


async def test_news_is_a_status_and_is_heard_with_the_field_that_takes_the_focus(stage):
    code = node("code", group="code", label="Login code", required=True, autocomplete="one-time-code")
    page = await stage.show(flow(CSRF, code, SEND_CODE, messages=[text("A code was sent.")], state="sent_email"))

    assert page.one("div", role="status").text.strip() == "A code was sent."
    assert page.all("div", role="alert") == []
    assert page.one("h1").text == "Enter your code"
    assert page.focused() is page.labelled("Login code")
    assert "status" in (page.focused()["aria-describedby"] or "").split()


async def test_settings_say_that_they_were_saved_and_let_the_reader_read(stage):
    saved = text("Your changes have been saved!", kind="success")
    save = node("method", "submit", group="password", label="Save", value="password")
    page = await stage.show(flow(CSRF, PASSWORD, save, messages=[saved], state="success"), "settings")

    assert page.one("div", role="status").text.strip() == "Your changes have been saved!"
    assert [item for item in page.elements if item.has("autofocus")] == []


async def test_the_first_empty_field_takes_the_focus(stage):
    known = node("identifier", label="E-Mail", value="ada@example.org")
    page = await stage.show(flow(known, PASSWORD, SIGN_IN))

    assert page.focused() is page.labelled("Password")


async def test_a_password_form_says_whose_password_it_is(stage):
    remembered = node("identifier", "hidden", group="identifier_first", value="ada@example.org")
    page = await stage.show(flow(CSRF, remembered, PASSWORD, SIGN_IN))
    assert "ada@example.org" in page.one("p", class_="account").text
    assert page.one("input", autocomplete="username")["value"] == "ada@example.org"
    assert not page.one("input", autocomplete="username").has("name"), "it is for password managers, not for us"

    profile = node("traits.email", "email", group="profile", label="E-Mail", value="grace@example.org")
    save = node("method", "submit", group="profile", label="Save", value="profile")
    page = await stage.show(flow(CSRF, profile, save, PASSWORD, SIGN_IN), "settings")
    assert page.one("input", autocomplete="username")["value"] == "grace@example.org"
    assert page.one("input", autocomplete="username").form == page.labelled("Password").form


async def test_backup_codes_qr_codes_and_links_are_shown(stage):
    secrets = {"secrets": [text("aaaa"), text("bbbb")]}
    page = await stage.show(
        flow(
            CSRF,
            other("img", "totp", id="totp_qr", src="data:image/png;base64,AAAA", width=256, height=256, label="QR"),
            other("text", "totp", id="totp_secret_key", text=text("SECRETKEY"), label="Your secret"),
            other("text", "lookup_secret", id="codes", text=text("aaaa, bbbb", context=secrets), label="Your codes"),
            other("a", "code", id="continue", href="https://app.example.org/x", title=text("Continue")),
        ),
        "settings",
    )

    image = page.one("img")
    assert (image["src"], image["alt"], image["width"]) == ("data:image/png;base64,AAAA", "QR", "256")
    assert [item.text for item in page.all("code")] == ["SECRETKEY", "aaaa", "bbbb"]
    assert page.link("Continue") == "https://app.example.org/x"
    assert page.all("form") == [], "there is nothing to send"


async def test_what_a_flow_was_begun_with_is_carried_to_other_flows(stage):
    page = await stage.show(login(return_to="https://app.example.org/?a=1&b", oauth2_login_challenge="c1"))

    query = "return_to=https%3A%2F%2Fapp.example.org%2F%3Fa%3D1%26b&login_challenge=c1"
    assert page.link("Create an account") == f"{PUBLIC_URL}/self-service/registration/browser?{query}"
    assert page.link("Forgot how to sign in?") == f"{PUBLIC_URL}/self-service/recovery/browser?{query}"

    begun_at = f"{PUBLIC_URL}/self-service/registration/browser?login_challenge=c2&return_to=%2Fx"
    page = await stage.show(login() | {"request_url": begun_at}, "registration")
    assert page.link("Sign in instead") == (
        f"{PUBLIC_URL}/self-service/login/browser?return_to=%2Fx&login_challenge=c2"
    )


async def test_nothing_leads_to_a_flow_that_is_turned_off(stage):
    stage.settings = PageSettings(kinds=frozenset({"login"}))
    page = await stage.show(login())

    assert page.link("Create an account") is page.link("Forgot how to sign in?") is None


def test_the_configuration_says_which_flows_there_are_and_where_they_may_end():
    after = {"default_browser_return_url": "https://app.example.org/in"}
    document = {
        "default_browser_return_url": "https://www.example.org/",
        "flows": {"login": {"after": {"password": after}}, "recovery": {"enabled": True}, "error": {"ui_url": "/e"}},
    }
    found = page_settings.of(flows_config.parse(Section(document), public_url=PUBLIC_URL))

    assert found.kinds == {"login", "registration", "settings", "recovery"}
    assert {"https://app.example.org/in", "https://www.example.org/", "/e"} <= set(found.landings)


@pytest.mark.parametrize("more", [{"refresh": True}, {"requested_aal": "aal2"}], ids=["again", "second factor"])
async def test_who_is_signed_in_is_offered_the_way_out_not_the_way_in(stage, more):
    page = await stage.show(login(**more))

    assert page.link("Sign out") == LOGOUT_URL
    assert page.link("Create an account") is None


@pytest.mark.parametrize(
    ("failure", "status", "title"),
    [
        (FlowExpiredError(), 410, "This page has expired"),
        (FlowNotFoundError(), 404, "This page is no longer there"),
        (CsrfError(), 403, "We could not make sure that it is you"),
        (TooManyRequestsError(), 429, "Too many attempts"),
        (UnavailableError(), 503, "We are very busy right now"),
        (FlowDisabledError(), 400, "This is not available here"),
        (AlreadySignedInError(), 400, "You are already signed in"),
        (NoSessionError(), 401, "You are not signed in"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_a_flow_that_cannot_be_shown_gives_a_friendly_page_with_a_way_on(stage, failure, status, title):
    stage.flow = failure
    answer = await stage.get("/ui/settings?flow=f1")

    page = Shown(answer.text)
    assert answer.status_code == status
    assert page.one("h1").text == title
    assert page.one("title").text == f"Error: {title}"
    assert page.one("p", role="alert").text
    assert page.all("a") != []


async def test_an_expired_flow_begins_again_where_the_first_one_was_meant_to_end(stage):
    stage.flow = FlowExpiredError(location=f"{PUBLIC_URL}/self-service/login/browser?return_to=%2Fx")
    page = Shown((await stage.get("/ui/login?flow=f1")).text)
    assert page.link("Start again to sign in") == f"{PUBLIC_URL}/self-service/login/browser?return_to=%2Fx"

    stage.flow = FlowNotFoundError()
    page = Shown((await stage.get("/ui/recovery?flow=f1&return_to=%2Fx")).text)
    assert page.link("Start again to recover your account") == (
        f"{PUBLIC_URL}/self-service/recovery/browser?return_to=%2Fx"
    )


async def test_who_has_to_sign_in_for_the_settings_comes_back_to_them(stage):
    stage.flow = NoSessionError()
    page = Shown((await stage.get("/ui/settings?flow=f1")).text)

    back = f"{PUBLIC_URL}/self-service/settings/browser".replace(":", "%3A").replace("/", "%2F")
    assert page.link("Sign in") == f"{PUBLIC_URL}/self-service/login/browser?return_to={back}"


async def test_an_error_that_knows_where_to_go_sends_the_browser_there(stage):
    stage.flow = PrivilegedSessionRequiredError(location=f"{PUBLIC_URL}/self-service/login/browser?refresh=true")
    answer = await stage.get("/ui/settings?flow=f1")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PUBLIC_URL}/self-service/login/browser?refresh=true"


async def test_the_error_page_explains_what_is_on_the_shelf(stage):
    stage.error = {"id": "e1", "error": {"id": "security_csrf_violation", "code": 403, "reason": "Please retry."}}
    answer = await stage.get("/ui/error?id=e1")

    page = Shown(answer.text)
    assert stage.asked == ["e1"]
    assert answer.status_code == 200
    assert page.one("h1").text == "We could not make sure that it is you"
    assert "Please retry." in page.one("details").text
    assert "e1" in page.one("details").text
    assert page.link("Sign in") == f"{PUBLIC_URL}/self-service/login/browser"


async def test_whom_an_action_stops_before_a_form_reads_its_words_and_not_to_try_again(stage):
    words = "Closed on Sundays. <script>alert(1)</script>"
    stage.error = {"id": "e1", "error": {"id": "action_interrupted", "code": 400, "reason": words}}
    answer = await stage.get("/ui/error?id=e1")

    page = Shown(answer.text)
    assert page.one("h1").text == "You cannot go on here"
    assert page.one("p", role="alert").text == words
    assert words not in page.one("details").text
    assert "<script>alert" not in answer.text
    assert "try again" not in answer.text.lower()


@pytest.mark.parametrize("found", [{"id": "e1"}, {"id": "e1", "error": [{"code": 500}]}, {"error": {"code": 500}}])
async def test_an_error_that_says_little_is_still_a_page(stage, found):
    stage.error = found

    assert Shown((await stage.get("/ui/error?id=e1")).text).one("h1").text == "Something went wrong"


async def test_an_unknown_error_is_a_page_as_well(stage):
    stage.error = FlowNotFoundError()
    answer = await stage.get("/ui/error")

    assert answer.status_code == 404
    assert Shown(answer.text).link("Sign in")


async def test_the_welcome_page_says_who_is_signed_in_and_leads_on(stage):
    stage.session = {
        "id": "s1",
        "identity": {
            "id": "i1",
            "traits": {"email": "ada@example.org", "name": {"first": "Ada"}, "news": False, "tags": ["a", "b"]},
            "verifiable_addresses": [{"value": "ada@example.org", "verified": False}],
        },
    }
    page = Shown((await stage.get("/ui/welcome")).text)

    assert page.one("strong").text == "ada@example.org"
    told = dict(zip([item.text for item in page.all("dt")], [item.text for item in page.all("dd")], strict=True))
    assert told == {
        "Email": "ada@example.org",
        "Name first": "Ada",
        "News": "no",
        "Tags": "a, b",
        "ada@example.org": "not verified yet",
    }
    assert page.link("Account settings") == f"{PUBLIC_URL}/self-service/settings/browser"
    assert page.link("Verify your address") == f"{PUBLIC_URL}/self-service/verification/browser"
    assert page.link("Sign out") == LOGOUT_URL


async def test_nobody_is_welcome_too(stage):
    page = Shown((await stage.get("/ui/welcome")).text)

    assert page.one("h1").text == "You are not signed in"
    assert page.link("Sign in") == f"{PUBLIC_URL}/self-service/login/browser"
    assert page.link("Sign out") is None


async def test_providers_stand_before_or_after_the_rest_as_the_flow_says(stage):
    page = await stage.show(flow(CSRF, GOOGLE, IDENTIFIER, PASSWORD, SIGN_IN))

    assert [item.text.strip() for item in page.all("button")] == ["Sign in with Google", "Sign in with password"]
    assert len(page.all("div", class_="or")) == 1
    assert page.button("Sign in with password")["class"] == "primary"
    assert page.button("Sign in with Google")["class"] == "secondary"


async def test_in_settings_no_provider_stands_out_among_those_to_link(stage):
    link = [node("link", "submit", group="oidc", label=f"Link {name}", value=name) for name in ("Acme", "Beta")]
    unlink = node("unlink", "submit", group="oidc", label="Unlink Gamma", value="gamma")
    page = await stage.show(flow(CSRF, *link, unlink, PASSWORD, SIGN_IN), "settings")

    assert ["secondary", "secondary", "danger"] == [
        page.button(label)["class"] for label in ("Link Acme", "Link Beta", "Unlink Gamma")
    ]
    assert page.button("Sign in with password")["class"] == "primary"
