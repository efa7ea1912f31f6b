"""What Actions hear of operators' changes of people: queued with the change, slowing and failing none."""

import json

import pytest
from admin_stage import PEOPLE, AdminStage, made, person
from identity_stage import ADMIN, NOON, PROJECT, jsonnet, web_hook
from identity_stage import Stage as WholeStage
from sqlalchemy import select

from headwater.core.event import ACTIONS_SOURCE
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.mapping.evaluation import MappingBusyError
from headwater.store.tables import identities, outbox

DOWN = "http://127.0.0.1:9/hook"
CTX = jsonnet("function(ctx) ctx")


@pytest.fixture
async def stage(tmp_path):
    """The whole room: its runner seals with a key that this test has."""
    stage = await WholeStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def client(stage):
    async with stage.client(headers=ADMIN) as client:
        yield client


def hooks(stage, *changes, **config):
    hook = web_hook(DOWN, **{"body": CTX, **config})
    lists = {change: {"hooks": [hook]} for change in changes}
    stage.revise(lambda whole: whole["identity"].update(after=lists))


async def calls(stage):
    """Return what was queued, as its receivers will get it."""
    found = [queued.unseal(record.body, Sealer(stage.key)) for record in await stage.queued()]
    return [json.loads(call.request.body) for call in found]


async def test_somebody_made_is_told_of_with_the_operators_request_and_no_key(stage, client):
    hooks(stage, "created", "updated", "deleted")
    stage.revise(
        lambda whole: whole.update(clients={"web_hook": {"header_allowlist": ["Authorization", "X-Team", "Cookie"]}})
    )
    headers = {"X-Team": "support", "X-Other": "x", "Cookie": "ory_kratos_session=t; a=b"}
    body = person(metadata_admin={"score": 7})
    ada = (await client.post(PEOPLE, json=body, headers=headers)).json()

    (ctx,) = await calls(stage)
    assert ctx["trigger"] == "identity.created"
    assert (ctx["identity"]["id"], ctx["identity"]["traits"]) == (ada["id"], ada["traits"])
    assert (ctx["request_method"], ctx["request_url"]) == ("POST", f"{stage.public_url}{PEOPLE}")
    assert ctx["request_headers"] == {"X-Team": ["support"]}
    assert ctx["request_cookies"] == {}
    assert not {"flow", "session", "previous_identity"} & ctx.keys()
    assert not {"metadata_admin", "credentials"} & ctx["identity"].keys()
    (record,) = await stage.queued()
    call = queued.unseal(record.body, Sealer(stage.key))
    assert (call.flow, call.identity_id, record.user_id) == ("identity", ada["id"], ada["id"])


@pytest.mark.parametrize("method", ["put", "patch"])
async def test_somebody_changed_is_told_of_beside_who_they_were(stage, client, method):
    ada = await made(client, person())
    hooks(stage, "updated")
    if method == "put":
        body = {**person("countess@example.org"), "state": "active"}
        answer = await client.put(f"{PEOPLE}/{ada['id']}", json=body)
    else:
        body = [{"op": "replace", "path": "/traits/email", "value": "countess@example.org"}]
        answer = await client.patch(f"{PEOPLE}/{ada['id']}", json=body)
    assert answer.status_code == 200

    (ctx,) = await calls(stage)
    assert ctx["trigger"] == "identity.updated"
    assert ctx["identity"]["traits"] == {"email": "countess@example.org"}
    assert ctx["identity"]["verifiable_addresses"] == answer.json()["verifiable_addresses"]
    assert ctx["previous_identity"]["traits"] == {"email": "ada@example.org"}


async def test_somebody_removed_is_told_of_as_they_were(stage, client):
    ada = await made(client, person())
    hooks(stage, "deleted")
    assert (await client.delete(f"{PEOPLE}/{ada['id']}")).status_code == 204
    assert (await client.delete(f"{PEOPLE}/{ada['id']}")).status_code == 404

    (ctx,) = await calls(stage)
    assert (ctx["trigger"], ctx["identity"]["id"]) == ("identity.deleted", ada["id"])
    assert ctx["identity"]["traits"] == {"email": "ada@example.org"}


async def test_each_change_has_its_own_list(stage, client):
    hooks(stage, "deleted")
    ada = await made(client, person())
    await client.patch(f"{PEOPLE}/{ada['id']}", json=[{"op": "add", "path": "/metadata_public", "value": 1}])
    assert await calls(stage) == []


async def test_what_was_not_done_is_not_told(stage, client):
    hooks(stage, "created", "updated", "deleted")
    ada = await made(client, person())
    grace = await made(client, person("grace@example.org"))
    assert (await client.post(PEOPLE, json=person())).status_code == 409
    assert (await client.post(PEOPLE, json=person("nobody"))).status_code == 400
    taken = [{"op": "replace", "path": "/traits/email", "value": "ada@example.org"}]
    assert (await client.patch(f"{PEOPLE}/{grace['id']}", json=taken)).status_code == 409
    assert (await client.put(f"{PEOPLE}/{PROJECT}", json=person())).status_code == 404
    assert [ctx["identity"]["id"] for ctx in await calls(stage)] == [ada["id"], grace["id"]]


async def test_a_receiver_that_is_asked_by_mistake_is_not_waited_for(stage, client):
    """A stored configuration from before the check, say."""
    hooks(stage, "created", can_interrupt=True, response={"parse": True, "on_error": "fail"})
    await made(client, person())
    assert len(await calls(stage)) == 1


@pytest.mark.parametrize("body", ["function(ctx) {a: ctx.flow.id}", "function(ctx) error 'cancel'"])
async def test_jsonnet_that_gives_nothing_is_left_out(stage, client, body):
    hooks(stage, "created", body=jsonnet(body))
    await made(client, person())
    assert await calls(stage) == []


async def test_an_import_tells_of_everybody_stored_and_of_nobody_else(stage, client):
    await made(client, person("p1@example.org"))
    hooks(stage, "created")
    rows = [{"create": person(f"p{number}@example.org")} for number in range(4)] + [{"create": person("nobody")}]
    answer = await client.patch(PEOPLE, json={"identities": rows})

    assert [row["action"] for row in answer.json()["identities"]] == ["create", "error", "create", "create", "error"]
    told = await calls(stage)
    assert sorted(ctx["identity"]["traits"]["email"][:2] for ctx in told) == ["p0", "p2", "p3"]
    assert {ctx["trigger"] for ctx in told} == {"identity.created"}


class Counting:
    """An evaluator that counts, and is busy as often as it is told to be."""

    def __init__(self, inner, *, busy=0):
        self.inner, self.busy, self.count = inner, busy, 0

    async def check(self, snippet):
        await self.inner.check(snippet)

    async def evaluate(self, snippet, *, arguments):
        self.count += 1
        if self.count <= self.busy:
            raise MappingBusyError
        return await self.inner.evaluate(snippet, arguments=arguments)


@pytest.mark.parametrize(("is_told", "evaluations"), [(False, 0), (True, 300)])
async def test_many_cost_one_rendering_each_and_none_without_a_hook(tmp_path, is_told, evaluations):
    stage = WholeStage(tmp_path)
    stage.evaluator = Counting(stage.evaluator)
    await stage.open()
    if is_told:
        hooks(stage, "created")
    async with stage.client(headers=ADMIN) as client:
        rows = [{"create": person(f"p{number}@example.org")} for number in range(300)]
        answer = await client.patch(PEOPLE, json={"identities": rows})
    assert (answer.status_code, await stage.count(identities)) == (200, 300)
    waiting = await stage.database.read(lambda c: c.execute(select(outbox.c.id)).all())
    assert (stage.evaluator.count, len(waiting)) == (evaluations, 300 + evaluations)
    await stage.close()


async def test_many_wait_where_jsonnet_is_busy_and_one_is_told_to_try_again(tmp_path):
    stage = WholeStage(tmp_path)
    stage.evaluator = Counting(stage.evaluator, busy=1)
    await stage.open()
    hooks(stage, "created")
    async with stage.client(headers=ADMIN) as client:
        assert (await client.post(PEOPLE, json=person())).status_code == 503
        assert await stage.count(identities) == 0
        stage.evaluator.count = 0
        answer = await client.patch(PEOPLE, json={"identities": [{"create": person()}]})
    assert [row["action"] for row in answer.json()["identities"]] == ["create"]
    assert stage.clock.now() > NOON
    await stage.close()


async def test_two_operators_at_once_undo_nothing_and_each_is_told_of_as_it_was(stage, client):
    ada = await made(client, person())
    rendered = stage.evaluator.evaluate
    others = [{"op": "add", "path": "/metadata_public", "value": {"tier": "gold"}}]
    hooks(stage, "updated")

    async def while_another_changes(snippet, *, arguments):
        stage.evaluator.evaluate = rendered
        assert (await client.patch(f"{PEOPLE}/{ada['id']}", json=others)).status_code == 200
        return await rendered(snippet, arguments=arguments)

    stage.evaluator.evaluate = while_another_changes
    mine = [{"op": "replace", "path": "/traits/email", "value": "countess@example.org"}]
    answer = await client.patch(f"{PEOPLE}/{ada['id']}", json=mine)

    assert (answer.status_code, answer.json()["metadata_public"]) == (200, {"tier": "gold"})
    first, second = await calls(stage)
    assert (first["identity"]["traits"], first["identity"]["metadata_public"]) == (ada["traits"], {"tier": "gold"})
    assert second["previous_identity"]["metadata_public"] == {"tier": "gold"}
    assert second["identity"]["traits"] == {"email": "countess@example.org"}


async def test_without_hooks_a_change_is_its_event_and_nothing_else(tmp_path):
    stage = await AdminStage(tmp_path).open()
    async with stage.client() as client:
        ada = await made(client, person())
        await client.patch(f"{PEOPLE}/{ada['id']}", json=[{"op": "add", "path": "/metadata_public", "value": 1}])
        await client.delete(f"{PEOPLE}/{ada['id']}")
    assert [record.source for record in await stage.records() if record.source == ACTIONS_SOURCE] == []
    assert [event["event"] for event in await stage.events()] == [
        "Identity Created",
        "Identity Updated",
        "Identity Deleted",
    ]
    await stage.close()
