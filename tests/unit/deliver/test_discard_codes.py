"""Each discard code comes out of the engine: in the trace of its event, and as it is counted."""

import json

import msgspec
import pytest
from delivering import event, receiving, webhook, world

from headwater.core.outcomes import State
from headwater.workspace.configuration import FilterRule, MappingRule, Routing

NOTHING_THERE = {"@path": "$.properties.nothing"}
THROWS = {"messageId": {"@path": {"@path": "$.userId"}}}
CASES = {
    "UNSUPPORTED_EVENT_TYPE": ({"type": "lunch"}, {}),
    "FILTERED_BY_END_USER_CONSENT": (
        {"context": {"consent": {"categoryPreferences": {"ads": False}}}},
        {"consent_categories": ("ads",)},
    ),
    "FILTERED_BY_INTEGRATIONS_OBJECT": ({"integrations": {"All": False}}, {}),
    "MESSAGE_SENT_CLIENT_SIDE": ({"_metadata": {"bundled": ["Webhooks"]}}, {}),
    "FILTERED_BY_RULES": ({}, {"filters": (FilterRule(fql='type = "track"'),)}),
    "NO_MATCHING_MAPPING": ({}, {"mappings": (MappingRule(trigger='type = "page"', template={"a": 1}),)}),
    "FILTERED_AT_MAPPING": ({}, {"mappings": (MappingRule(template=NOTHING_THERE),)}),
    "SHADOW": ({}, {"mode": "shadow"}),
}


@pytest.mark.parametrize("code", CASES)
async def test_an_event_that_is_filtered_says_why_and_is_counted_by_that(tmp_path, code):
    more, routing = CASES[code]
    base = event("m1", type=more.get("type", "track"))
    record = msgspec.structs.replace(base, body=json.dumps({**json.loads(base.body), **more}).encode())
    async with receiving() as receiver, world(tmp_path) as w:
        hook = msgspec.structs.replace(webhook("crm", receiver.url), routing=Routing(**routing))
        (offset,) = await w.append(record)
        await w.start(hook)
        await w.until_state(offset, hook, State.FILTERED)
        delivery, sums = await w.delivery(offset, hook), await w.report.sums()

        assert code == delivery.reason.partition(":")[0]
        assert {code: 1} == sums["crm"].figures.filtered
        assert [] == receiver.seen


CULPRITS = {
    "message_rejected": (json.dumps({"type": "track", "messageId": "m1", "userId": 7}).encode(), THROWS),
    "INTERNAL": (b"[", None),
}


@pytest.mark.parametrize("code", CULPRITS)
async def test_an_event_that_can_never_be_sent_is_a_dead_letter_of_that_code(tmp_path, code):
    body, template = CULPRITS[code]
    mappings = () if template is None else (MappingRule(template=template),)
    async with receiving() as receiver, world(tmp_path) as w:
        hook = msgspec.structs.replace(webhook("crm", receiver.url), routing=Routing(mappings=mappings))
        (offset,) = await w.append(msgspec.structs.replace(event("m1"), body=body))
        await w.start(hook)
        await w.until_state(offset, hook, State.REJECTED)
        (letter,) = await w.dead_letters("crm")

        assert (code, code) == (letter.code, letter.reason.partition(":")[0])
        assert [] == receiver.seen
