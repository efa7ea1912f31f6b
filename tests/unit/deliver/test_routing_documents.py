"""A routing as it is written: read back it is the same, and what could never work is refused by its path."""

import pytest

from headwater.core.clock import SystemClock
from headwater.deliver import catalogue, routing_check, routing_document
from headwater.deliver.routing_shape import BadRoutingError
from headwater.mapping.evaluation import MappingBusyError
from headwater.mapping.sandbox import Sandbox
from headwater.workspace.configuration import FilterRule, MappingRule, Routing

WHOLE = {
    "mode": "shadow",
    "order": "per-user",
    "mappings": [
        {"name": "orders", "trigger": 'event = "Order"', "action": "send", "template": "function(event) event"},
        {"template": {}},
    ],
    "filters": [
        {"name": "paid", "fql": "properties.paid = true", "action": "keep"},
        {"fql": "all", "action": "sample", "percent": 0, "path": "userId"},
        {"fql": "all", "action": "drop_properties", "fields": {"properties": ["email"], "": ["userId"]}},
    ],
    "consent_categories": ["Advertising", "analytics"],
    "requests_per_second": 2.5,
    "concurrency": 4,
    "patience": "3d",
}
EMPTY = routing_document.shown(Routing())


@pytest.fixture
async def sandbox():
    made = Sandbox(clock=SystemClock())
    await made.start()
    yield made
    await made.close()


def read(**given):
    return routing_document.changed(Routing(), given)


def refusal(**given):
    with pytest.raises(BadRoutingError) as caught:
        read(**given)
    assert "\n" not in caught.value.message
    assert caught.value.message == f"{caught.value.path}: {caught.value.reason}"
    return caught.value.message


@pytest.mark.parametrize("document", [WHOLE, EMPTY])
def test_what_is_shown_and_given_back_changes_nothing(document):
    routing = read(**document)

    assert document == routing_document.shown(routing)
    assert routing == routing_document.changed(routing, {})


def test_what_is_not_given_stays_and_null_is_the_kinds_own():
    routing = routing_document.changed(read(**WHOLE), {"mode": "live", "concurrency": None, "mappings": []})

    assert {**WHOLE, "mode": "live", "concurrency": None, "mappings": []} == routing_document.shown(routing)


@pytest.mark.parametrize("template", ["function(event) event", {"id": {"@path": "$.userId"}}])
def test_mapping_is_short_for_one_that_is_for_every_event(template):
    assert (MappingRule(template=template),) == read(mapping=template).mappings


def test_no_mapping_is_the_kinds_own():
    assert () == routing_document.changed(read(**WHOLE), {"mapping": None}).mappings


REFUSED = {
    "a key that is not one": ({"filter": []}, "/filter: there is no key `filter`. Did you mean `filters`?"),
    "a key of a mapping": ({"mappings": [{"templat": ""}]}, "/mappings/0/templat: there is no key `templat`. Did you"),
    "a key of a filter": (
        {"filters": [{"fql": "all", "action": "drop"}, {"qfl": "all"}]},
        "/filters/1/qfl: there is no key `qfl`. Did you mean `fql`?",
    ),
    "a text where a list is": ({"mappings": "x"}, "/mappings: must be a list, not a text."),
    "a text where a mapping is": ({"mappings": ["x"]}, "/mappings/0: must be an object, not a text."),
    "a mapping of nothing": ({"mappings": [{"name": "x"}]}, "/mappings/0: `template` is missing."),
    "a number for a template": ({"mappings": [{"template": 7}]}, "/mappings/0/template: must be a text or an object"),
    "an empty template": ({"mapping": " \n"}, "/mapping: is empty: a mapping is Jsonnet, function(event)"),
    "a file's name": ({"mapping": "file://a.jsonnet"}, "/mapping: names a file: `headwater` reads it"),
    "a long template": ({"mapping": "#" * 65_537}, "/mapping: is 65537 bytes long; a mapping has at most 65536."),
    "a long object": ({"mapping": {"a": "b" * 65_536}}, "/mapping: is 65544 bytes long"),
    "both words": ({"mapping": None, "mappings": []}, "/mapping: is short for `mappings`"),
    "too many mappings": ({"mappings": [{}] * 51}, "/mappings: a destination has at most 50 mappings, not 51."),
    "too many filters": ({"filters": [{}] * 11}, "/filters: a destination has at most 10 filters, not 11."),
    "a long name": (
        {"mappings": [{"template": "x", "name": "n" * 65}]},
        "/mappings/0/name: must be one line of at most 64",
    ),
    "two lines of name": ({"filters": [{"fql": "all", "action": "drop", "name": "a\nb"}]}, "/filters/0/name: must be"),
    "a filter that does not say what it does": ({"filters": [{"fql": "all"}]}, "/filters/0: `action` is missing."),
    "an action of Segment's spelling": (
        {"filters": [{"fql": "all", "action": "drop_property"}]},
        "/filters/0/action: there is no filter action `drop_property`. Did you mean `drop_properties`?",
    ),
    "what an action does not read": (
        {"filters": [{"fql": "all", "action": "drop", "percent": 0.1}]},
        "/filters/0/percent: says nothing with `action: drop`; it goes with sample.",
    ),
    "fields that are no lists": (
        {"filters": [{"fql": "all", "action": "drop_properties", "fields": {"properties": "email"}}]},
        "/filters/0/fields/properties: must be a list, not a text.",
    ),
    "a field that is no text": (
        {"filters": [{"fql": "all", "action": "drop_properties", "fields": {"properties": [1]}}]},
        "/filters/0/fields/properties/0: must be a text, not the number 1.",
    ),
    "a mode": (
        {"mode": "shadows"},
        "/mode: there is no mode `shadows`. Did you mean `shadow`? There are live, shadow.",
    ),
    "an order": ({"order": "per user"}, "/order: there is no order `per user`. Did you mean `per-user`?"),
    "true for a number": ({"concurrency": True}, "/concurrency: must be a whole number or null, not true or false."),
    "half a request": ({"concurrency": 1.5}, "/concurrency: must be a whole number or null, not the number 1.5."),
    "no request at all": ({"concurrency": 0}, "/concurrency: must be from 1 to 100, not 0."),
    "a pace of nothing": ({"requests_per_second": 0}, "/requests_per_second: must be from 0.01 to 10000, not 0."),
    "a pace that is none": ({"requests_per_second": float("nan")}, "/requests_per_second: must be from 0.01"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    given, expected = REFUSED[name]

    assert refusal(**given).startswith(expected)


GOOD = MappingRule(template="function(event) event")
NEVER = {
    "FQL": (Routing(filters=(FilterRule(fql="type == 'x'"),)), "/filters/0/fql: FQL, column 6: found"),
    "a sample of nothing said": (
        Routing(filters=(FilterRule(fql="all"), FilterRule(fql="all", action="sample"))),
        "/filters/1: A sample needs `percent`",
    ),
    "fields of nothing said": (
        Routing(filters=(FilterRule(fql="all", action="allow_properties"),)),
        "/filters/0: allow_properties needs `fields`",
    ),
    "a trigger": (
        Routing(mappings=(GOOD, MappingRule(template="function(event) event", trigger="&"))),
        "/mappings/1/trigger: The trigger can't be read",
    ),
    "an action of another kind": (
        Routing(mappings=(MappingRule(template="function(event) event", action="sent"),)),
        "/mappings/0/action: webhook: there is no action `sent`. Did you mean `send`?",
    ),
    "Jsonnet that does not parse": (
        Routing(
            mappings=(
                GOOD,
                MappingRule(template="function(event) {", name="crm"),
            )
        ),
        "/mappings/1/template: crm.jsonnet:",
    ),
    "Jsonnet with a name from nowhere": (
        Routing(mappings=(MappingRule(template="function(event) evnt"),)),
        "/mappings/0/template: mapping.jsonnet:",
    ),
    "Jsonnet that is no function": (
        Routing(mappings=(MappingRule(template="local a = 1; {a: a}"),)),
        "/mappings/0/template: mapping.jsonnet: a mapping is a function",
    ),
    "a directive": (
        Routing(mappings=(MappingRule(template={"id": {"@pth": "$.userId"}}),)),
        "/mappings/0/template: ",
    ),
    "a directive in a text": (
        Routing(mappings=(MappingRule(template='{"id": {"@path": 7}}'),)),
        "/mappings/0/template: ",
    ),
}


@pytest.mark.parametrize("name", NEVER)
async def test_refuses_what_could_never_do_anything(sandbox, name):
    routing, expected = NEVER[name]
    with pytest.raises(BadRoutingError) as caught:
        await routing_check.check(routing, kind=catalogue.kind("webhook"), evaluator=sandbox)

    assert caught.value.message.startswith(expected)


async def test_takes_what_may_do_something(sandbox):
    whole = read(**WHOLE)
    whole = routing_document.changed(
        whole, {"mappings": [*WHOLE["mappings"], {"template": "function(e) error 'cancel'", "trigger": "all"}]}
    )

    assert await routing_check.check(whole, kind=catalogue.kind("webhook"), evaluator=sandbox) is None


class Busy:
    """A sandbox of which others have all workers."""

    async def check(self, _snippet):
        raise MappingBusyError

    evaluate = None


async def test_a_mapping_that_nobody_had_time_for_is_not_called_wrong():
    with pytest.raises(MappingBusyError):
        await routing_check.check(Routing(mappings=(GOOD,)), kind=catalogue.kind("webhook"), evaluator=Busy())
