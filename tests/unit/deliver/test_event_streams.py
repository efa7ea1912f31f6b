"""A project's event stream: its people's lifecycle events, and nobody else's."""

import json

import msgspec
from delivering import event, receiving, webhook, world

from headwater.core.event import IDENTITY_SOURCE, Record
from headwater.core.outcomes import State
from headwater.deliver import decide
from headwater.identity import lifecycle


def stream(url, project_id="ours"):
    return msgspec.structs.replace(webhook("stream", url, sources=()), project_id=project_id)


def signed_up(person, project_id):
    return lifecycle.signed_up(person, project_id=project_id, method="password", flow_type="api", now_ms=1)


def unreadable(body):
    return Record(source=IDENTITY_SOURCE, message_id="m", type="track", body=body, received_at_ms=1)


async def test_only_the_projects_own_people_are_told_of(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        tool = stream(receiver.url)
        await w.start(tool)
        ada, bob = signed_up("ada", "ours"), signed_up("bob", "theirs")
        [_, _, _, last] = await w.append(ada, bob, event("web", source="web"), signed_up("eve", "ours"))
        await w.until_state(last, tool, State.DELIVERED)

        told = [json.loads(body) for _, body in receiver.requests]
        assert {("Signed Up", "ada"), ("Signed Up", "eve")} == {(one["event"], one["userId"]) for one in told}
        assert ada.message_id in receiver.seen


def test_what_is_of_no_project_is_told_to_none():
    tool = stream("https://receiver.example/")
    for body in (b"", b"{}", b"[]", b'{"properties": {}}', b'{"properties": {"project_id": 1}}', b"\xff"):
        assert not decide.is_for(unreadable(body), destination=tool)


def test_a_claim_of_a_source_is_not_an_event_of_the_project():
    """Mallory has a write key, and sends what looks like somebody signing up."""
    forged = msgspec.structs.replace(signed_up("mallory", "ours"), source="src_mallory")

    assert not decide.is_for(forged, destination=stream("https://receiver.example/"))


def test_a_destination_of_sources_gets_no_lifecycle_events_of_projects():
    assert not decide.is_for(signed_up("ada", "ours"), destination=webhook("crm", "https://receiver.example/"))
