"""The pages of sources: made, seen, changed, rotated, deleted; markup in any field is text."""

import pytest
from console_floor import console_on

from headwater.console import snippets

MARKUP = "<script>alert('1')</script>\"'"
ESCAPED = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&#34;&#39;"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def test_a_source_is_made_shown_with_its_key_in_every_snippet_and_changed(floor):
    ada = await floor.operator()
    await ada.see("/console/sources/new")
    made = await ada.send("/console/sources", name="My shop", kind="website", strict="on")
    source = await floor.api("GET", "/api/sources/my-shop")
    shown = ada.html.count(source["write_keys"][0]["key"])
    changed = await ada.send("/console/sources/my-shop", name="Our shop", rate_limit="50")
    after = await floor.api("GET", "/api/sources/my-shop")

    assert "The source is there." in made
    assert (True, "website") == (source["strict"], source["kind"])
    assert shown >= 9
    assert "Saved." in changed
    assert ("Our shop", False, False, 50) == (after["name"], after["enabled"], after["strict"], after["rate_limit"])


async def test_what_is_wrong_is_said_and_what_was_typed_is_kept(floor):
    ada = await floor.operator()
    await ada.see("/console/sources/new")
    await ada.send("/console/sources", name="Shop", kind="http-api")
    await ada.see("/console/sources/new")
    words = await ada.send("/console/sources", name="shop", kind="mobile")
    status, html = ada.status, ada.html
    await ada.see("/console/sources/shop")
    limit = await ada.send("/console/sources/shop", name="Shop", rate_limit="many")

    assert 409 == status
    assert "shop" in words
    assert 'value="shop"' in html
    assert 'value="mobile" checked' in html
    assert "whole number of events per second" in limit


async def test_a_write_key_is_rotated_and_the_source_goes_for_good(floor):
    made = await floor.api("POST", "/api/sources", json={"name": "Shop"})
    ada = await floor.operator()
    await ada.see("/console/sources/shop")
    more = await ada.send("/console/sources/shop/write-keys")
    keys = (await floor.api("GET", "/api/sources/shop"))["write_keys"]
    old = made["write_keys"][0]
    gone = await ada.send(f"/console/sources/shop/write-keys/{old['id']}/delete")
    left = (await floor.api("GET", "/api/sources/shop"))["write_keys"]
    await ada.send("/console/sources/shop/delete")

    assert "one more write key" in more
    assert 2 == len(keys)
    assert "The write key is gone" in gone
    assert [one for one in keys if one["id"] != old["id"]] == left
    assert "/console/sources" == ada.at
    assert [] == (await floor.api("GET", "/api/sources"))["sources"]


async def test_markup_in_names_events_and_rejected_samples_is_text(floor):
    made = await floor.api("POST", "/api/sources", json={"name": f"Shop {MARKUP}"})
    body = b'{"type":"track","event":"<script>alert(\'1\')</script>","properties":{"<script>alert(\'1\')</script>":1}}'
    await floor.event(made["id"], MARKUP, body)
    key = made["write_keys"][0]["key"]
    await floor.call("/v1/track", key, b'{"event":"<script>alert(\'1\')</script>"}')
    await floor.rooms.tally.flush()
    ada = await floor.operator()
    for path in ("/console/sources", f"/console/sources/{made['slug']}", "/console", "/console/debugger"):
        await ada.see(path)

        assert "<script>alert" not in ada.html, path
        assert ESCAPED[:40] in ada.html, path


async def test_a_source_that_is_none_is_told_in_words(floor):
    ada = await floor.operator()
    words = await ada.see("/console/sources/none")

    assert 404 == ada.status
    assert "none" in words


@pytest.mark.parametrize(
    ("url", "ruby"),
    [
        ("https://cdp.example.com", 'host: "cdp.example.com", port: 443, ssl: true'),
        ("http://127.0.0.1:4433", 'host: "127.0.0.1", port: 4433, ssl: false'),
    ],
    ids=["https", "http"],
)
def test_each_client_gets_the_address_in_its_own_parts(url, ruby):
    found = {one.name: one for one in snippets.of(url=url, key="k" * 32, slug="shop")}
    place = url.partition("://")[2]

    assert ruby in found["ruby"].code
    assert f'.apiHost("{place}/v1")' in found["swift"].code
    assert f'apiHost = "{place}/v1"' in found["kotlin"].code
    assert f'proxy: "{url}/v1/b"' in found["react-native"].code
    assert "https only" in found["swift"].note
    assert [] == [name for name, one in found.items() if "{" in one.code and "{{" in one.code]
