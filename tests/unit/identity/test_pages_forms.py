import pytest
from pages_stage import CSRF, GOOGLE, IDENTIFIER, PASSWORD, SEND_CODE, SIGN_IN, Stage, flow, node, other

TRAIT = node("traits.email", "email", label="E-Mail", required=True)
CODE = node("code", group="code", label="Code", required=True, autocomplete="one-time-code")
CODE_METHOD = node("method", "hidden", group="code", value="code")
RESEND = node("resend", "submit", group="code", label="Resend code", value="code")
CONTINUE = node("method", "submit", group="code", label="Continue", value="code")


@pytest.fixture
def stage():
    return Stage()


def first_button(page, form):
    """Return what the Enter key presses."""
    return next(item for item in page.all("button", type="submit") if item.form == form)


async def test_a_required_password_does_not_stop_the_code_button(stage):
    page = await stage.show(flow(CSRF, IDENTIFIER, SEND_CODE, PASSWORD, SIGN_IN))

    assert page.button("Send sign in code").form == page.labelled("E-Mail").form == page.labelled("Password").form
    assert page.button("Send sign in code").has("formnovalidate")
    assert not page.button("Sign in with password").has("formnovalidate")


async def test_enter_in_the_password_field_signs_in_with_it_whatever_comes_first_in_the_flow(stage):
    page = await stage.show(flow(GOOGLE, CSRF, IDENTIFIER, SEND_CODE, PASSWORD, SIGN_IN))

    assert first_button(page, page.labelled("Password").form) is page.button("Sign in with password")


async def test_enter_in_the_code_field_does_not_ask_for_another_code(stage):
    """Kratos lists `Resend code` first after a wrong code."""
    page = await stage.show(flow(CSRF, CODE, RESEND, CODE_METHOD, CONTINUE, state="sent_email"))

    assert first_button(page, page.labelled("Code").form) is page.button("Continue")
    assert page.button("Resend code").has("formnovalidate"), "the code is empty when one asks for another"
    assert not page.button("Continue").has("formnovalidate")


async def test_a_provider_gets_the_token_and_nothing_that_was_typed(stage):
    page = await stage.show(flow(CSRF, GOOGLE, IDENTIFIER, PASSWORD, SIGN_IN))

    assert page.sent_by(page.button("Sign in with Google")) == [("csrf_token", "csrf-1"), ("provider", "google")]


async def test_each_section_of_the_settings_is_saved_by_itself(stage):
    profile = [
        node("traits.email", "email", group="profile", label="E-Mail", value="ada@example.org", required=True),
        node("method", "submit", group="profile", label="Save profile", value="profile"),
    ]
    page = await stage.show(flow(CSRF, *profile, PASSWORD, SIGN_IN), "settings")

    assert page.sent_by(page.button("Save profile")) == [
        ("csrf_token", "csrf-1"),
        ("traits.email", "ada@example.org"),
        ("method", "profile"),
    ]
    assert page.labelled("Password").form != page.labelled("E-Mail").form
    assert [item.text for item in page.all("h2")] == ["Profile", "Password"]
    assert all(item["aria-labelledby"] == page.all("h2")[i]["id"] for i, item in enumerate(page.all("section")))


async def test_a_stray_field_in_the_settings_belongs_to_the_profile(stage):
    save = node("method", "submit", group="profile", label="Save", value="profile")
    page = await stage.show(flow(CSRF, node("traits.nope"), save, PASSWORD, SIGN_IN), "settings")

    assert page.labelled("Nope").form == page.button("Save").form != page.labelled("Password").form


async def test_a_second_step_carries_the_first_ones_answers_in_every_method(stage):
    hidden = node("traits.email", "hidden", value="ada@example.org", required=True)
    back = node("screen", "submit", group="profile", label="Back", value="previous")
    page = await stage.show(flow(CSRF, hidden, SEND_CODE, PASSWORD, SIGN_IN, back), "registration")

    carried = [("csrf_token", "csrf-1"), ("traits.email", "ada@example.org")]
    assert page.sent_by(page.button("Send sign in code")) == [*carried, ("method", "code")]
    assert page.sent_by(page.button("Sign in with password"))[:2] == carried
    assert page.sent_by(page.button("Back")) == [*carried, ("screen", "previous")]


async def test_a_hidden_method_goes_with_its_own_buttons_only(stage):
    page = await stage.show(flow(CSRF, TRAIT, PASSWORD, SIGN_IN, CODE_METHOD, CODE, CONTINUE), "registration")

    methods = [value for name, value in page.sent_by(page.button("Sign in with password")) if name == "method"]
    assert methods == ["password"]


async def test_an_identifier_given_one_step_earlier_is_sent_with_each_method(stage):
    given = node("identifier", "hidden", group="identifier_first", value="ada@example.org")
    page = await stage.show(flow(given, CSRF, PASSWORD, SIGN_IN, SEND_CODE))

    for label in ("Sign in with password", "Send sign in code"):
        assert ("identifier", "ada@example.org") in page.sent_by(page.button(label))


async def test_a_field_whose_group_has_no_button_is_sent_with_the_others(stage):
    """As in Kratos after a recovery method was named that isn't the configured one."""
    email = node("email", "email", group="link", label="Email", required=True)
    page = await stage.show(flow(CSRF, email, CONTINUE), "recovery")

    assert ("email", "") in page.sent_by(page.button("Continue"))


async def test_a_button_that_kratos_lists_twice_is_there_once(stage):
    page = await stage.show(flow(CSRF, IDENTIFIER, PASSWORD, SIGN_IN, SIGN_IN))

    assert len(page.all("button")) == 1


async def test_enter_in_the_name_of_a_new_key_removes_no_old_one(stage):
    page = await stage.show(
        flow(
            CSRF,
            node("webauthn_remove", "submit", group="webauthn", label="Remove key one", value="01"),
            node("webauthn_register_displayname", group="webauthn", label="Name of the key", value=""),
            node("webauthn_register", "hidden", group="webauthn", value=""),
            node(
                "webauthn_register_trigger",
                "button",
                group="webauthn",
                label="Add key",
                onclickTrigger="oryWebAuthnRegistration",
            ),
        ),
        "settings",
    )

    assert page.button("Remove key one").form != page.labelled("Name of the key").form
    assert page.button("Add key").form == page.labelled("Name of the key").form
    assert page.button("Remove key one")["class"] == "danger"


async def test_two_second_factors_do_not_stand_in_each_others_way(stage):
    page = await stage.show(
        flow(
            CSRF,
            node("totp_code", group="totp", label="Authentication code", required=True),
            node("method", "submit", group="totp", label="Use Authenticator", value="totp"),
            node("lookup_secret", group="lookup_secret", label="Backup recovery code", required=True),
            node("method", "submit", group="lookup_secret", label="Use backup code", value="lookup_secret"),
            requested_aal="aal2",
        )
    )

    assert ("totp_code", "") not in page.sent_by(page.button("Use backup code"))
    assert page.button("Use Authenticator").form != page.button("Use backup code").form


async def test_what_is_only_shown_has_no_form(stage):
    link = other("a", "code", id="continue", href="https://app.example.org/", label="Continue")
    page = await stage.show(flow(CSRF, link, action="https://app.example.org/", method="GET"), "verification")

    assert page.all("form") == []
    assert page.all("input") == [], "the token doesn't leave with a link"


async def test_ids_are_unique_even_where_names_are_not(stage):
    page = await stage.show(
        flow(node("a b"), node("a-b"), node("a-b", group="code"), CONTINUE, node("ä"), SIGN_IN, PASSWORD)
    )

    ids = [item["id"] for item in page.elements if item.has("id")]
    assert len(ids) == len(set(ids))
    assert not any(" " in (item or "") for item in ids)


async def test_an_identifier_that_still_can_be_changed_is_sent_with_each_method(stage):
    """As in Kratos after a refused identifier, when it shows the methods already."""
    asked = node("identifier", group="identifier_first", label="E-Mail", required=True)
    go_on = node("method", "submit", group="identifier_first", label="Continue", value="identifier_first")
    page = await stage.show(flow(CSRF, asked, go_on, PASSWORD, SIGN_IN, SEND_CODE))

    for label in ("Continue", "Sign in with password", "Send sign in code"):
        assert ("identifier", "") in page.sent_by(page.button(label))
    assert first_button(page, page.labelled("Password").form) is page.button("Sign in with password")


async def test_what_every_form_carries_is_in_each_of_them_once(stage):
    given = node("identifier", "hidden", group="identifier_first", value="ada@example.org")
    go_on = node("method", "submit", group="identifier_first", label="Continue", value="identifier_first")
    page = await stage.show(flow(CSRF, given, go_on, TRAIT))

    names = [name for name, _ in page.sent_by(page.button("Continue"))]
    assert sorted(names) == ["csrf_token", "identifier", "method", "traits.email"]
