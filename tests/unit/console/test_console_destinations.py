"""The pages of destinations: chosen from a catalogue, made by a form of its kind's sheet, seen, changed, deleted."""

import pytest
from console_floor import console_on
from form_fields import fields_of

from headwater.deliver import catalogue

URL = "https://tool.example.com/"
MARKUP = "<script>alert('1')</script>\"'"
NEW = "/console/destinations/new?kind=webhook&source=shop"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        floor.source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
        yield floor


async def made(floor, **options):
    wish = {"kind": "webhook", "sources": ["shop"], "settings": {"url": URL}, **options}
    return await floor.api("POST", "/api/destinations", json=wish)


async def only(floor):
    [found] = (await floor.api("GET", "/api/destinations"))["destinations"]
    return found


async def test_the_catalogue_is_searched_by_name_and_category(floor):
    ada = await floor.operator()
    await ada.see("/console/destinations/new?source=shop")
    every = [kind for kind in catalogue.kinds() if f"kind={kind}&amp;source=shop" in ada.html]
    found = await ada.see("/console/destinations/new?q=SLACK")
    marketing = await ada.see("/console/destinations/new?category=marketing")
    none = await ada.see("/console/destinations/new?q=nothing-like-it")

    assert list(catalogue.kinds()) == every
    assert "Slack" in found
    assert "Amplitude" not in found
    assert "HubSpot" in marketing
    assert "Slack" not in marketing
    assert "No kind fits." in none


async def test_every_kind_has_a_form_with_a_field_for_each_of_its_settings(floor):
    ada = await floor.operator()
    for kind in catalogue.kinds().values():
        await ada.see(f"/console/destinations/new?kind={kind.name}")

        assert [] == [one.name for one in kind.form if f'name="set-{one.name}"' not in ada.html], kind.name


async def test_the_checklists_link_makes_a_webhook_with_nothing_but_its_url(floor):
    ada = await floor.operator()
    await ada.see(NEW)
    ticked = 'value="shop" checked' in ada.html
    words = await ada.send("/console/destinations", kind="webhook", source="shop", **{"set-url": URL})
    found = await only(floor)

    assert ticked
    assert "The destination is there." in words
    assert f"/console/destinations/{found['id']}" == ada.at
    assert ("Webhooks", ["shop"], URL, "live") == (
        found["name"],
        found["sources"],
        found["settings"]["url"],
        found["mode"],
    )


async def test_all_that_the_form_asks_for_is_stored_as_the_api_would(floor):
    ada = await floor.operator()
    await ada.see(NEW)
    typed = {
        "name": "Tool",
        "mode": "shadow",
        "order": "per-user",
        "set-url": URL,
        "set-method": "PUT",
        "set-batch_size": "7",
        "set-headers": '{"X-A": "b"}',
        "set-shared_secret": "hush",
        "mapping-0-template": "function(event)\n  { body: event }",
        "mapping-0-trigger": 'type = "track"',
        "mapping-1-template": '{"a": {"@path": "$.event"}}',
        "filter-3-fql": 'event = "Bought"',
        "filter-3-action": "sample",
        "filter-3-percent": "0.5",
        "consent_categories": "ads, stats",
        "requests_per_second": "2.5",
        "concurrency": "3",
        "patience": "1d",
    }
    await ada.send("/console/destinations", kind="webhook", source="shop", **typed)
    found = await only(floor)

    assert {"method": "PUT", "batch_size": 7, "headers": "***"}.items() <= found["settings"].items()
    assert [
        {"template": "function(event)\n  { body: event }", "trigger": 'type = "track"'},
        {"template": {"a": {"@path": "$.event"}}},
    ] == found["mappings"]
    assert [{"fql": 'event = "Bought"', "action": "sample", "percent": 0.5}] == found["filters"]
    assert (["ads", "stats"], 2.5, 3, "1d", "shadow", "per-user") == tuple(
        found[key] for key in ("consent_categories", "requests_per_second", "concurrency", "patience", "mode", "order")
    )


async def test_what_is_refused_is_said_at_its_field_and_what_was_typed_is_kept(floor):
    ada = await floor.operator()
    await ada.see(NEW)
    cases = {
        "set-url": {"set-url": "no url"},
        "sources": {"source": []},
        "filter-2-fql": {"filter-2-fql": "type = ", "filter-2-action": "keep"},
        "mapping-4-template": {"mapping-4-template": "function(event) {"},
        "requests_per_second": {"requests_per_second": "many"},
        "set-batch_size": {"set-batch_size": "9999"},
    }
    for field, wrong in cases.items():
        form = {"kind": "webhook", "source": "shop", "name": "Kept", "set-url": URL, **wrong}
        words = await ada.send("/console/destinations", **form)

        assert 400 == ada.status, field
        assert "what is marked below" in words, field
        assert f'id="wrong-{field}"' in ada.html, field
        assert 'value="Kept"' in ada.html, field
    assert [] == (await floor.api("GET", "/api/destinations"))["destinations"]


async def test_a_secret_never_comes_back_is_kept_when_left_empty_and_goes_when_told(floor):
    one = await made(floor, settings={"url": URL, "shared_secret": "hush-hush", "headers": {"X-Key": "hush-hush"}})
    at = f"/console/destinations/{one['id']}"
    ada = await floor.operator()
    for path in ("", "/edit"):
        await ada.see(f"{at}{path}")

        assert "hush-hush" not in ada.html
    form = {"source": "shop", "set-url": URL, "set-method": "POST"}
    hint = "A value is kept." in ada.words
    await ada.send(at, **form, name="Tool")
    kept = (await only(floor))["settings"]
    await ada.see(f"{at}/edit")
    await ada.send(at, **form, name="Tool", **{"clear-shared_secret": "on"})
    gone = (await only(floor))["settings"]

    assert hint
    assert ("***", "***") == (kept["shared_secret"], kept["headers"])
    assert "shared_secret" not in gone
    assert "***" == gone["headers"]


async def test_what_the_form_shows_sent_back_changes_nothing(floor):
    mappings = [{"template": "function(event)\n\n{}\n", "name": "One"}, {"template": {"a": 1}}]
    filters = [{"fql": "type = 'track'", "action": "drop_properties", "fields": {"properties": ["x"]}}]
    one = await made(floor, mappings=mappings, filters=filters, patience="3d", consent_categories=["ads"])
    ada = await floor.operator()
    await ada.see(f"/console/destinations/{one['id']}/edit")
    await ada.send(f"/console/destinations/{one['id']}", **fields_of(ada.html))

    assert f"/console/destinations/{one['id']}" == ada.at
    assert one == await only(floor)


async def test_a_destination_is_switched_off_and_deleted(floor):
    one = await made(floor, name="Tool")
    at = f"/console/destinations/{one['id']}"
    ada = await floor.operator()
    await ada.see(at)
    await ada.send(f"{at}/switch", to="off")
    off = await only(floor)
    await ada.send(f"{at}/switch", to="on")
    on = await only(floor)
    words = await ada.send(f"{at}/delete")

    assert [False, True] == [off["enabled"], on["enabled"]]
    assert "The destination is gone" in words
    assert "No destination yet." in words


async def test_what_would_change_is_shown_before_it_is_saved(floor):
    one = await made(floor)
    body = b'{"type":"track","event":"Bought","messageId":"m1"}'
    await floor.event(floor.source["id"], "m1", body)
    at = f"/console/destinations/{one['id']}"
    ada = await floor.operator()
    await ada.see(f"{at}/edit")
    form = {"name": "Kept", "source": "shop", "mapping-0-template": "function(event) { body: { seen: event.event } }"}
    words = await ada.send(f"{at}/preview", **form)
    kept = 'value="Kept"' in ada.html
    same = await ada.send(f"{at}/mapped", name="Kept")
    stored = await only(floor)

    assert "1 of 1 would change." in words
    assert '"seen": "Bought"' in words
    assert kept
    assert "0 of 1 would change." in same
    assert "<html" not in ada.html
    assert [] == stored["mappings"]


async def test_a_mapping_that_is_wrong_is_told_with_its_line(floor):
    one = await made(floor)
    at = f"/console/destinations/{one['id']}"
    ada = await floor.operator()
    await ada.see(f"{at}/edit")
    csrf = ada.html
    form = {"source": "shop", "mapping-0-template": "function(event)\n{\n  a: ,\n}"}
    await ada.send(f"{at}/mapped", **form)
    piece = ada.html
    ada.html = csrf
    await ada.send(f"{at}/preview", **form)

    assert 'data-field="mapping-0-template" data-line="3" data-column="6"' in piece
    assert 'id="wrong-mapping-0-template"' in ada.html
    assert 'data-editor="jsonnet" data-line="3" data-column="6"' in ada.html


async def test_a_mapping_that_fails_for_an_event_is_told_with_its_line_as_a_warning(floor):
    one = await made(floor)
    await floor.event(floor.source["id"], "m1", b'{"type":"track","event":"Bought","messageId":"m1"}')
    ada = await floor.operator()
    await ada.see(f"/console/destinations/{one['id']}/edit")
    csrf = ada.html
    form = {"source": "shop", "mapping-4-template": "function(event)\n{\n  a: event.nowhere,\n}"}
    await ada.send(f"/console/destinations/{one['id']}/mapped", **form)
    piece = ada.html
    ada.html = csrf
    several = form | {"mapping-5-template": "function(event) { b: event.nowhere }"}
    await ada.send(f"/console/destinations/{one['id']}/mapped", **several)

    assert 'data-field="mapping-4-template" data-line="3" data-column="12" data-severity="warning"' in piece
    assert "data-field" not in ada.html  # which of them it is, nothing says


async def test_a_viewer_sees_how_it_is_doing_and_is_offered_no_change(floor):
    one = await made(floor, name="Tool")
    viewer = await floor.operator("viewer")
    every = await viewer.see("/console/destinations")
    words = await viewer.see(f"/console/destinations/{one['id']}")
    page = viewer.html
    await viewer.send(f"/console/destinations/{one['id']}/switch", to="off")

    assert "New destination" not in every
    assert "Tool" in words
    for change in ("/edit", "/switch", "/delete"):
        assert f"{one['id']}{change}" not in page
    assert 403 == viewer.status
    assert (await only(floor))["enabled"]


async def test_markup_in_anything_that_somebody_typed_is_text(floor):
    mapping = "function(event) { body: { x: \"<script>alert('1')</script>\", y: event } }"
    one = await made(
        floor,
        name=f"Tool {MARKUP}"[:64],
        settings={"url": URL, "headers": {"<script>": "1"}},
        mappings=[{"template": mapping, "name": MARKUP}],
        filters=[{"fql": "event != \"<script>alert('1')</script>\"", "action": "keep", "name": MARKUP}],
        consent_categories=[],
    )
    await floor.event(
        floor.source["id"], MARKUP, b'{"type":"track","event":"x","messageId":"m","properties":{"<script>alert":1}}'
    )
    ada = await floor.operator()
    at = f"/console/destinations/{one['id']}"
    await ada.see(f"{at}/edit")
    edit = ada.html
    for path in ("/console/destinations", at, f"{at}/edit"):
        await ada.see(path)

        assert "<script>alert" not in ada.html, path
        assert "&lt;script&gt;alert" in ada.html, path
    ada.html = edit
    await ada.send(f"{at}/preview", **{**fields_of(edit), "mapping-1-template": f"function(event) {MARKUP}"})
    refused = ada.html
    ada.html = edit
    await ada.send(f"{at}/preview", **fields_of(edit))

    for page in (refused, ada.html):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
    assert "would change" in ada.words


async def test_a_kind_or_destination_that_is_none_is_told_in_words(floor):
    ada = await floor.operator()
    kind = await ada.see("/console/destinations/new?kind=none")
    first = ada.status
    await ada.see("/console/destinations/dst_none")

    assert "There is no kind 'none' here." in kind
    assert [404, 404] == [first, ada.status]
