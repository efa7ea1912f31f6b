"""The pages of Actions: what runs where, one edited with its secrets kept, tried out, its log; markup is text."""

import base64
import html
import json

import pytest
from console_floor import console_on

from headwater.actions import web_hook_shape
from headwater.actions.firing import Attempt, Firing
from headwater.console import action_form, signing_form
from headwater.net.outbound import Request, Response

MARKUP = "<script>alert('1')</script>\"'"
LIST = "/selfservice/flows/registration/after/password/hooks"
PATH = f"{LIST}/0"
BODY = "function(ctx) { email: ctx.identity.traits.email }"
MAPPING = "function(ctx, response) if response.status == 200 then null else { messages: [] }"
FIRST, SECOND = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"a", b"b"))
SIGNING = {"type": "standard_webhooks", "secrets": [FIRST, SECOND]}
HOOK = {
    "hook": "web_hook",
    "config": {
        "id": "crm",
        "url": "http://127.0.0.1:9/people",
        "method": "POST",
        "body": "base64://" + base64.b64encode(BODY.encode()).decode(),
        "auth": {"type": "api_key", "config": {"name": "X-Key", "value": "sesame-open", "in": "header"}},
    },
}


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


@pytest.fixture
async def project(floor):
    found = (await floor.api("GET", "/projects"))[0]
    await patch(floor, found, HOOK)
    return found


async def patch(floor, project, hook):
    operation = {"op": "add", "path": f"/services/identity/config{PATH}", "value": hook}
    await floor.api("PATCH", f"/projects/{project['id']}", json=[operation])


async def config_of(floor, project, number=0):
    shown = await floor.api("GET", f"/projects/{project['id']}")
    flows = shown["services"]["identity"]["config"]["selfservice"]["flows"]
    return flows["registration"]["after"]["password"]["hooks"][number]["config"], shown["revision_id"]


def settings(revision, **changes):
    values = {
        "path": PATH,
        "revision": revision,
        "id": "crm",
        "url": "http://127.0.0.1:9/people",
        "method": "POST",
        "body": BODY,
        "answer": "wait",
        "auth_type": "api_key",
        "auth_name": "X-Key",
        "auth_in": "header",
    }
    return values | changes


def firing(project, trigger_id, **changes):
    values = {
        "trigger_id": trigger_id,
        "action_id": "crm",
        "path": PATH,
        "project_id": project["id"],
        "identity_id": "ada-id",
        "flow": "registration",
        "moment": "after",
        "method": "password",
        "flow_id": "flow-1",
        "at_ms": 1,
        "mode": "inline",
        "state": "delivered",
        "attempts": (Attempt(at_ms=1, duration_ms=12, status=200, request_id="r-1"),),
        "context": {"identity": {"id": "ada-id", "traits": {"email": "ada@example.org"}}},
        "request": Request(method="POST", url="https://receiver.test/", body=b"what-was-sent"),
        "response": Response(status=200, body=b"what-came-back"),
    }
    return Firing(**(values | changes))


async def noted(floor, *firings):
    for one in firings:
        floor.rooms.journal.note(one)
    await floor.rooms.journal.write_now()


async def test_the_chain_is_shown_as_it_runs_and_what_the_linter_says_when_asked(floor, project):
    ada = await floor.operator()
    words = await ada.see("/console/actions")
    checked = await ada.see("/console/actions?check=1")

    assert words.index("crm") < words.index("session")
    assert "verification" in words
    assert "What the linter says" not in words
    assert PATH in checked.partition("What the linter says")[2].partition("Registration")[0]


async def test_settings_are_saved_and_a_secret_that_is_not_typed_is_kept(floor, project):
    before, revision = await config_of(floor, project)
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    secret_shown = "sesame-open" in ada.html or "secret://" in ada.html.partition("As it is stored")[0]
    typed = {"answer": "queue", "headers": "X-Team: growth", "body": "function(ctx) { id: ctx.identity.id }"}
    words = await ada.send("/console/actions/one", **settings(revision, **typed))
    after, _ = await config_of(floor, project)

    assert not secret_shown
    assert "Saved." in words
    assert ({"on_error": "queue"}, {"X-Team": "growth"}) == (after["response"], after["headers"])
    assert before["auth"] == after["auth"]
    assert typed["body"] == base64.b64decode(after["body"].removeprefix("base64://")).decode()


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"url": "ftp://x"}, "url"), ({"body": "function(ctx) {"}, "body"), ({"headers": "no colon"}, "headers")],
    ids=["url", "body", "headers"],
)
async def test_what_is_refused_is_said_at_its_field_and_what_was_typed_stays(floor, project, typed, field):
    _, revision = await config_of(floor, project)
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    await ada.send("/console/actions/one", **settings(revision, **typed, auth_value="new-secret"))

    assert 400 == ada.status
    assert f'id="{field}-problem"' in ada.html
    assert typed[field] in ada.html
    assert "new-secret" not in ada.html


async def test_every_member_of_a_web_hook_has_a_field(floor, project):
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    fields = {action_form.field_of(f"{PATH}/config/{name}") for name in web_hook_shape.KEYS}
    fields |= {action_form.field_of(f"{PATH}/config/response/mapping")}

    assert {True} == {f'name="{field}"' in ada.html for field in fields}


async def test_a_signing_key_is_changed_step_by_step_and_never_comes_back(floor, project):
    ada = await floor.operator()
    seen, stored = [], []
    for typed in ({"signing_key": FIRST}, {"signing_key": SECOND}, {"signing_goes_1": "on"}, {"signing_goes_0": "on"}):
        await ada.see(f"/console/actions/one?path={PATH}")
        await ada.send("/console/actions/one", **settings((await config_of(floor, project))[1], **typed))
        seen.append(ada.html)
        stored.append((await config_of(floor, project))[0].get("signing", {"secrets": []})["secrets"])

    assert [1, 2, 1, 0] == [len(keys) for keys in stored]
    assert stored[0][0] == stored[1][1]  # the new one goes first, and both sign
    assert stored[1][0] == stored[2][0]
    assert 2 == seen[1].count("Take this key away")
    assert [] == [html for html in seen if FIRST in html or SECOND in html or "secret://" in html.split("As it is")[0]]


async def test_a_third_signing_key_and_what_is_none_are_refused_at_their_field(floor, project):
    await patch(floor, project, {**HOOK, "config": {**HOOK["config"], "signing": SIGNING}})
    _, revision = await config_of(floor, project)
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    third = await ada.send("/console/actions/one", **settings(revision, signing_key=FIRST))
    wrong = await ada.send("/console/actions/one", **settings(revision, signing_key="x", signing_goes_0="on"))

    assert "at most 2" in third
    assert "must be whsec_" in wrong
    assert 'id="signing_key-problem"' in ada.html
    assert 'name="signing_goes_0" checked' in ada.html
    assert (await config_of(floor, project))[1] == revision


def test_a_key_that_is_read_from_elsewhere_says_where():
    signing = {"type": "standard_webhooks", "secrets": ["env:CRM_KEY"]}
    page = signing_form.shown(signing, {})

    assert ["env:CRM_KEY"] == [one.said for one in page]


async def test_the_reading_of_an_answer_is_jsonnet_that_stays_as_it_is_unless_it_is_changed(floor, project):
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    _, revision = await config_of(floor, project)
    await ada.send("/console/actions/one", **settings(revision, mapping=MAPPING))
    first, revision = await config_of(floor, project)
    await ada.see(f"/console/actions/one?path={PATH}")
    shown = html.unescape(ada.html)
    await ada.send("/console/actions/one", **settings(revision, mapping=MAPPING, id="other"))
    second, revision = await config_of(floor, project)
    refused = await ada.send("/console/actions/one", **settings(revision, mapping="function(ctx, response) {"))

    assert MAPPING in shown
    assert first["response"] == second["response"]
    assert MAPPING == base64.b64decode(first["response"]["mapping"].removeprefix("base64://")).decode()
    assert 'id="mapping-problem"' in ada.html
    assert "Expected" in refused or "expected" in refused


async def test_what_an_action_hides_and_sees_is_ticked(floor, project):
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    _, revision = await config_of(floor, project)
    await ada.send("/console/actions/one", **settings(revision, without_id="on", cookie="on"))
    ticked, revision = await config_of(floor, project)
    queued = await ada.send("/console/actions/one", **settings(revision, cookie="on", answer="queue"))
    await ada.send("/console/actions/one", **settings(revision))
    bare, _ = await config_of(floor, project)

    assert (False, True) == (ticked["emit_analytics_event"], ticked["expose_session_cookie"])
    assert "what is queued never holds cookies" in queued
    assert (True, False) == (bare.get("emit_analytics_event", True), bare.get("expose_session_cookie", False))


async def test_an_action_changes_places_with_its_neighbour(floor, project):
    second = {"hook": "web_hook", "config": {**HOOK["config"], "id": "second"}}
    await patch(floor, project, second)  # in front of the first, which stands in front of `session`
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    offered = ("One place earlier" in ada.html, "One place later" in ada.html)
    _, revision = await config_of(floor, project)
    words = await ada.send("/console/actions/move", path=PATH, revision=revision, to="later")
    now = [(await config_of(floor, project, number))[0]["id"] for number in (0, 1)]
    late = await ada.send("/console/actions/move", path=PATH, revision=revision, to="later")
    _, revision = await config_of(floor, project)
    off = await ada.send("/console/actions/move", path=PATH, revision=revision, to="earlier")

    assert (False, True) == offered
    assert "Moved." in words
    assert ["crm", "second"] == now
    assert "not at revision" in late
    assert ada.status == 400, off


async def test_a_form_of_an_older_revision_changes_nothing(floor, project):
    _, revision = await config_of(floor, project)
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    await patch(floor, project, {**HOOK, "config": {**HOOK["config"], "id": "another"}})
    await ada.send("/console/actions/one", **settings(revision, url="http://127.0.0.1:9/other"))

    assert 409 == ada.status
    assert "http://127.0.0.1:9/people" == (await config_of(floor, project))[0]["url"]


async def test_it_is_tried_as_typed_on_a_sample_with_an_answer_made_up(floor, project):
    before, revision = await config_of(floor, project)
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    answer = {
        "messages": [{"instance_ptr": "#/traits/email", "messages": [{"id": 1, "text": "Not you", "type": "error"}]}]
    }
    typed = {"body": "function(ctx) { tried: ctx.flow.type }", "can_interrupt": "on"}
    supposed = {"respond": "on", "respond_status": "400", "respond_body": json.dumps(answer)}
    words = await ada.send("/console/actions/try", **settings(revision, **typed, **supposed, on="sample"))
    after, _ = await config_of(floor, project)

    assert 200 == ada.status, words
    assert '"tried"' in words
    assert "Not you" in words
    assert "The ctx" in words
    assert before == after


async def test_it_is_tried_on_what_it_was_told_and_on_a_ctx_that_is_given(floor, project):
    await noted(floor, firing(project, "trigger-1"))
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}&on=trigger-1")
    chosen = 'value="trigger-1" selected' in ada.html
    told = await ada.send("/console/actions/try", path=PATH, on="trigger-1")
    given = json.dumps({"identity": {"traits": {"email": "bob@example.org"}}})
    bob = await ada.send("/console/actions/try", path=PATH, on="given", ctx=given)
    wrong = await ada.send("/console/actions/try", path=PATH, on="given", ctx="[1]")

    assert chosen
    assert "ada@example.org" in told
    assert "bob@example.org" in bob
    assert "no JSON object" in wrong


async def test_it_is_tried_while_somebody_types_and_a_mistake_is_told_with_its_place(floor, project):
    _, revision = await config_of(floor, project)
    ada = await floor.operator()
    await ada.see(f"/console/actions/one?path={PATH}")
    page = ada.html

    async def typed(**form):
        ada.html = page
        return await ada.send("/console/actions/tried", **settings(revision, **form))

    made = await typed(body=f"function(ctx) {{ tried: {json.dumps(MARKUP)} }}", send="1")
    is_page = "<html" in ada.html or MARKUP in ada.html
    await typed(body="function(ctx) {\n  tried: ctx.nowhere,\n}")
    failing = ada.html
    await typed(headers="no colon")
    headers = ada.html
    await typed(on="given", ctx="[1]")
    ctx = ada.html
    await ada.see(f"/console/actions/one?path={PATH}")
    await ada.send("/console/actions/one", **settings(revision, body="function(ctx) {\n  a: ,\n}"))

    assert "POST http://127.0.0.1:9/people" in made
    assert not is_page
    assert "Headwater-Test" not in made
    assert 'data-field="body" data-line="2" data-column="14"' in failing
    assert 'data-field="headers"' in headers
    assert "no JSON object" in ctx
    assert 'data-editor="jsonnet" data-line="2" data-column="6" aria-invalid="true"' in ada.html


async def test_an_action_is_added_to_a_list_and_deleted(floor, project):
    ada = await floor.operator()
    await ada.see("/console/actions/new")
    _, revision = await config_of(floor, project)
    bad = await ada.send("/console/actions/new", **settings(revision, url="nowhere"), place=LIST)
    bad_field = 'id="url-problem"' in ada.html
    await ada.send("/console/actions/new", **settings(revision, id="second", auth_type=""), place=LIST)
    made, revision = await config_of(floor, project, -1)
    await ada.send("/console/actions/delete", path=PATH, revision=revision)
    words = await ada.see("/console/actions")

    assert bad_field, bad
    assert "second" == made["id"]
    assert "second" in words
    assert "crm" not in words


async def test_a_viewer_sees_and_tries_and_is_offered_no_change(floor, project):
    _, revision = await config_of(floor, project)
    await noted(floor, firing(project, "trigger-1"))
    eve = await floor.operator("viewer")
    await eve.see("/console/actions")
    listed = eve.html
    await eve.see(f"/console/actions/one?path={PATH}")
    shown = eve.html
    tried = await eve.send("/console/actions/try", path=PATH, on="sample")
    refused = await eve.send("/console/actions/one", **settings(revision, url="http://127.0.0.1:9/eve"))
    one = await eve.see("/console/actions/deliveries/trigger-1")

    assert "/console/actions/new" not in listed
    assert 'name="url"' not in shown
    assert 'readonly data-editor="jsonnet"' in shown
    assert "trigger-1" not in shown.partition("Last deliveries")[0]
    assert "POST http://127.0.0.1:9/people" in tried
    assert "You may not do that" in refused or "needs admin" in refused
    assert "http://127.0.0.1:9/people" == (await config_of(floor, project))[0]["url"]
    assert "for operators" in one
    assert "what-was-sent" not in one


async def test_the_delivery_log_is_searched_paged_and_one_is_shown_whole(floor, project):
    await noted(floor, *(firing(project, f"trigger-{number}", at_ms=number) for number in range(60)))
    await noted(floor, firing(project, "lost", state="failed", at_ms=100))
    ada = await floor.operator()
    first = await ada.see("/console/actions/deliveries?action=crm&state=delivered")
    older = ada.html.partition('class="pages"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    rows = ada.html.count("/console/actions/deliveries/trigger-")
    await ada.see(older)
    rest = ada.html.count("/console/actions/deliveries/trigger-")
    failed = await ada.see("/console/actions/deliveries?state=failed")
    whole = await ada.see("/console/actions/deliveries/trigger-7")

    assert "lost" not in first
    assert (50, 10) == (rows, rest)
    assert "Older" not in ada.html
    assert "failed" in failed
    assert "ada@example.org" in whole
    assert "what-was-sent" in whole
    assert "what-came-back" in whole


async def test_the_delivery_log_begins_where_it_is_asked_to_and_a_wrong_time_is_told_at_its_field(floor, project):
    await noted(floor, firing(project, "trigger-old"))
    ada = await floor.operator()
    lately = await ada.see("/console/actions/deliveries?since=1h")
    ever = await ada.see("/console/actions/deliveries?since=1970-01-01T00:00:00Z")
    wrong = await ada.see(f"/console/actions/deliveries?since={MARKUP}")

    assert "Nothing that fits" in lately
    assert "crm" in ever
    assert 400 == ada.status
    assert "since is an age such as" in wrong
    assert 'aria-describedby="since-problem"' in ada.html
    assert "<script>alert" not in ada.html


async def test_a_refusal_is_told_at_the_field_that_it_is_about_whatever_its_words(floor):
    ada = await floor.operator()
    await ada.see("/console/actions/deliveries?state=since")

    assert 400 == ada.status
    assert "since-problem" not in ada.html


async def test_markup_in_what_is_configured_told_and_answered_is_text(floor, project):
    marked = {
        **HOOK["config"],
        "id": MARKUP,
        "headers": {"X-Team": MARKUP},
        "body": "base64://" + base64.b64encode(f"function(ctx) {{ a: 1 }} // {MARKUP}".encode()).decode(),
    }
    await patch(floor, project, {**HOOK, "config": marked})
    known = {"identity": {"id": MARKUP, "traits": {"email": MARKUP}}}
    answered = Response(status=500, body=MARKUP.encode())
    attempt = Attempt(at_ms=1, duration_ms=1, status=500, reason=MARKUP, request_id=MARKUP)
    told = {"context": known, "response": answered, "reason": MARKUP, "identity_id": MARKUP, "attempts": (attempt,)}
    await noted(floor, firing(project, "trigger-1", action_id=MARKUP, **told))
    ada = await floor.operator()
    for path in (
        "/console/actions",
        f"/console/actions/one?path={PATH}",
        "/console/actions/deliveries",
        "/console/actions/deliveries/trigger-1",
    ):
        await ada.see(path)
        assert "<script>alert" not in ada.html, path
        assert "&lt;script&gt;alert" in ada.html, path
    await ada.see(f"/console/actions/one?path={PATH}")
    given = json.dumps(known)
    await ada.send(
        "/console/actions/try",
        path=PATH,
        on="given",
        ctx=given,
        respond="on",
        respond_status="500",
        respond_body=MARKUP,
    )
    assert 200 == ada.status
    assert "<script>alert" not in ada.html


async def test_an_action_of_another_project_is_shown_with_it(floor, project):
    other = await floor.api("POST", "/projects", json={"name": "Other"})
    await patch(floor, other, {**HOOK, "config": {**HOOK["config"], "id": "others"}})
    ada = await floor.operator()
    words = await ada.see(f"/console/actions?project={other['slug']}")
    link = f"/console/actions/one?path={PATH.replace('/', '%2F')}&amp;project={other['slug']}"

    assert "others" in words
    assert link in ada.html
    assert "others" not in await ada.see("/console/actions")
    assert "no project" in await ada.see("/console/actions?project=none")
