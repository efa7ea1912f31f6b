"""What an operator's rules do to events: mappings, filters, shadow; each reason is kept."""

import json

import msgspec
import pytest
from delivering import event, receiving, until, webhook, world

from headwater.core.outcomes import State
from headwater.workspace.configuration import FilterRule, MappingRule, Routing


@pytest.fixture
async def receiver():
    async with receiving() as made:
        made.answer = lambda _: (200, {})
        yield made


@pytest.fixture
async def w(tmp_path, receiver):
    async with world(tmp_path) as made:
        await made.sandbox.start()
        yield made
        await made.sandbox.close()


def routed(receiver, **routing):
    return msgspec.structs.replace(webhook("crm", receiver.url), routing=Routing(**routing))


def bodies(receiver):
    return [json.loads(body) for _, body in receiver.requests]


def mapping(template, **rule):
    return (MappingRule(template=template, **rule),)


async def test_a_jsonnet_mapping_makes_the_payload(w, receiver):
    hook = routed(receiver, mappings=mapping("function(event) {messageId: event.messageId, who: event.userId}"))
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.DELIVERED)

    assert [{"messageId": "m1", "who": "ada"}] == bodies(receiver)


async def test_an_event_that_trips_the_mapping_costs_itself_alone(w, receiver):
    text = "function(event) if event.messageId == 'm7' then error 'no such thing' else {messageId: event.messageId}"
    hook = routed(receiver, mappings=mapping(text))
    offsets = await w.append_many(20)
    await w.start(hook)
    await until(lambda: len(receiver.seen) == 19)
    await w.until_state(offsets[7], hook, State.REJECTED)

    assert "no such thing" in (await w.delivery(offsets[7], hook)).reason


@pytest.mark.parametrize("text", ["function(event) null", "function(event) []", "function(event) error 'cancel'"])
async def test_a_mapping_may_say_that_there_is_nothing_to_send(w, receiver, text):
    hook = routed(receiver, mappings=mapping(text))
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.FILTERED)

    assert "FILTERED_AT_MAPPING" == (await w.delivery(offset, hook)).reason
    assert [] == receiver.seen


async def test_a_list_is_as_many_requests(w, receiver):
    text = "function(event) [{messageId: event.messageId, part: 1}, {messageId: event.messageId, part: 2}]"
    hook = routed(receiver, mappings=mapping(text))
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.DELIVERED)

    assert [1, 2] == sorted(body["part"] for body in bodies(receiver))


async def test_segments_directives_are_a_mapping_too(w, receiver):
    hook = routed(
        receiver, mappings=mapping({"messageId": {"@path": "$.messageId"}, "label": {"@template": "{{event}}!"}})
    )
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.DELIVERED)

    assert [{"messageId": "m1", "label": "!"}] == bodies(receiver)


async def test_liquids_now_is_the_moment_of_the_mapping(w, receiver):
    template = {"messageId": {"@path": "$.messageId"}, "at": {"@liquid": "{{ 'now' | date: '%Y-%m-%d' }}"}}
    hook = routed(receiver, mappings=mapping(template))
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.DELIVERED)

    assert [{"messageId": "m1", "at": "2026-11-23"}] == bodies(receiver)


async def test_each_mapping_whose_trigger_matches_sends_and_where_none_does_it_says_so(w, receiver):
    rules = (
        MappingRule(trigger='type = "track"', template="function(event) {messageId: 'tracked'}"),
        MappingRule(trigger='userId = "ada"', template="function(event) {messageId: 'ada'}"),
    )
    hook = routed(receiver, mappings=rules)
    both, none = await w.append(
        event("m1"), msgspec.structs.replace(event("m2"), body=b'{"type": "page", "messageId": "m2"}')
    )
    await w.start(hook)
    await w.until_state(both, hook, State.DELIVERED)
    await w.until_state(none, hook, State.FILTERED)

    assert ["ada", "tracked"] == sorted(receiver.seen)
    assert "NO_MATCHING_MAPPING" == (await w.delivery(none, hook)).reason


async def test_a_filter_keeps_what_matches_and_says_why_the_rest_is_gone(w, receiver):
    hook = routed(receiver, filters=(FilterRule(fql='messageId = "m1"', action="keep", name="only the first"),))
    first, second = await w.append(event("m1"), event("m2"))
    await w.start(hook)
    await w.until_state(first, hook, State.DELIVERED)
    await w.until_state(second, hook, State.FILTERED)

    assert ["m1"] == receiver.seen
    assert (await w.delivery(second, hook)).reason.startswith("FILTERED_BY_RULES: only the first")


async def test_a_filter_takes_fields_out_before_the_mapping_sees_them(w, receiver):
    rule = FilterRule(fql="all", action="drop_properties", fields={"": ["userId"]})
    hook = routed(receiver, filters=(rule,), mappings=mapping("function(event) {messageId: event.messageId} + event"))
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.DELIVERED)

    assert "userId" not in bodies(receiver)[0]


async def test_a_shadow_maps_and_records_and_sends_nothing(w, receiver):
    hook = routed(
        receiver, mode="shadow", mappings=mapping("function(event) {messageId: event.messageId, mapped: true}")
    )
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.FILTERED)

    assert ("SHADOW", []) == ((await w.delivery(offset, hook)).reason, receiver.seen)


async def test_a_configured_pace_is_kept(w, receiver):
    hook = routed(receiver, requests_per_second=2.0)
    await w.append_many(10)
    await w.start(hook)
    await until(lambda: receiver.seen)
    passed = await w.advance_until(lambda: len(receiver.seen) == 10, step=0.1)

    assert 4.0 <= passed <= 6.0
