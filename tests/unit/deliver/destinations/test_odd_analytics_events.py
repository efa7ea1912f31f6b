"""Whatever an event holds, and wherever: a kind maps it, refuses it, or sends it, and nothing raises."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from trying_kinds import answer, items_of

from headwater.core.outcomes import Filtered, Rejected
from headwater.deliver import catalogue
from headwater.deliver.destination import check_settings

SETTINGS = {
    "amplitude": {"api_key": "key", "revenue_per_product": True},
    "mixpanel": {"project_token": "token", "product_events": True},
    "google-analytics-4": {"stream_id": "G-A1B2C3", "api_secret": "secret", "send_ip": True, "currency": "EUR"},
    "posthog": {"project_api_key": "phc_1"},
}
LEAVES = some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8)
KEYS = some.sampled_from(["name", "url", "products", "price", "os", "revenue", "email", "device", "", "a.b"])
ODD = some.recursive(
    LEAVES, lambda deeper: some.lists(deeper, max_size=3) | some.dictionaries(KEYS, deeper, max_size=4), max_leaves=8
)
CONTEXT = some.dictionaries(some.sampled_from(["page", "device", "os", "campaign", "location", "ip"]), ODD) | ODD
EVENTS = some.fixed_dictionaries(
    {
        "type": some.sampled_from(["identify", "track", "page", "screen", "group", "alias"]),
        "messageId": some.just("m1"),
    },
    optional={
        "event": some.sampled_from(["Order Completed", "Product Viewed", "Promotion Viewed", "Song"]) | ODD,
        "context": CONTEXT,
        "properties": some.dictionaries(KEYS, ODD) | ODD,
        "traits": some.dictionaries(KEYS, ODD) | ODD,
    }
    | dict.fromkeys(["userId", "anonymousId", "groupId", "previousId", "timestamp", "name", "integrations"], ODD),
)


@pytest.mark.parametrize("name", sorted(SETTINGS))
@settings(max_examples=60, deadline=None)
@given(event=EVENTS)
def test_an_odd_event_is_mapped_or_refused(name, event):
    kind, checked = catalogue.kind(name), check_settings(catalogue.kind(name), SETTINGS[name])
    found = kind.payloads(event, checked) if event["type"] in kind.types else Filtered("no such call")
    if isinstance(found, Rejected | Filtered):
        return
    for payload in found:
        action, rest = kind.action_of(payload)
        reason = action.refusal(rest, checked)
        hash(action.key(rest, checked))

        assert reason is None or isinstance(reason, str)
        if reason is None:
            assert action.request(items_of(rest), checked).body


@pytest.mark.parametrize("name", sorted(SETTINGS))
@settings(max_examples=40, deadline=None)
@given(status=some.sampled_from([200, 204, 400, 401, 413, 429, 500]), body=ODD | some.binary(max_size=20))
def test_an_odd_answer_is_read(name, status, body):
    kind = catalogue.kind(name)
    text = body if isinstance(body, bytes) else msgspec.json.encode(body)
    for action in kind.actions:
        found = action.read(answer(status, text), items_of({}, {}))

        assert not isinstance(found, list) or len(found) == 2
