"""Segment's own browser client, unmodified, in a real Chromium, on another site's page that only names our host."""

import re
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from acceptance.arrivals import UUID, as_logged, by_type, unstamped
from acceptance.browser import TITLE, Visit, Website, snippet
from acceptance.programs import need
from headwater.collect.bundle import CHUNK_PATH

MESSAGE_ID = rf"ajs-next-\d{{13}}-{UUID}"
NOBODY_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
STRATEGY = {"strategy": "batching", "config": {"size": 3, "timeout": 300}}
BATCHING = {"integrations": {"Segment.io": {"deliveryStrategy": STRATEGY}}}
SIX_CALLS = """async () => {
    await analytics.identify('ada', {email: 'ada@example.com', plan: 'pro'})
    await analytics.track('Order Completed', {revenue: 39.95, products: [{sku: 'ж-1'}]})
    await analytics.page('Help', 'Docs', {topic: 'cookies'})
    await analytics.screen('Shop', 'Basket', {items: 2})
    await analytics.group('analysts', {seats: 12})
    await analytics.alias('ada', 'phone')
}"""


@pytest.fixture(scope="module")
def chromium():
    """One browser for the module. No wider: Playwright's loop would be in the way of other modules' async tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need("chromium"), args=[NOBODY_OUTSIDE])
        yield browser
        browser.close()


@pytest.fixture
def shop(chromium, shared_headwater, receiver, request):
    """A web shop that sends to a source of this test's own, and one visit to it."""
    shop = Shop(chromium, shared_headwater, receiver, name=request.node.name[-40:])
    yield shop
    shop.close()


class Shop:
    def __init__(self, chromium, headwater, receiver, *, name: str) -> None:
        self._headwater, self._receiver, self._name = headwater, receiver, name
        self.website = Website()
        self.visit = Visit(chromium, self.website)
        self.host = headwater.url.removeprefix("http://")

    def open(self, path: str = "/", *, load_options: dict[str, Any] | None = None, **source: Any) -> None:
        """Make the source, put its snippet into the page and go there."""
        self.key = self._headwater.connected_source(self._name, self._receiver, kind="website", **source)
        self.website.script = snippet(self.host, self.key, load_options)
        self.visit.open(path)

    def close(self) -> None:
        self.visit.close()
        self.website.close()

    def arrived(self, count: int) -> list[Any]:
        """Return the events once `count` came out: they are what stands in the log, once each."""
        events = self._receiver.wait_until(lambda bodies: len(bodies) >= count, f"{count} events")
        return as_logged(events, headwater=self._headwater, write_key=self.key)

    @property
    def calls(self) -> list[str]:
        """Return the paths at which the page tracked something."""
        return [path for path in self.visit.paths_at(self.host) if re.fullmatch(r"/v1/[a-z]", path)]

    def said_by_both(self) -> dict[str, Any]:
        """Return the fields that each event of this visit has."""
        said = self.visit.run("() => [analytics.VERSION, analytics.user().anonymousId(), navigator.userAgent]")
        version, anonymous_id, user_agent = said
        context = {
            "library": {"name": "analytics.js", "version": f"next-{version}"},
            "page": self.page,
            "userAgent": user_agent,
            "userAgentData": self.visit.run("() => navigator.userAgentData.toJSON()"),
            "locale": "en-GB",
            "timezone": "Europe/London",
            "ip": "127.0.0.1",
        }
        metadata = {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []}
        return {"anonymousId": anonymous_id, "context": context, "_metadata": metadata}

    @property
    def page(self) -> dict[str, str]:
        return {"path": "/", "referrer": "", "search": "", "title": TITLE, "url": self.website.url + "/"}


def expected(shop: Shop, integrations: dict[str, Any]) -> dict[str, Any]:
    """Return what the six calls must come out as."""
    said = {"category": "Help", "name": "Docs"}
    calls: dict[str, dict[str, Any]] = {
        "identify": {"traits": {"email": "ada@example.com", "plan": "pro"}},
        "track": {"event": "Order Completed", "properties": {"revenue": 39.95, "products": [{"sku": "ж-1"}]}},
        "page": {**said, "properties": {**shop.page, **said, "topic": "cookies"}},
        "screen": {"category": "Shop", "name": "Basket", "properties": {"items": 2}},
        "group": {"groupId": "analysts", "traits": {"seats": 12}},
        "alias": {"previousId": "phone"},
    }
    also = {"userId": "ada", "integrations": integrations, **shop.said_by_both()}
    return {kind: {"type": kind, **also, **call} for kind, call in calls.items()}


def test_no_field_of_the_six_calls_is_lost_and_nobody_else_is_asked(shop):
    shop.open()
    shop.visit.run(SIX_CALLS)

    assert expected(shop, {}) == by_type(shop.arrived(6), message_id=MESSAGE_ID)
    assert [f"/v1/{letter}" for letter in "itpsga"] == shop.calls
    assert {shop.host, shop.website.host} == shop.visit.hosts()
    assert [] == shop.visit.complaints()


def test_no_field_of_the_six_calls_is_lost_in_batches(shop):
    shop.open(load_options=BATCHING)
    shop.visit.run(SIX_CALLS)

    assert expected(shop, {"Segment.io": True}) == by_type(shop.arrived(6), message_id=MESSAGE_ID)
    assert ["/v1/b", "/v1/b"] == shop.calls
    assert {shop.host, shop.website.host} == shop.visit.hosts()
    assert [] == shop.visit.complaints()


def test_the_client_reports_to_nobody_how_it_is_used(shop):
    """Left alone it tells its maker, half a minute later; our settings tell it not to."""
    shop.visit.watch_the_clock()
    shop.open()
    shop.visit.run("() => analytics.track('Looked around')")
    shop.visit.pass_seconds(120)
    shop.arrived(1)

    assert {shop.host, shop.website.host} == shop.visit.hosts()
    assert ["/v1/t"] == shop.calls
    assert [] == shop.visit.complaints()


def tracked(shop: Shop, names: list[str], integrations: dict[str, Any]) -> dict[str, Any]:
    """Return what calls of `track` with nothing but a name must come out as, by name."""
    also = {"properties": {}, "integrations": integrations, **shop.said_by_both()}
    return {name: {"type": "track", "event": name, **also} for name in names}


# How the client sends, and what it then adds to each event.
WAYS = pytest.mark.parametrize(
    ("load_options", "integrations"), [(None, {}), (BATCHING, {"Segment.io": True})], ids=["standard", "batching"]
)


@WAYS
def test_what_ada_did_offline_comes_out_once_when_she_is_back(shop, load_options, integrations):
    shop.open(load_options=load_options)
    shop.visit.offline(is_offline=True)
    shop.visit.run("() => { for (const it of ['first', 'second', 'third']) analytics.track(it) }")
    shop.visit.run("() => analytics.ready()")
    assert [] == shop.calls

    shop.visit.offline(is_offline=False)
    back = {event["event"] for event in shop.arrived(3)}
    shop.visit.run("() => { analytics.track('a'); analytics.track('b'); analytics.track('c') }")

    names = ["first", "second", "third", "a", "b", "c"]
    events = shop.arrived(6)
    assert {"first", "second", "third"} == back
    assert sorted(names) == sorted(event["event"] for event in events)
    # Whole, and unstamped too: the time is when she did it, not when she was back.
    found = {event["event"]: unstamped(event, message_id=MESSAGE_ID) for event in events}
    assert tracked(shop, names, integrations) == found


def test_an_event_in_the_pages_address_is_read_by_a_chunk_that_we_serve(shop):
    shop.open("/?ajs_event=Clicked&ajs_prop_plan=pro")

    (event,) = shop.arrived(1)
    assert ("Clicked", {"plan": "pro"}) == (event["event"], event["properties"])
    assert [path for path in shop.visit.paths_at(shop.host) if path.startswith(f"{CHUNK_PATH}queryString.bundle.")]
    assert {shop.host, shop.website.host} == shop.visit.hosts()
    assert [] == shop.visit.complaints()


@WAYS
def test_a_page_that_was_too_fast_can_read_when_to_come_back_and_loses_nothing(shop, load_options, integrations):
    shop.open(load_options=load_options, rate_limit=2)
    shop.visit.run(SIX_CALLS)

    came = by_type(shop.arrived(6), message_id=MESSAGE_ID)
    tries = [event["_metadata"].pop("retryCount", 0) for event in came.values()]  # the client counts them there
    assert expected(shop, integrations) == came
    assert any(tries), "no event was sent again"
    refusals = shop.visit.run("() => window.refusals")
    assert refusals, "no call was refused"
    assert all(seconds is not None and int(seconds) >= 1 for seconds in refusals), refusals
