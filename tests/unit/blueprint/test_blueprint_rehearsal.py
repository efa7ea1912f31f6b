"""plan --last: real firings, rendered by the old and by the new configuration, and sent to nobody."""

import asyncio
import base64
import copy
import sqlite3
import time

import pytest
from aiohttp import web

IDENTIFY = "function(ctx) {id: ctx.identity.id, email: ctx.identity.traits.email}"
KEY = "hunter2-hunter2"


def encoded(jsonnet):
    return "base64://" + base64.b64encode(jsonnet.encode()).decode()


class Receiver:
    def __init__(self):
        self.bodies = []
        self.url = ""

    async def take(self, request):
        self.bodies.append(await request.json())
        return web.json_response({})


@pytest.fixture
async def receiver():
    made = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/people"
    yield made
    await runner.cleanup()


@pytest.fixture
async def fired(api, rooms, receiver, slug):
    """Give the document of a project whose Action has fired for ada and bob."""
    auth = {"type": "api_key", "config": {"name": "X-Key", "value": KEY, "in": "header"}}
    config = {"id": "crm", "url": receiver.url, "method": "POST", "body": encoded(IDENTIFY), "auth": auth}
    path = "/services/identity/config/selfservice/flows/registration/after/hooks/0"
    await api("PATCH", f"/projects/{slug}", [{"op": "add", "path": path, "value": hooked(config)}])
    for name in ("ada", "bob"):
        flow = await api("GET", "/self-service/registration/api")
        traits = {"email": f"{name}@example.org"}
        body = {"method": "password", "password": "correct horse battery", "traits": traits}
        await api("POST", f"/self-service/registration?flow={flow['id']}", body)
    await noted(api, 2)
    return await api.document()


async def noted(api, count):
    """Wait until the firings are in the delivery log, which is written behind the flows."""
    deadline = time.monotonic() + 10
    while len((await api("GET", "/api/action-deliveries"))["action_deliveries"]) < count:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def hooked(config):
    return {"hook": "web_hook", "config": config}


def hooks(document):
    return document["projects"][0]["identity_config"]["selfservice"]["flows"]["registration"]["after"]["hooks"]


async def rehearsed(api, document, last=10):
    return (await api.plan(document, last=last))["rehearsed"]


async def test_a_body_that_becomes_another_one_is_shown_for_each_firing(api, fired, receiver):
    wanted = copy.deepcopy(fired)
    hooks(wanted)[0]["config"]["body"] = encoded("function(ctx) {id: ctx.identity.id, mail: ctx.identity.traits.email}")
    found = await rehearsed(api, wanted)

    assert ["changed", "changed"] == [one["state"] for one in found]
    assert [
        {"path": "/body/email", "before": "bob@example.org"},
        {"path": "/body/mail", "after": "bob@example.org"},
    ] == found[0]["changes"]
    assert 2 == len(receiver.bodies)  # as before: nothing was sent


async def test_a_body_that_only_reads_differently_changes_no_request(api, fired):
    wanted = copy.deepcopy(fired)
    hooks(wanted)[0]["config"]["body"] = encoded("// tidied\n" + IDENTIFY)

    assert ["unchanged", "unchanged"] == [one["state"] for one in await rehearsed(api, wanted)]


async def test_only_so_many_firings_are_rendered_as_are_asked_for(api, fired):
    wanted = copy.deepcopy(fired)
    hooks(wanted)[0]["config"]["method"] = "PUT"
    [one] = await rehearsed(api, wanted, last=1)

    assert [{"path": "/method", "before": "POST", "after": "PUT"}] == one["changes"]


async def test_a_new_key_is_told_and_neither_key_is_shown(api, fired):
    wanted = copy.deepcopy(fired)
    hooks(wanted)[0]["config"]["auth"]["config"]["value"] = "swordfish-swordfish"
    planned = await api.plan(wanted, last=1)

    assert [{"path": "/headers", "before": "***", "after": "*** (another value)"}] == planned["rehearsed"][0]["changes"]
    assert "swordfish" not in str(planned)
    assert KEY not in str(planned)


async def test_a_hook_that_goes_is_no_longer_sent_and_a_new_one_is_once_for_each_occasion(api, fired):
    wanted = copy.deepcopy(fired)
    hooks(wanted)[0] = hooked({"id": "mail", "url": "https://mail.test/", "method": "POST", "body": encoded(IDENTIFY)})
    found = await rehearsed(api, wanted)

    assert [("crm", "no longer sent"), ("mail", "newly sent")] * 2 == [(one["action"], one["state"]) for one in found]
    assert {"path": "/url", "after": "https://mail.test/"} in found[1]["changes"]


async def test_a_hook_that_moves_is_the_same_hook(api, fired):
    wanted = copy.deepcopy(fired)
    first = {"url": "https://mail.test/", "method": "POST", "body": encoded(IDENTIFY), "response": {"ignore": True}}
    hooks(wanted).insert(0, hooked(first))
    found = await rehearsed(api, wanted, last=1)

    assert ["unchanged", "newly sent"] == [one["state"] for one in found]


async def test_jsonnet_that_would_fail_on_a_real_person_says_so(api, fired):
    wanted = copy.deepcopy(fired)
    body = "function(ctx) if ctx.identity.traits.email == 'bob@example.org' then error 'bob' else {id: ctx.identity.id}"
    hooks(wanted)[0]["config"]["body"] = encoded(body)
    found = await rehearsed(api, wanted, last=1)

    assert {"path": "/state", "before": "rendered", "after": "not_rendered"} in found[0]["changes"]


async def test_a_firing_whose_ctx_is_gone_is_named_and_not_guessed(api, fired, rooms):
    with sqlite3.connect(rooms.folder.actions_database) as connection:
        connection.execute("DELETE FROM bodies")
    wanted = copy.deepcopy(fired)
    hooks(wanted)[0]["config"]["method"] = "PUT"
    found = await rehearsed(api, wanted)

    assert ["not known"] * 2 == [one["state"] for one in found]
    assert "its ctx is gone" in found[0]["reason"]
    assert found[0]["trigger_id"]


async def test_a_project_that_does_not_change_is_not_rehearsed(api, fired):
    assert [] == await rehearsed(api, fired)
    assert (await api.plan(fired))["rehearsed"] is None


@pytest.mark.parametrize("last", [0, -1, 101])
async def test_refuses_too_few_and_too_many(api, fired, last):
    said = (await api.plan(fired, last=last, status=400))["error"]["reason"]

    assert "Between 1 and 100" in said
