"""Identity schemas in the console: seen, tried, compared with the people who are there, changed, taken away."""

import json
import re

import pytest
from console_floor import console_on

MARKUP = "<script>alert('1')</script>"
REVISION = re.compile(r'name="revision" value="([^"]+)"')
AT = "/console/project/schemas"
EMAIL = {
    "type": "string",
    "format": "email",
    "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}, "recovery": {"via": "email"}},
}


def schema_of(**traits):
    known = {"email": EMAIL, **traits}
    return json.dumps({"properties": {"traits": {"type": "object", "properties": known, "required": list(known)}}})


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def customer(floor):
    """Make a schema of the project's own; return where its page is."""
    at = f"/projects/{floor.rooms.installation.project.id}/identity-schemas"
    await floor.api("PUT", f"{at}/customer", json={"schema": json.loads(schema_of())})
    return f"{AT}/Y3VzdG9tZXI"


async def person(floor, email, **traits):
    wish = {"schema_id": "customer", "traits": {"email": email, **traits}}
    return (await floor.api("POST", "/admin/identities", json=wish))["id"]


def revision(operator):
    return REVISION.search(operator.html)[1]


async def test_one_is_added_and_shows_what_its_traits_are_for(floor):
    ada = await floor.operator()
    await ada.see(f"{AT}/new?preset=preset://username")
    begun = ada.html
    added = await ada.send(AT, id="customer", schema=schema_of(), revision=revision(ada), default="on")
    shown = await ada.see(f"{AT}/Y3VzdG9tZXI")

    assert "username" in begun
    assert "The schema is there." in added
    assert "customer" in added.partition("Whose")[2]
    assert "signs in with a password; lets one back in by email" in shown


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"schema": "{", "id": "customer"}, "This is no JSON"),
        ({"schema": "[]", "id": "customer"}, "A schema is a JSON object"),
        ({"schema": "{}", "id": "customer"}, "This needs an object at properties.traits."),
        ({"schema": schema_of(), "id": ""}, "This is missing."),
        ({"schema": schema_of(), "id": "preset://email"}, "Choose another id."),
    ],
    ids=["half", "list", "traitless", "nameless", "taken"],
)
async def test_what_is_no_schema_is_said_at_its_field_and_what_was_typed_stays(floor, typed, said):
    ada = await floor.operator()
    await ada.see(f"{AT}/new")
    words = await ada.send(AT, **typed, revision=revision(ada))
    field = "schema" if typed["id"] == "customer" else "id"

    assert ada.status >= 400
    assert said in words
    assert f'aria-describedby="{field}-problem"' in ada.html
    assert typed["schema"].replace('"', "&#34;") in ada.html


async def test_a_change_is_checked_against_the_people_who_are_there_and_changes_nothing(floor):
    at, ada = await customer(floor), await floor.operator()
    left_out = await person(floor, "ada@example.org")
    await ada.see(at)
    typed = {"schema": schema_of(age={"type": "number"}), "revision": revision(ada)}
    checked = await ada.send(f"{at}/check", **typed, traits='{"email": "Grace@Example.org", "age": 7}')
    html = ada.html
    stored = await ada.see(at)

    assert "1 of the newest 1 would not fit." in checked
    assert f"/console/identities/{left_out}" in html
    assert "/traits/age : Property age is missing." in checked
    assert "signs in as grace@example.org" in checked
    assert "/properties/traits/properties/age" in checked
    assert '"age"' not in stored


async def test_traits_that_do_not_fit_are_told_where(floor):
    at, ada = await customer(floor), await floor.operator()
    await ada.see(at)
    typed = {"schema": schema_of(), "revision": revision(ada)}
    wrong = await ada.send(f"{at}/check", **typed, traits='{"email": "nobody"}')
    none = await ada.send(f"{at}/check", **typed, traits="[]")

    assert "/traits/email : Enter a valid email address" in wrong
    assert "The traits of a person are a JSON object" in none


async def test_a_change_is_saved_at_the_revision_that_the_form_was_made_from(floor):
    at, ada = await customer(floor), await floor.operator()
    await ada.see(at)
    seen = revision(ada)
    saved = await ada.send(at, schema=schema_of(name={"type": "string"}), revision=seen, default="on")
    late = await ada.send(at, schema=schema_of(), revision=seen)
    stored = await ada.see(at)

    assert "Saved." in saved
    assert "not at revision" in late
    assert '"name"' in stored
    assert "It is the schema of whoever names none. To change that" in stored


async def test_one_that_people_have_stays_and_one_that_nobody_has_goes(floor):
    at, ada = await customer(floor), await floor.operator()
    ada_herself = await person(floor, "ada@example.org")
    await ada.see(at)
    kept = await ada.send(f"{at}/delete", revision=revision(ada))
    await floor.api("DELETE", f"/admin/identities/{ada_herself}")
    await ada.see(at)
    gone = await ada.send(f"{at}/delete", revision=revision(ada))

    assert "1 person has the schema 'customer'." in kept
    assert "The schema is gone." in gone
    assert "customer" not in gone


async def test_a_viewer_tries_traits_and_changes_nothing(floor):
    at, eve = await customer(floor), await floor.operator("viewer")
    shown = await eve.see(at)
    html = eve.html
    tried = await eve.send(f"{at}/check", traits='{"email": "nobody"}')
    await eve.send(at, schema=schema_of())

    assert '"email"' in shown
    assert "formaction" in html
    assert f'action="{at}/delete"' not in html
    assert 'name="schema"' not in html
    assert "Enter a valid email address" in tried
    assert 403 == eve.status


async def test_markup_in_a_schema_and_in_traits_is_text(floor):
    ada = await floor.operator()
    at = f"/projects/{floor.rooms.installation.project.id}/identity-schemas"
    schema = json.loads(schema_of(**{MARKUP: {"type": "string", "title": MARKUP, **EMAIL}}))
    await floor.api("POST", at, json={"id": MARKUP, "schema": schema})
    pages = [ada.html for _ in [await ada.see(AT)]]
    path = re.search(rf'{AT}/PH[^"]+', ada.html)[0]
    pages += [ada.html for _ in [await ada.see(path)]]
    typed = {"schema": schema_of(**{MARKUP: {}}), "revision": revision(ada)}
    for traits in (json.dumps({MARKUP: MARKUP}), json.dumps({"email": f"{MARKUP}@example.org", MARKUP: 1}), MARKUP):
        await ada.send(f"{path}/check", **typed, traits=traits)
        pages.append(ada.html)

    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
