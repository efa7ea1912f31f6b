"""The console in a real Chromium: a newcomer from an empty folder to a delivered event, and every page looked at."""

import json
import subprocess
import sys
import threading
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import expect

from acceptance.chromium import launched
from acceptance.conftest import Headwater, Receiver
from acceptance.console_stage import SCREENS, OperatorInChromium
from acceptance.pages_stage import NO_SCRIPTS
from acceptance.programs import need_npm_clients

MARKUP = "<img src=x onerror=alert(1)>"
FLOOD, FLOOD_BATCH = 3_000, 100


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    """A server on an empty folder."""
    with closing(Headwater(tmp_path_factory.mktemp("console") / "data")) as server:
        server.start()
        server.key = json.loads(server.cli("create", "key", "--role", "admin", "--format", "json").stdout)["key"]
        yield server


@pytest.fixture
def come(chromium, console):
    """Returns somebody who is signed in."""
    came = []

    def come(**options):
        person = OperatorInChromium(chromium, console.url, **options)
        came.append(person)
        person.sign_in(console.key)
        return person

    yield come
    for person in came:
        person.close()


@pytest.fixture(scope="module")
def tool():
    with closing(Receiver()) as receiver:
        yield receiver


def run(snippet):
    """Run what a page shows, as a newcomer does: in a shell."""
    subprocess.run(["bash", "-c", snippet], check=True, capture_output=True, timeout=60)


def test_a_newcomer_gets_from_nothing_to_a_delivered_event_by_the_checklist(come, tool):
    ada = come()
    page = ada.page
    page.get_by_label("Name").fill("Website")
    page.get_by_role("button", name="Make the source").click()
    ada.sees("The source is there")
    curl = page.locator("#snippet-curl code").inner_text()
    run(curl)

    expect(page.locator("#step-event")).to_contain_text("(done)")  # by itself

    page.get_by_role("link", name="Send to a webhook").click()
    page.get_by_label("URL").first.fill(tool.url)
    page.get_by_role("button", name="Make the destination").click()
    ada.sees("The destination is there")
    ada.open("/console")
    run(curl)

    expect(page.locator("#step-delivery")).to_contain_text("(done)")
    page.get_by_role("link", name="The newest delivery").click()
    ada.sees("Validated and stored", "delivered")
    ada.judge()
    assert ["ada"] == [one["userId"] for one in tool.bodies]


def test_the_snippets_send_when_they_are_run_as_shown(come, inhabited):
    node, clients = need_npm_clients()
    ada = come()
    ada.open("/console/sources")
    ada.page.get_by_role("link", name="Shop").click()
    ways = {
        "curl": lambda code: ["bash", "-c", code],
        "python": lambda code: [sys.executable, "-c", code],
        "node": lambda code: [node, "--input-type=module", "-e", code],
    }
    for name, command in ways.items():
        code = ada.page.locator(f"#snippet-{name} code").last.text_content()
        subprocess.run(command(code), check=True, capture_output=True, timeout=60, cwd=clients)
    sent = inhabited.api("GET", f"/api/events?name=signed&source={ada.page.url.rpartition('/')[2]}")["events"]

    assert ["Signed Up"] * 3 == [one["name"] for one in sent]


HOOKS = "/selfservice/flows/registration/after/password/hooks"


def paths(console):
    """Return every page there is something to see on."""
    (source, *_) = console.api("GET", "/api/sources")["sources"]
    (event, *_) = console.api("GET", "/api/events?limit=1")["events"]
    (destination, *_) = console.api("GET", "/api/destinations")["destinations"]
    (person, *_) = console.api("GET", "/admin/identities")
    (message, *_) = console.api("GET", "/admin/courier/messages")
    tool = f"/console/destinations/{destination['id']}"
    return {
        "home": "/console",
        "start": "/console/start",
        "debugger": "/console/debugger",
        "trace": f"/console/trace?message_id={event['message_id']}",
        "sources": "/console/sources",
        "source-new": "/console/sources/new",
        "source": f"/console/sources/{source['slug']}",
        "destinations": "/console/destinations",
        "destination-new": "/console/destinations/new",
        "destination-form": "/console/destinations/new?kind=webhook",
        "destination": tool,
        "destination-edit": f"{tool}/edit",
        "dead-letters": f"{tool}/dead-letters",
        "replays": f"{tool}/replays",
        "actions": "/console/actions",
        "action": f"/console/actions/one?path={HOOKS}/0",
        "action-new": "/console/actions/new",
        "action-deliveries": "/console/actions/deliveries",
        "identities": "/console/identities",
        "identity-new": "/console/identities/new",
        "identity": f"/console/identities/{person['id']}",
        "identity-edit": f"/console/identities/{person['id']}/edit",
        "mail": "/console/mail",
        "mail-message": f"/console/mail/{message['id']}",
        "lake": "/console/lake",
        "lake-tables": "/console/lake/tables",
        "project": "/console/project",
        "schemas": "/console/project/schemas",
        "schema-new": "/console/project/schemas/new",
        "schema": "/console/project/schemas/cHJlc2V0Oi8vZW1haWw",
        "revisions": "/console/project/revisions",
        "keys": "/console/keys",
        "operators": "/console/keys/operators",
        "audit": "/console/audit",
        "system": "/console/system",
    }


@pytest.fixture(scope="module")
def inhabited(console, tool):
    """The server with something on every page, markup in what people can name."""
    made = console.api("POST", "/api/sources", {"name": f"Shop {MARKUP}"}, status=201)
    settings = {"kind": "webhook", "sources": [made["slug"]], "settings": {"url": tool.url}, "name": f"Tool {MARKUP}"}
    console.api("POST", "/api/destinations", settings, status=201)
    event = {"userId": MARKUP, "event": MARKUP, "messageId": MARKUP, "properties": {MARKUP: MARKUP}}
    person = {"schema_id": "preset://email", "traits": {"email": "ada@example.com"}, "metadata_admin": {MARKUP: MARKUP}}
    console.api("POST", "/admin/identities", person, status=201)
    key = made["write_keys"][0]["key"]
    httpx.post(f"{console.url}/v1/track", json=event, auth=(key, ""), headers={"user-agent": MARKUP})
    httpx.post(f"{console.url}/v1/track", json={"event": MARKUP}, auth=(key, ""))
    hook = {"hook": "web_hook", "config": {"id": MARKUP, "url": tool.url, "method": "POST", "body": "base64://e30="}}
    project = console.api("GET", "/api/status")["project"]["id"]
    added = {"op": "add", "path": f"/services/identity/config{HOOKS}/0", "value": hook}
    console.api("PATCH", f"/projects/{project}", [added])
    flow = httpx.get(f"{console.url}/self-service/recovery/api").json()["id"]
    asked = {"method": "code", "email": "ada@example.com"}
    httpx.post(f"{console.url}/self-service/recovery?flow={flow}", json=asked)
    return console


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_is_for_everybody_on_this_screen(come, inhabited, screen):
    ada = come(**SCREENS[screen])
    for name, path in paths(inhabited).items():
        ada.open(path)
        expect(ada.page.locator("main h1")).to_be_visible()
        ada.judge()
        ada.picture(f"{name}-{screen}")


def edit_page(console):
    """Return where the mapping of a destination is edited, and how it is as stored."""
    tool = next(one for one in console.api("GET", "/api/destinations")["destinations"] if MARKUP in one["name"])

    def stored():
        return [one["template"] for one in console.api("GET", f"/api/destinations/{tool['id']}")["mappings"]]

    return f"/console/destinations/{tool['id']}/edit", stored


@pytest.mark.parametrize("screen", ["light-1280", "dark-390"])
def test_an_editor_marks_a_mistake_where_it_is_and_saves_what_is_typed(come, inhabited, screen):
    path, stored = edit_page(inhabited)
    ada = come(**SCREENS[screen])
    ada.open(path)
    editor = ada.page.get_by_role("textbox", name="Jsonnet or directives").first
    editor.press("ControlOrMeta+a")
    wrong = ", wrong: ,"
    ada.page.keyboard.type(f"function(event) {{\nbody: {{ on: '{screen}' }}{wrong}")  # it indents and closes by itself

    expect(ada.page.locator(".cm-line:has(.cm-lintRange-error)")).to_have_text(f"  body: {{ on: '{screen}' }}{wrong}")
    ada.sees("mapping.jsonnet:2:")
    ada.judge()
    ada.picture(f"editor-{screen}")
    for _ in wrong:
        ada.page.keyboard.press("Backspace")
    expect(ada.page.locator("[data-answer]")).to_contain_text(f'"on": "{screen}"')
    expect(ada.page.locator(".cm-lintRange-error")).to_have_count(0)
    ada.page.keyboard.press("Tab")
    expect(editor).not_to_be_focused()
    ada.page.get_by_role("button", name="Save").click()
    ada.sees("Saved.")
    assert [f"function(event) {{\n  body: {{ on: '{screen}' }}\n}}"] == stored()


def test_the_other_editors_mark_mistakes_and_run(come, inhabited):
    ada = come(**SCREENS["dark-1280"])
    ada.open("/console/lake")
    ada.page.get_by_role("textbox", name="SQL").press("End")
    ada.page.keyboard.type("SELECT 40 + 2 AS answer,\n nowhere")
    ada.page.keyboard.press("ControlOrMeta+Enter")
    expect(ada.page.locator(".cm-line:has(.cm-lintRange-error)")).to_have_text(" nowhere")
    ada.judge()
    ada.open("/console/project")
    config = ada.page.get_by_role("textbox", name="identity-config")
    config.press("ControlOrMeta+Home")
    config.press("ArrowRight")
    ada.page.keyboard.type('\n"nothing": 1,')
    expect(ada.page.locator(".cm-line:has(.cm-lintRange-error)")).to_have_text('  "nothing": 1,')
    ada.sees("What would be different")
    ada.judge()
    ada.picture("editor-project")


def test_a_schema_is_tried_on_who_is_there_and_a_mail_is_seen_as_it_was_sent(come, inhabited):
    ada, found = come(**SCREENS["light-1280"]), paths(inhabited)
    ada.open(found["schema"])
    ada.page.get_by_role("button", name="Check").click()
    ada.sees("of the newest", "signs in as ada@example.org")
    ada.judge()
    ada.open(found["mail-message"])
    letter = ada.page.frame_locator("iframe.letter")

    expect(letter.locator("body")).to_contain_text("Hello")
    ada.judge()


def test_where_the_editor_was_not_built_the_text_boxes_do_its_work(come, inhabited):
    path, stored = edit_page(inhabited)
    ada = come(**SCREENS["light-1280"])
    ada.context.route("**/assets/codemirror-*.js", lambda route: route.abort())
    ada.open(path)
    box = ada.page.get_by_label("Jsonnet or directives").first
    box.fill("function(event)\n  nowhere")

    expect(ada.page.locator(".gutter .is-wrong").first).to_have_text("2")
    box.fill("function(event) { body: { on: 'paper' } }")
    expect(ada.page.locator("[data-answer]")).to_contain_text('"on": "paper"')
    ada.judge()
    ada.page.get_by_role("button", name="Save").click()
    ada.sees("Saved.")
    assert ["function(event) { body: { on: 'paper' } }"] == stored()


def test_the_debugger_counts_a_thousand_events_a_second_and_draws_what_one_can_read(come, inhabited):
    (source, *_) = inhabited.api("GET", "/api/sources")["sources"]
    key = source["write_keys"][0]["key"]
    ada = come()
    ada.open("/console/debugger?type=page")
    expect(ada.page.locator("[data-counts]")).to_be_visible()

    def flood():
        with httpx.Client(auth=(key, "")) as http:
            for first in range(0, FLOOD, FLOOD_BATCH):
                batch = [{"type": "page", "name": f"Page {first + n}", "userId": "ada"} for n in range(FLOOD_BATCH)]
                assert 200 == http.post(f"{inhabited.url}/v1/batch", json={"batch": batch}).status_code

    thread = threading.Thread(target=flood)
    thread.start()
    expect(ada.page.locator("[data-seen]")).to_have_text(f"{FLOOD:,}")
    thread.join()
    drawn = ada.page.locator("[data-events] tr").count()
    ada.page.locator("[data-events] tr").first.click()

    assert 0 < drawn <= 200
    expect(ada.page.locator("[data-detail] code")).to_contain_text('"userId": "ada"')
    ada.page.get_by_role("button", name="Pause").click()
    newest = ada.page.locator("[data-events] tr").first.inner_text()
    httpx.post(f"{inhabited.url}/v1/page", json={"name": "Paused", "userId": "ada"}, auth=(key, ""))
    expect(ada.page.locator("[data-seen]")).to_have_text(f"{FLOOD + 1:,}")
    assert newest == ada.page.locator("[data-events] tr").first.inner_text()
    ada.page.get_by_role("button", name="Go on").click()
    expect(ada.page.locator("[data-events] tr").first).to_contain_text("Paused")
    ada.judge()


def test_home_asks_a_slow_server_again_only_once_it_has_answered(come, inhabited):
    ada, held, looks = come(), [], "**/console/picture*"
    ada.page.clock.install()
    ada.page.route(looks, lambda route: held.append(route))  # noqa: PLW0108  Playwright marks what it is given
    ada.open("/console?view=picture")
    with ada.page.expect_request(looks):
        ada.page.clock.run_for(60_000)
    ada.page.evaluate("0")  # what was asked before this is known after it
    while_it_is_slow = len(held)
    with ada.page.expect_response(looks):
        held[0].continue_()
    ada.page.wait_for_function("() => !isLooking")
    with ada.page.expect_request(looks):
        ada.page.clock.run_for(5_000)

    assert 1 == while_it_is_slow


def test_a_table_that_goes_on_and_a_query_that_is_under_way_say_so(come, inhabited):
    ada = come(**SCREENS["dark-390"])
    ada.open("/console/audit")
    table = ada.page.locator(".scroll").first
    expect(table).to_have_class("scroll has-after")
    table.evaluate("it => it.scrollBy(10, 0)")
    expect(table).to_have_class("scroll has-after has-before")
    table.evaluate("it => it.scrollBy(10000, 0)")
    expect(table).to_have_class("scroll has-before")
    ada.judge()

    ada.open("/console/lake")
    ada.page.evaluate("document.addEventListener('submit', event => event.preventDefault())")  # it stays under way
    ada.page.get_by_role("button", name="Run").click()
    expect(ada.page.get_by_role("button", name="Running…")).to_be_visible()
    expect(ada.page.get_by_role("status")).to_have_text("Running…")
    ada.page.evaluate("dispatchEvent(new Event('pageshow'))")
    expect(ada.page.get_by_role("button", name="Run", exact=True)).to_be_visible()


def test_a_person_comes_in_by_their_account_as_a_viewer_and_changes_nothing(chromium, inhabited):
    email, password = "grace@example.com", "correct horse battery"
    address = {"value": email, "via": "email", "verified": True, "status": "completed"}
    person = {"schema_id": "preset://email", "traits": {"email": email}, "verifiable_addresses": [address]}
    person["credentials"] = {"password": {"config": {"password": password}}}
    inhabited.api("POST", "/admin/identities", person, status=201)
    inhabited.cli("create", "operator", email, "--role", "viewer")
    with closing(OperatorInChromium(chromium, inhabited.url)) as grace:
        page = grace.page
        grace.open("/console/keys/operators")
        page.get_by_role("link", name="Sign in with your account").click()
        page.locator("[name=identifier]").fill(email)
        page.locator("[name=password]").fill(password)
        page.locator("button[value=password]").click()
        grace.sees(f"Your account here is {email}. Its role is viewer")
        grace.judge()
        grace.picture("sign-in-account")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Operators")
        expect(page.get_by_title("Signed in as")).to_have_text(f"{email} viewer")
        expect(page.get_by_role("button", name="Take away")).to_have_count(0)
        grace.judge()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.get_by_role("link", name="Sign in with your account").click()
        expect(page.locator("[name=identifier]")).to_be_visible()  # the account's session is over, too


def test_every_page_works_without_scripts(chromium, inhabited):
    with closing(OperatorInChromium(chromium, inhabited.url, **NO_SCRIPTS)) as grace:
        grace.sign_in(inhabited.key)
        for path in paths(inhabited).values():
            grace.open(path)
            expect(grace.page.locator("main h1")).to_be_visible()
        grace.open("/console/sources/new")
        grace.page.get_by_label("Name").fill("By hand")
        grace.page.get_by_role("button", name="Make the source").click()
        grace.sees("The source is there", "curl")
