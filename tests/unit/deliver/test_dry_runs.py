"""A destination tried out: what is shown is what the engine would do, and nobody hears of it but the receiver asked."""

import json

import msgspec
import pytest
from delivering import SECRETS, START, event, receiving, webhook

from headwater.core.clock import ManualClock, SystemClock
from headwater.deliver.dry_runs import DryRuns
from headwater.mapping.sandbox import Sandbox
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.workspace.configuration import FilterRule, MappingRule, Routing


@pytest.fixture
async def receiver():
    async with receiving() as made:
        yield made


@pytest.fixture
async def dry_runs():
    sandbox, outbound = Sandbox(clock=SystemClock()), Outbound(AddressPolicy(allow_private=True))
    await sandbox.start()
    yield DryRuns(evaluator=sandbox, sender=outbound, clock=ManualClock(START), read_secret=SECRETS.__getitem__)
    await outbound.close()
    await sandbox.close()


def routed(receiver, *, mode="live", mappings=(), filters=(), **settings):
    routing = Routing(mode=mode, mappings=tuple(mappings), filters=tuple(filters))
    return msgspec.structs.replace(webhook("crm", receiver.url, **settings), routing=routing)


def verdicts(tried):
    return [(one["step"], one["verdict"]) for one in tried.steps]


NAMES = (
    "connected_source", "supported_type", "suppression", "consent", "integrations_object", "sent_client_side"
)  # fmt: skip
CONDITIONS = [(name, "passed") for name in NAMES]


async def test_without_rules_the_kinds_own_mapping_makes_the_request(dry_runs, receiver):
    tried = await dry_runs.run(routed(receiver), event("m1"))
    body = json.loads(event("m1").body)

    assert [*CONDITIONS, ("mapping", "mapped")] == verdicts(tried)
    assert [body] == tried.steps[-1]["payloads"]
    assert [("POST", receiver.url, body)] == [
        (one["method"], one["url"], json.loads(one["body"])) for one in tried.requests
    ]
    assert ("m1", "track", "ready", None, []) == (
        tried.message_id,
        tried.type,
        tried.state,
        tried.reason,
        tried.answers,
    )


async def test_nothing_is_sent_unless_it_is_asked_for(dry_runs, receiver):
    await dry_runs.run(routed(receiver), event("m1"))

    assert [] == receiver.seen


async def test_what_the_sender_forbids_stops_before_any_filter(dry_runs, receiver):
    rule = FilterRule(fql="all", action="keep")
    tried = await dry_runs.run(routed(receiver, filters=[rule]), event("m1", integrations={"All": False}))

    assert [*CONDITIONS[:-2], ("integrations_object", "stopped")] == verdicts(tried)
    assert ("filtered", "FILTERED_BY_INTEGRATIONS_OBJECT") == (tried.state, tried.reason)
    assert [] == tried.requests


async def test_each_filter_has_its_own_verdict_on_the_event_as_it_came(dry_runs, receiver):
    rules = [
        FilterRule(fql="type = 'track'", action="keep", name="tracks"),
        FilterRule(fql="all", action="drop_properties", fields={"": ["userId"]}),
        FilterRule(fql="userId = 'ada'", action="drop", name="not ada"),
    ]
    tried = await dry_runs.run(routed(receiver, filters=rules), event("m1"))
    one, two, three = tried.steps[len(CONDITIONS) :]

    assert ["passed", "changed", "stopped"] == [one["verdict"], two["verdict"], three["verdict"]]
    assert "userId" not in two["event"]
    assert {"name": "not ada", "fql": "userId = 'ada'", "action": "drop"}.items() <= three.items()
    assert tried.state == "filtered"
    assert tried.reason.startswith("FILTERED_BY_RULES: not ada")


async def test_each_mapping_says_whether_its_trigger_matches_and_what_it_makes(dry_runs, receiver):
    rules = [
        MappingRule(name="pages", trigger='type = "page"', template="function(event) {page: true}"),
        MappingRule(name="two", trigger='type = "track"', template="function(event) [{n: 1}, {n: 2}]"),
        MappingRule(name="none", template="function(event) null"),
    ]
    tried = await dry_runs.run(routed(receiver, mappings=rules), event("m1"))
    pages, two, none = tried.steps[len(CONDITIONS) :]

    assert ("skipped", "its trigger does not match") == (pages["verdict"], pages["reason"])
    assert ("mapped", [{"n": 1}, {"n": 2}]) == (two["verdict"], two["payloads"])
    assert ("stopped", "FILTERED_AT_MAPPING") == (none["verdict"], none["reason"])
    assert [{"n": 1}, {"n": 2}] == [json.loads(one["body"]) for one in tried.requests]


async def test_a_mapping_sees_what_the_filters_left(dry_runs, receiver):
    rule = FilterRule(fql="all", action="drop_properties", fields={"": ["userId"]})
    mapping = MappingRule(template="function(event) {has: std.objectHas(event, 'userId')}")
    tried = await dry_runs.run(routed(receiver, filters=[rule], mappings=[mapping]), event("m1"))

    assert [{"has": False}] == tried.steps[-1]["payloads"]


async def test_directives_say_which_keys_have_nothing_and_why(dry_runs, receiver):
    template = {"id": {"@path": "$.userId"}, "email": {"@path": "$.traits.email"}}
    tried = await dry_runs.run(routed(receiver, mappings=[MappingRule(template=template)]), event("m1"))
    missing = tried.steps[-1]["missing"]

    assert [{"id": "ada"}] == tried.steps[-1]["payloads"]
    assert ["/email"] == [one["field"] for one in missing]
    assert "traits.email" in missing[0]["because"][0]


async def test_a_mapping_that_fails_says_why_and_sends_nothing(dry_runs, receiver):
    rule = MappingRule(template="function(event) error 'no such thing'")
    tried = await dry_runs.run(routed(receiver, mappings=[rule]), event("m1"), is_sent=True)

    assert ("rejected", "failed") == (tried.state, tried.steps[-1]["verdict"])
    assert "no such thing" in tried.reason
    assert [] == receiver.seen


async def test_what_is_sent_is_marked_as_a_test_and_its_answer_is_read(dry_runs, receiver):
    receiver.answer = lambda _: (400, {"X-Why": "because"})
    tried = await dry_runs.run(routed(receiver), event("m1"), is_sent=True)
    (answer,) = tried.answers

    assert "true" == receiver.requests[0][0].headers["Headwater-Test"]
    assert (400, "the answer", "because") == (
        answer["response"]["status"],
        answer["response"]["body"],
        answer["response"]["headers"]["x-why"],
    )
    assert ("rejected", 400) == (answer["outcome"]["state"], answer["outcome"]["status"])


async def test_what_is_delivered_and_what_would_be_tried_again_is_told(dry_runs, receiver):
    receiver.answer = lambda message_id: (200 if message_id == "m1" else 503, {})
    good = await dry_runs.run(routed(receiver), event("m1"), is_sent=True)
    bad = await dry_runs.run(routed(receiver), event("m2"), is_sent=True)

    assert ["delivered", "retrying"] == [one.answers[0]["outcome"]["state"] for one in (good, bad)]


async def test_a_receiver_that_is_not_there_is_an_answer_too(dry_runs, receiver):
    nowhere = msgspec.structs.replace(routed(receiver), settings={"url": "http://127.0.0.1:1/"})
    (answer,) = (await dry_runs.run(nowhere, event("m1"), is_sent=True)).answers

    assert (None, "retrying") == (answer["response"], answer["outcome"]["state"])


async def test_the_first_request_that_is_not_delivered_ends_it_as_in_the_engine(dry_runs, receiver):
    receiver.answer = lambda _: (400, {})
    rule = MappingRule(template="function(event) [{messageId: 'a'}, {messageId: 'b'}]")
    tried = await dry_runs.run(routed(receiver, mappings=[rule]), event("m1"), is_sent=True)

    assert (2, 1, ["a"]) == (len(tried.requests), len(tried.answers), receiver.seen)


async def test_a_shadow_is_tried_like_any_other(dry_runs, receiver):
    tried = await dry_runs.run(routed(receiver, mode="shadow"), event("m1"), is_sent=True)

    assert (1, ["m1"]) == (len(tried.answers), receiver.seen)


async def test_no_secret_is_shown_wherever_it_stands(dry_runs, receiver):
    receiver.answer = lambda _: (200, {"X-Echo": "hush"})
    rule = MappingRule(template="function(event) {key: 'hush', list: [{deep: 'hush'}]}")
    secret = routed(receiver, mappings=[rule], shared_secret="env:CRM_KEY", headers={"X-Key": "hush"})
    tried = await dry_runs.run(secret, event("m1"), is_sent=True)

    assert "hush" not in json.dumps(msgspec.to_builtins(tried))
    assert "hush" == receiver.requests[0][0].headers["X-Key"]
