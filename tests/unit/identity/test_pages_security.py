import re

import pytest
from pages_stage import CSRF, GOOGLE, PASSWORD, PUBLIC_URL, SIGN_IN, Shown, Stage, error, flow, login, node, other, text

from headwater.identity.flows.errors import FlowExpiredError, FlowNotFoundError, PrivilegedSessionRequiredError
from headwater.identity.pages.page_settings import PageSettings

HOSTILE = "\"'><script>alert(1)</script>{{7*7}}{% raw %}${7*7}<!--"
BAD_ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example/x",
    "/\\evil.example",
    "https:evil",
    "ftp://evil.example/",
    "https://[bad/",
    "",
    None,
    7,
)


@pytest.fixture
def stage():
    return Stage()


def policy(answer):
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


async def test_traits_labels_and_messages_show_as_text(stage):
    """Script and template injection: everything in a node may come from a stranger."""
    stage.flow = flow(
        CSRF,
        node("traits.name", label=HOSTILE, value=HOSTILE, messages=[error(HOSTILE)], pattern=HOSTILE),
        node(HOSTILE, label="Odd", value=7),
        node("traits.plan", label="Plan", options=[{"value": HOSTILE}]),
        node("method", "submit", group="password", label=HOSTILE, value=HOSTILE),
        other("text", "totp", id=HOSTILE, text=text(HOSTILE), label=HOSTILE),
        other("img", "totp", id=HOSTILE, src="https://cdn.example.org/x.png", label=HOSTILE),
        other("div", "captcha", id=HOSTILE, data={"sitekey": HOSTILE, "x onclick": "1"}, **{"class": HOSTILE}),
        messages=[error(HOSTILE), text(HOSTILE)],
    )
    answer = await stage.get("/ui/registration?flow=f1")

    page = Shown(answer.text)
    assert answer.status_code == 200
    assert page.all("script") == []
    assert "49" not in answer.text
    assert page.labelled(HOSTILE)["value"] == HOSTILE
    assert page.one("option", value=HOSTILE).text == HOSTILE
    assert page.button(HOSTILE)["value"] == HOSTILE
    assert page.one("img")["alt"] == HOSTILE
    assert [name for item in page.elements for name in item.attributes if name.startswith("on")] == []


async def test_the_welcome_page_shows_traits_as_text(stage):
    stage.session = {"identity": {"id": "i1", "traits": {"email": HOSTILE, HOSTILE: HOSTILE, "deep": [{"a": HOSTILE}]}}}
    answer = await stage.get("/ui/welcome")

    page = Shown(answer.text)
    assert page.all("script") == []
    assert page.one("strong").text == HOSTILE
    assert "49" not in answer.text


async def test_the_error_page_shows_reasons_as_text(stage):
    stage.error = {"id": HOSTILE, "error": {"id": HOSTILE, "reason": HOSTILE}}
    page = Shown((await stage.get(f"/ui/error?id={HOSTILE}")).text)

    assert page.all("script") == []
    assert HOSTILE in page.one("details").text


async def test_a_return_to_in_the_address_stays_inside_its_link(stage):
    stage.flow = FlowNotFoundError()
    page = Shown((await stage.get("/ui/login?flow=f1&return_to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")).text)

    assert page.all("script") == []


@pytest.mark.parametrize("address", BAD_ADDRESSES, ids=repr)
async def test_only_web_addresses_become_links_images_and_scripts(stage, address):
    page = await stage.show(
        flow(
            other("a", "code", id="x", href=address, label="Continue"),
            other("img", "code", id="y", src=address, label="Picture"),
            other("script", "webauthn", id="z", src=address, type="text/javascript"),
        ),
        "verification",
    )

    assert page.link("Continue") is None
    assert page.all("img") == page.all("script") == []


@pytest.mark.parametrize("address", BAD_ADDRESSES, ids=repr)
async def test_a_form_that_would_go_nowhere_good_is_not_shown(stage, address):
    stage.flow = login(action=address)
    answer = await stage.get("/ui/login?flow=f1")

    assert answer.status_code == 500
    assert Shown(answer.text).all("form") == []


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//evil.example"])
async def test_nobody_is_sent_to_an_address_that_is_none_of_the_web(stage, address):
    for failure in (PrivilegedSessionRequiredError(location=address), FlowExpiredError(location=address)):
        stage.flow = failure
        answer = await stage.get("/ui/login?flow=f1")
        assert "location" not in answer.headers
        assert address not in [item["href"] for item in Shown(answer.text).all("a")]


async def test_a_page_may_load_next_to_nothing_and_is_kept_framed_and_followed_by_nobody(stage):
    stage.flow = login(action="https://api.example.org:8443/self-service/login?flow=f1")
    stage.error = {"error": {}}
    for path in ("/ui/login?flow=f1", "/ui/welcome", "/ui/error?id=1"):
        answer = await stage.get(path)
        found = policy(answer)
        assert found["default-src"] == found["base-uri"] == found["frame-ancestors"] == "'none'"
        assert found["style-src"] == "'self'"
        assert found["img-src"] == "'self' data:"
        assert "script-src" not in found
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "strict-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = Shown(answer.text)
        assert page.all("style") == page.all("script") == []
        assert [item for item in page.elements if item.has("style")] == []


async def test_forms_may_end_where_the_flow_and_the_operator_say_and_nowhere_else(stage):
    stage.settings = PageSettings(landings=("https://app.example.org/welcome", "/here", "https://bad;default-src.x/"))
    stage.flow = login(action="https://api.example.org/x", return_to="http://localhost:3000/y")
    found = policy(await stage.get("/ui/login?flow=f1"))

    assert found["form-action"] == ("'self' https://api.example.org http://localhost:3000 https://app.example.org")


async def test_with_a_provider_forms_may_end_wherever_it_leads(stage):
    """Chromium holds form-action against every redirect, and nobody knows a provider's."""
    stage.flow = flow(CSRF, GOOGLE)

    assert policy(await stage.get("/ui/login?flow=f1"))["form-action"] == "'self' https: http:"


@pytest.mark.parametrize("host", ["evil.example;script-src *", "evil.example script-src", "a,b", "[::1]", "user@x y"])
async def test_a_return_to_cannot_write_into_the_policy(stage, host):
    stage.flow = login(return_to=f"https://{host}/")
    answer = await stage.get("/ui/login?flow=f1")

    assert "evil" not in answer.headers["content-security-policy"]
    assert policy(answer)["form-action"] == f"'self' {PUBLIC_URL}"


async def test_only_a_flows_own_script_runs_and_only_with_this_pages_nonce(stage):
    script = other(
        "script",
        "webauthn",
        id="webauthn_script",
        src=f"{PUBLIC_URL}/.well-known/ory/webauthn.js",
        type="text/javascript",
        integrity="sha512-x",
        crossorigin="anonymous",
        nonce="the-nodes-own",
        **{"async": True},
    )
    stage.flow = flow(CSRF, PASSWORD, SIGN_IN, script)
    nonces = set()
    for _ in range(2):
        answer = await stage.get("/ui/login?flow=f1")
        nonce = re.fullmatch(r"'nonce-([A-Za-z0-9_-]{20,})'", policy(answer)["script-src"])[1]
        nonces.add(nonce)
        scripts = Shown(answer.text).all("script")
        assert [item["nonce"] for item in scripts] == [nonce, nonce]
        assert scripts[1]["src"] == f"{PUBLIC_URL}/.well-known/ory/webauthn.js"
        assert scripts[1]["integrity"] == "sha512-x"
        assert not scripts[1].has("async"), "it would come after the buttons that need it"
        assert [item.text for item in scripts] == ["", ""]
    assert len(nonces) == 2


async def test_page_code_in_a_node_is_never_run_and_dead_buttons_stay_hidden(stage):
    button = node(
        "passkey_login_trigger",
        "button",
        group="passkey",
        label="Use a passkey",
        onclick="alert(1)",
        onclickTrigger="oryPasskeyLogin",
    )
    page = await stage.show(flow(CSRF, button))

    found = page.button("Use a passkey")
    assert not found.has("onclick")
    assert found["data-onclick-trigger"] == "oryPasskeyLogin"
    assert found.has("hidden")


async def test_a_fault_of_ours_shows_nothing_of_our_insides(stage):
    stage.flow = ZeroDivisionError("secret-of-ours")
    answer = await stage.get("/ui/login?flow=f1")

    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert "secret-of-ours" not in answer.text
    assert "Traceback" not in answer.text
    assert Shown(answer.text).one("h1").text == "Something went wrong"


async def test_a_way_out_of_the_session_is_in_no_repr(stage):
    """A traceback prints locals; the link's address holds a token."""
    from headwater.identity.pages import links  # noqa: PLC0415

    assert "ory_lo_" not in repr(links.sign_out("https://id.example.org/self-service/logout?token=ory_lo_1"))
