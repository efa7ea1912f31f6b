"""Samples that lie are worse than none: what they hold is compared with what hooks are really told."""

import json

import pytest
from identity_stage import ADA, ADMIN, AS_JSON, PASSWORD, jsonnet, register, start_native, submit, web_hook
from recovery_stage import EMAIL, on_stage, send, sent

from headwater.actions.chain import Trigger
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.identity.config import tree
from headwater.identity.flows.samples import SampleOccasions
from headwater.identity.people import sample_traits
from headwater.identity.people.schema import IdentitySchema, load

CTX = jsonnet("function(ctx) ctx")
NOW_MS = 1_795_435_200_000
NOT_COMPARED = {"nodes", "raw_claims"}
ONLY_SOMETIMES_REAL = {"flow.ui.messages"}


def paths(value, prefix=""):
    """Return where something stands in a document; lists count as one thing."""
    found = set()
    for name, inner in value.items():
        found.add(f"{prefix}{name}")
        if isinstance(inner, dict) and name not in NOT_COMPARED:
            found |= paths(inner, f"{prefix}{name}.")
    return found


def sampled(stage, trigger):
    config = tree.parse(stage.document, project_id="p", public_url=stage.public_url)
    [sample] = SampleOccasions(config, public_url=stage.public_url, now_ms=NOW_MS)(trigger)
    return sample


def hooked(stage, flow, hook, *, moment="after", method=None):
    def change(whole):
        place = whole["selfservice"]["flows"].setdefault(flow, {}).setdefault(moment, {})
        (place.setdefault(method, {}) if method else place)["hooks"] = [hook]

    stage.revise(change)


def between(sample, real):
    """Assert that what is always there is there, and that nothing is there that the full sample hasn't."""
    lean = set.intersection(*(paths(bare.context) for bare in sample.bare))
    full = paths(sample.full.context)
    assert set() == lean - paths(real)
    assert set() == paths(real) - full - ONLY_SOMETIMES_REAL


@pytest.mark.parametrize("more", [{}, {"transient_payload": {}}])
@pytest.mark.parametrize("blocks", [{}, {"can_interrupt": True}])
async def test_after_registration(stage, client, receiver, blocks, more):
    hooked(stage, "registration", web_hook(receiver.url, body=CTX, **blocks), method="password")
    await submit(client, await start_native(client), ADA, **more)

    between(sampled(stage, Trigger(flow="registration", method="password")), receiver.bodies[0])


@pytest.mark.parametrize(("flow", "moment"), [("registration", "before"), ("login", "before"), ("settings", "before")])
async def test_before_a_flow(stage, client, receiver, flow, moment):
    done = await register(client)
    hooked(stage, flow, web_hook(receiver.url, body=CTX), moment=moment)
    headers = AS_JSON | ({"X-Session-Token": done["session_token"]} if flow == "settings" else {})
    await client.get(f"/self-service/{flow}/api?return_to={stage.public_url}/x", headers=headers)

    between(sampled(stage, Trigger(flow=flow, moment=moment)), receiver.bodies[0])


async def test_after_login(stage, client, receiver):
    await register(client)
    hooked(stage, "login", web_hook(receiver.url, body=CTX))
    flow = (await client.get("/self-service/login/api", headers=AS_JSON)).json()
    body = {"method": "password", "identifier": ADA["email"], "password": PASSWORD}
    await client.post(f"/self-service/login?flow={flow['id']}", json=body)

    between(sampled(stage, Trigger(flow="login", method="password")), receiver.bodies[0])


async def test_after_settings(stage, client, receiver):
    done = await register(client)
    hooked(stage, "settings", web_hook(receiver.url, body=CTX, response={"parse": True}))
    headers = AS_JSON | {"X-Session-Token": done["session_token"]}
    flow = (await client.get("/self-service/settings/api", headers=headers)).json()
    body = {"method": "profile", "traits": ADA | {"name": "Countess"}}
    await client.post(f"/self-service/settings?flow={flow['id']}", json=body, headers=headers)

    between(sampled(stage, Trigger(flow="settings", method="profile")), receiver.bodies[0])


async def test_after_recovery_and_after_verification(tmp_path, receiver):
    async with on_stage(tmp_path) as stage, stage.client() as client:
        for kind in ("recovery", "verification"):
            hooked(stage, kind, web_hook(receiver.url, body=CTX))
            flow = await sent(client, kind)
            await send(client, flow, method="code", code=await stage.code_to(EMAIL))

            between(sampled(stage, Trigger(flow=kind)), receiver.bodies.pop())


def test_members_that_only_other_triggers_have_can_be_lent(stage):
    before = sampled(stage, Trigger(flow="registration", moment="before"))
    social = sampled(stage, Trigger(flow="settings", method="oidc"))

    assert {"identity", "session", "previous_identity", "claims", "provider"} == before.elsewhere.keys()
    assert {} == social.elsewhere
    assert {"claims", "provider"} <= social.full.context.keys()


def schema(traits, **more):
    document = {"type": "object", "properties": {"traits": {"type": "object", "properties": traits, **more}}}
    return sample_traits.of(document)


def test_every_trait_by_its_type_and_the_fewest_that_can_be():
    found = schema(
        {
            "email": {"type": "string", "format": "email"},
            "name": {"type": "object", "properties": {"first": {"type": "string"}}},
            "age": {"type": ["integer", "null"], "minimum": 18},
            "plan": {"enum": ["free", "paid"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "agreed": {"type": "boolean"},
        },
        required=["email", "age", "tags"],
    )

    assert {
        "email": "ada@example.org",
        "name": {"first": "Ada"},
        "age": 18,
        "plan": "free",
        "tags": ["Ada"],
        "agreed": True,
    } == found.full
    assert {"email": "ada@example.org", "age": None, "tags": []} == found.lean
    assert {} == found.sparse["name"]


def test_what_an_object_may_lack_while_it_is_there_is_lacking_in_the_sparse_one_alone():
    inner = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    found = schema({"optional": inner, "sure": inner}, required=["sure"])

    assert {"sure": {"a": "Ada"}} == found.lean
    assert {"optional": {"a": "Ada"}, "sure": {"a": "Ada", "b": "Ada"}} == found.sparse


def test_references_and_branches_are_followed():
    document = {
        "definitions": {"text": {"type": "string"}},
        "properties": {
            "traits": {
                "properties": {"a": {"$ref": "#/definitions/text"}},
                "allOf": [{"properties": {"b": {"type": "integer"}}, "required": ["b"]}],
                "oneOf": [{"properties": {"c": {"type": "boolean"}}, "required": ["c"]}],
            }
        },
    }
    found = sample_traits.of(document)

    assert {"a": "Ada", "b": 1, "c": True} == found.full
    assert {"b": 1} == found.lean


def test_a_schema_that_contains_itself_twice_over_has_an_end():
    branching = {"properties": {name: {"$ref": "#/properties/traits/properties/x"} for name in "abcdefgh"}}
    items = {"type": "array", "minItems": 1, "items": {"$ref": "#/properties/traits/properties/y"}}
    wide = {f"w{number}": {"type": "string"} for number in range(3_000)}
    found = schema({"x": branching, "y": items, **wide})

    assert isinstance(found.full["x"], dict)


def test_an_address_is_an_address_whatever_its_format():
    credentials = {"ory.sh/kratos": {"credentials": {"code": {"identifier": True, "via": "sms"}}}}
    document = {"properties": {"traits": {"type": "object", "properties": {"p": {"type": "string", **credentials}}}}}
    made: IdentitySchema = load("x", "preset://email", path="/")

    assert sample_traits.PHONE_VALUE == sample_traits.of(document).full["p"]
    assert not made.validate(sample_traits.of(made.document).full)


@pytest.mark.parametrize("change", ["created", "updated", "deleted"])
async def test_what_operators_do_is_told_of_as_the_sample_says(tmp_path, change):
    async with on_stage(tmp_path) as stage, stage.client(headers=ADMIN) as operator:
        lists = {change: {"hooks": [web_hook("http://127.0.0.1:9/", body=CTX)]}}
        stage.revise(lambda whole: whole["identity"].update(after=lists))
        made = await operator.post("/admin/identities", json={"schema_id": "person", "traits": {"email": "g@x.org"}})
        one = f"/admin/identities/{made.json()['id']}"
        await operator.patch(one, json=[{"op": "add", "path": "/metadata_public", "value": {}}])
        await operator.delete(one)
        (record,) = await stage.queued()
        real = json.loads(queued.unseal(record.body, Sealer(stage.key)).request.body)
        sample = sampled(stage, Trigger(flow="identity", method=change))

    assert sample.full.context["trigger"] == real["trigger"] == f"identity.{change}"
    assert sample.full.context["request_method"] == real["request_method"]
    between(sample, {**real, "request_headers": {}})
    assert {"flow", "session"}.isdisjoint(sample.full.context)
    assert "session" in sample.elsewhere
