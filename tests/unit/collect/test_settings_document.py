"""The settings document: a client that knows our address as its CDN is led to us, and to nobody else."""

import json

import pytest
from collecting import open_bench

from headwater.collect.consent_settings import Need


async def settings(bench, path="/v1/projects/website/settings", **headers):
    reply = await bench.call("GET", path, **headers)
    assert 200 == reply.status
    return json.loads(reply.body)


HERE = [
    (None, "/v1/projects/website/settings", "localhost:4433", "http", "localhost:4433/v1"),
    (None, "/p/q/v1/projects/website/settings", "h.example", "http", "h.example/p/q/v1"),
    ("https://cdp.example", "/v1/projects/website/settings", "inner:80", "https", "cdp.example/v1"),
    ("https://cdp.example:8443/hw", "/v1/projects/website/settings", "inner", "https", "cdp.example:8443/hw/v1"),
    ("https://cdp.example/hw/", "/hw/v1/projects/website/settings", "inner", "https", "cdp.example/hw/v1"),
    ("https://cdp.example/hw", "/hwx/v1/projects/website/settings", "inner", "https", "cdp.example/hw/hwx/v1"),
]


@pytest.mark.parametrize("here", HERE)
async def test_the_api_host_is_the_address_that_people_see(tmp_path, here):
    public_url, path, host, protocol, api_host = here
    async with open_bench(tmp_path, public_url=public_url) as bench:
        document = await settings(bench, path, host=host)

    segment = document["integrations"]["Segment.io"]
    assert ("website", api_host, protocol) == (segment["apiKey"], segment["apiHost"], segment["protocol"])
    assert {"sampleRate": 0, "host": api_host} == document["metrics"]


@pytest.mark.parametrize(("forwarded", "protocol"), [("https", "https"), ("http", "http"), ("javascript", "http")])
async def test_behind_a_proxy_the_scheme_is_the_one_outside(bench, forwarded, protocol):
    document = await settings(bench, host="h", x_forwarded_proto=forwarded)

    assert protocol == document["integrations"]["Segment.io"]["protocol"]


async def test_it_has_what_the_clients_ask_of_it(bench):
    document = await settings(bench, host="h")
    segment = document["integrations"]["Segment.io"]

    assert segment["retryQueue"] is True
    assert segment["httpConfig"]["rateLimitConfig"]["enabled"]
    assert segment["httpConfig"]["backoffConfig"]["enabled"]
    assert "retry" == segment["httpConfig"]["backoffConfig"]["statusCodeOverrides"]["429"]
    assert {"track", "identify", "group"} == set(document["plan"])
    assert all(entry["__default"]["enabled"] for entry in document["plan"].values())


async def test_whoever_goes_through_the_list_of_plugins_finds_an_empty_list(bench):
    """Segment's own document always has it, and not every client's code asks first whether it is there."""
    assert [] == (await settings(bench, host="h"))["remotePlugins"]


async def test_a_mobile_decoder_finds_objects_or_nothing_under_every_name_it_knows(bench):
    document = await settings(bench, host="h")
    known = ("integrations", "plan", "edgeFunction", "middlewareSettings", "autoInstrumentation", "metrics")

    assert all(isinstance(document.get(name, {}), dict) for name in (*known, "consentSettings"))


async def test_it_may_be_kept_for_a_minute_and_read_by_any_page(bench):
    reply = await bench.call("GET", "/v1/projects/website/settings")
    headers = dict(reply.headers)

    assert ("public, max-age=60", "application/json") == (headers["cache-control"], headers["content-type"])
    assert "*" == headers["access-control-allow-origin"]


async def test_a_switched_off_source_keeps_its_settings_because_clients_do_not_start_without(bench):
    assert await settings(bench, "/v1/projects/off/settings")


async def test_an_unknown_write_key_has_no_settings(bench):
    reply = await bench.call("GET", "/v1/projects/nobody/settings")

    assert (404, "unknown_write_key") == (reply.status, json.loads(reply.body)["code"])
    assert "*" == dict(reply.headers)["access-control-allow-origin"]
    assert "cache-control" not in dict(reply.headers)


def needing(*needs):
    """Return what tells the destinations of the source `website`, and none of any other."""
    found = [Need(name=name, categories=tuple(categories)) for name, *categories in needs]
    return lambda source_id: found if source_id == "src_website" else []


NEEDS = {
    "all have categories": (
        [("CRM", "Ads"), ("Amplitude", "Analytics", "Ads")],
        {"CRM": ["Ads"], "Amplitude": ["Analytics", "Ads"]},
        {"allCategories": ["Ads", "Analytics"], "hasUnmappedDestinations": False},
    ),
    "one has none": (
        [("CRM", "Ads"), ("Lake",)],
        {"CRM": ["Ads"]},
        {"allCategories": ["Ads"], "hasUnmappedDestinations": True},
    ),
    "two share a name": (
        [("CRM", "Ads"), ("CRM", "Support", "Ads")],
        {"CRM": ["Ads", "Support"]},
        {"allCategories": ["Ads", "Support"], "hasUnmappedDestinations": False},
    ),
    "none has any": ([("CRM",), ("Lake",)], {}, None),
}


@pytest.mark.parametrize("case", NEEDS)
async def test_a_consent_wrapper_finds_the_categories_of_each_destination(tmp_path, case):
    needs, expected, overall = NEEDS[case]
    async with open_bench(tmp_path, needs_of=needing(*needs)) as bench:
        document = await settings(bench, host="h")
        others = await settings(bench, "/v1/projects/app/settings", host="h")

    tools = {name: entry for name, entry in document["integrations"].items() if name != "Segment.io"}
    assert expected == {name: entry["consentSettings"]["categories"] for name, entry in tools.items()}
    assert overall == document.get("consentSettings")
    assert {"Segment.io"} == set(others["integrations"])
    assert "consentSettings" not in others


async def test_no_client_looks_for_a_tools_code_for_its_consent(tmp_path):
    async with open_bench(tmp_path, needs_of=needing(("Amplitude", "Ads"))) as bench:
        entry = (await settings(bench, host="h"))["integrations"]["Amplitude"]

    assert ("server", "unbundled") == (entry["type"], entry["bundlingStatus"])


async def test_a_destination_called_as_we_are_does_not_lead_clients_astray(tmp_path):
    async with open_bench(tmp_path, needs_of=needing(("Segment.io", "Ads"))) as bench:
        document = await settings(bench, host="h")

    assert "h/v1" == document["integrations"]["Segment.io"]["apiHost"]
    assert ["Ads"] == document["consentSettings"]["allCategories"]
