"""What a sender wishes of tools and of warehouses, and what a browser has sent itself: as Segment has it."""

import json

import msgspec
import pytest
from delivering import event, webhook

from headwater.core.outcomes import Filtered
from headwater.deliver import catalogue, decide


def decided(kind, *, name="crm", **more):
    base = event("m1")
    record = msgspec.structs.replace(base, body=json.dumps({**json.loads(base.body), **more}).encode())
    destination = msgspec.structs.replace(webhook("dst_1", "http://127.0.0.1/"), name=name, kind=kind)
    return decide.decide(record, destination=destination, kind=catalogue.kind(kind))


NO = Filtered("FILTERED_BY_INTEGRATIONS_OBJECT")


@pytest.mark.parametrize(
    ("integrations", "goes"),
    [
        ({"All": False}, True),
        ({"All": False, "Warehouses": {"all": False}}, False),
        ({"All": True, "Warehouses": {"all": False}}, False),
        ({"Warehouses": {"all": True}}, True),
        ({"Warehouses": False}, False),
        ({"Warehouses": True}, True),
        ({"Warehouses": {"warehouseIds": ["dst_1"]}}, True),
        ({"Warehouses": {"warehouseIds": ["crm"]}}, True),
        ({"Warehouses": {"warehouseIds": ["dst_2", 7, {}]}}, False),
        ({"Warehouses": {"warehouseIds": []}}, False),
        ({"Warehouses": {"warehouseIds": "dst_1"}}, True),
        ({"crm": False}, False),
        ({"crm": True, "Warehouses": {"all": False}}, True),
        ({"Postgres": False}, False),
        ("nonsense", True),
    ],
)
def test_of_a_warehouse_all_says_nothing_and_warehouses_does(integrations, goes):
    found = decided("postgres", integrations=integrations)

    assert isinstance(found, decide.Send) if goes else NO == found


def test_of_any_other_tool_warehouses_says_nothing():
    assert isinstance(decided("webhook", integrations={"Warehouses": {"all": False}}), decide.Send)
    assert NO == decided("webhook", integrations={"All": False})


@pytest.mark.parametrize("bundled", [["Segment.io", "Amplitude"], ["crm"]])
def test_what_the_browser_has_sent_there_itself_is_not_sent_again(bundled):
    assert Filtered("MESSAGE_SENT_CLIENT_SIDE") == decided("amplitude", _metadata={"bundled": bundled})


@pytest.mark.parametrize(
    "metadata",
    [
        {"bundled": ["Segment.io"], "unbundled": ["Amplitude"], "bundledIds": []},
        {"bundled": ["amplitude"]},
        {"bundled": "Amplitude"},
        {"bundled": [None, {}, ["Amplitude"]]},
        {},
        "Amplitude",
        None,
    ],
)
def test_what_it_has_sent_elsewhere_or_nobody_can_read_goes_on(metadata):
    assert isinstance(decided("amplitude", _metadata=metadata), decide.Send)


def test_the_senders_no_is_named_before_what_the_browser_did():
    assert NO == decided("amplitude", integrations={"Amplitude": False}, _metadata={"bundled": ["Amplitude"]})


def test_that_it_came_to_us_is_no_reason_not_to_forward_it():
    assert isinstance(decided("segment", name="Segment.io", _metadata={"bundled": ["Segment.io"]}), decide.Send)
