"""The pages of identities: found, made and changed by their schema's form, let back in, signed out, deleted."""

import base64
import json

import pytest
from console_floor import console_on

from headwater.store import tables

MARKUP = "<script>alert('1')</script>\"'"
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string",
                    "format": "email",
                    "title": "E-mail",
                    "ory.sh/kratos": {
                        "credentials": {"password": {"identifier": True}},
                        "recovery": {"via": "email"},
                        "verification": {"via": "email"},
                    },
                },
                "plan": {"enum": ["free", "paid"]},
                "age": {"type": "integer", "minimum": 1},
                "newsletter": {"type": "boolean"},
                "address": {"type": "object", "properties": {"city": {"type": "string", "title": "City"}}},
                "tags": {"type": "array", "items": {"type": "string"}},
                "nick": {"type": "string"},
            },
            "required": ["email"],
        }
    },
}


NO_CODES = {
    "op": "add",
    "path": "/services/identity/config/selfservice/methods/code",
    "value": {"enabled": False, "passwordless_enabled": False},
}


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def rich_schema(floor):
    project = (await floor.api("GET", "/projects"))[0]
    url = "base64://" + base64.b64encode(json.dumps(SCHEMA).encode()).decode()
    path = "/services/identity/config/identity"
    schemas = {"default_schema_id": "rich", "schemas": [{"id": "rich", "url": url}]}
    await floor.api("PATCH", f"/projects/{project['id']}", json=[{"op": "replace", "path": path, "value": schemas}])


async def person(floor, email="ada@example.org", **more):
    wish = {"schema_id": "preset://email", "traits": {"email": email}, **more}
    return await floor.api("POST", "/admin/identities", json=wish)


async def signed_in(floor, email, password):
    client = floor.visitor().client
    flow = (await client.get("/self-service/login/api")).json()
    wish = {"method": "password", "identifier": email, "password": password}
    answer = await client.post(f"/self-service/login?flow={flow['id']}", json=wish)
    assert answer.is_success, answer.text
    return answer.json()["session"]


async def test_people_are_found_by_name_or_id_and_paged(floor):
    ada = await person(floor)
    rows = [{"create": {"schema_id": "preset://email", "traits": {"email": f"p{n}@x.org"}}} for n in range(51)]
    await floor.api("PATCH", "/admin/identities", json={"identities": rows})
    operator = await floor.operator("viewer")
    await operator.see("/console/identities")
    first, more = operator.html.count("/console/identities/"), operator.html.partition('class="pages"')[2]
    await operator.see(more.partition('href="')[2].partition('"')[0].replace("&amp;", "&"))
    second = operator.html.count("<td><a href=")
    by_name = await operator.see("/console/identities?search=ada@")
    by_id = await operator.see(f"/console/identities?search={ada['id']}")
    nobody = await operator.see("/console/identities?search=mallory")

    assert 50 == first
    assert 2 == second
    assert "ada@example.org" in by_name
    assert "p1@x.org" not in by_name
    assert "ada@example.org" in by_id
    assert "Nobody signs in" in nobody
    assert "New person" not in by_name


async def test_somebody_is_made_by_the_form_of_their_schema_and_changed(floor):
    await rich_schema(floor)
    operator = await floor.operator("operator")
    await operator.see("/console/identities/new")
    asked = operator.html
    typed = {
        "schema_id": "rich",
        "traits.email": "ada@example.org",
        "traits.plan": '"paid"',
        "traits.age": "36",
        "traits.newsletter": "false",
        "traits.address.city": "London",
        "traits.tags": '["maths"]',
        "metadata_admin": '{"note": 1}',
        "external_id": "crm-1",
        "password": "sesame open 123",
    }
    words = await operator.send("/console/identities", **typed)
    made = (await floor.api("GET", "/admin/identities"))[0]
    credentials = (await floor.api("GET", f"/admin/identities/{made['id']}"))["credentials"]
    await operator.see(f"/console/identities/{made['id']}/edit")
    filled = operator.html
    again = {"traits.email": "ada@example.org", "traits.plan": '"free"', "state": "inactive", "metadata_admin": ""}
    saved = await operator.send(f"/console/identities/{made['id']}/edit", **again)
    after = await floor.api("GET", f"/admin/identities/{made['id']}")
    await operator.send(f"/console/identities/{made['id']}/edit", **again, external_id="crm-2")
    renamed = await floor.api("GET", f"/admin/identities/{made['id']}")

    assert all(f'name="traits.{name}"' in asked for name in ("email", "plan", "age", "address.city", "tags"))
    assert 'type="email"' in asked
    assert "The person is there." in words
    expected = {"email": "ada@example.org", "plan": "paid", "age": 36, "newsletter": False}
    assert {**expected, "address": {"city": "London"}, "tags": ["maths"]} == made["traits"]
    assert ("crm-1", {"note": 1}) == (made["external_id"], made["metadata_admin"])
    assert "password" in credentials
    assert 'value="London"' in filled
    assert 'value="&#34;paid&#34;" selected' in filled
    assert "Saved." in saved
    assert ("inactive", None) == (after["state"], after["metadata_admin"])
    assert {"email": "ada@example.org", "plan": "free", "address": {}} == after["traits"]
    assert "external_id" not in after
    assert "crm-2" == renamed["external_id"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"traits.email": "nope"}, "traits.email"),
        ({"traits.email": "a@b.org", "traits.age": "old"}, "traits.age"),
        ({"traits.email": "a@b.org", "traits.age": "0"}, "traits.age"),
        ({"traits.email": "a@b.org", "traits.tags": "[maths"}, "traits.tags"),
        ({"traits.email": "a@b.org", "metadata_public": "{"}, "metadata_public"),
    ],
    ids=["email", "letters", "too-small", "json", "metadata"],
)
async def test_what_is_refused_is_said_at_its_field_and_what_was_typed_stays(floor, typed, field):
    await rich_schema(floor)
    operator = await floor.operator()
    await operator.see("/console/identities/new")
    await operator.send("/console/identities", **{"schema_id": "rich", "traits.nick": "the countess", **typed})

    assert 400 == operator.status
    assert f'id="{field}-problem"' in operator.html
    assert typed[field] in operator.html
    assert "the countess" in operator.html
    assert "I[#" not in operator.words
    assert [] == await floor.api("GET", "/admin/identities")


async def test_a_mistake_in_json_is_told_with_its_place(floor):
    await rich_schema(floor)
    operator = await floor.operator()
    await operator.see("/console/identities/new")
    wrong = {"traits.tags": '["a",\n  x]', "metadata_public": "{\n\n}}"}
    await operator.send("/console/identities", **{"schema_id": "rich", "traits.email": "a@b.org", **wrong})

    assert 'data-editor="json" data-line="2" data-column="3" aria-invalid="true"' in operator.html
    assert 'data-editor="json" data-line="3" data-column="2" aria-invalid="true"' in operator.html


async def test_a_name_that_somebody_has_is_refused_in_words(floor):
    await person(floor)
    operator = await floor.operator()
    await operator.see("/console/identities/new")
    words = await operator.send("/console/identities", **{"traits.email": "ada@example.org"})

    assert 409 == operator.status
    assert "conflicts with another identity" in words
    assert 'value="ada@example.org"' in operator.html


async def test_sessions_are_shown_and_ended_one_or_all(floor):
    ada = await person(floor, credentials={"password": {"config": {"password": "sesame open 123"}}})
    first = await signed_in(floor, "ada@example.org", "sesame open 123")
    await signed_in(floor, "ada@example.org", "sesame open 123")
    operator = await floor.operator("operator")
    words = await operator.see(f"/console/identities/{ada['id']}")
    await operator.send(f"/console/identities/{ada['id']}/sessions", session=first["id"])
    left = await floor.api("GET", f"/admin/identities/{ada['id']}/sessions?active=true")
    done = await operator.send(f"/console/identities/{ada['id']}/sessions")

    assert 1 == words.count("Sign out everywhere")
    assert 1 == len(left)
    assert left[0]["id"] != first["id"]
    assert "Signed in nowhere" in done
    assert [] == await floor.api("GET", f"/admin/identities/{ada['id']}/sessions")


async def test_a_way_to_sign_in_is_taken_away_but_never_the_last_one(floor):
    google = {"config": {"providers": [{"provider": "google", "subject": "ada-1"}]}}
    password = {"config": {"password": "sesame open 123"}}
    ada = await person(floor, credentials={"password": password, "oidc": google})
    operator = await floor.operator("operator")
    page = f"/console/identities/{ada['id']}"
    await operator.see(page)
    buttons = operator.html.count("Take away</button>")
    gone = await operator.send(f"{page}/credentials", type="oidc", identifier="google:ada-1")
    left = await floor.api("GET", f"/admin/identities/{ada['id']}")
    await floor.api("PATCH", f"/projects/{floor.rooms.installation.project.id}", json=[NO_CODES])
    last = await operator.send(f"{page}/credentials", type="password", identifier="")
    other = await operator.send(f"{page}/credentials", type="../sessions", identifier="")

    assert 2 == buttons
    assert "They can't sign in that way any more." in gone
    assert "oidc" not in left["credentials"] or not left["credentials"]["oidc"]["identifiers"]
    assert operator.status >= 400
    assert "last" in last
    assert "has no ..%2Fsessions set up" in other
    await signed_in(floor, "ada@example.org", "sesame open 123")


async def test_somebody_is_let_back_in_by_a_code_that_is_shown_once(floor):
    ada = await person(floor)
    operator = await floor.operator("operator")
    await operator.see(f"/console/identities/{ada['id']}")
    words = await operator.send(f"/console/identities/{ada['id']}/recovery", way="code", expires_in="10m")
    again = await operator.see(f"/console/identities/{ada['id']}")
    disabled = await operator.send(f"/console/identities/{ada['id']}/recovery", way="link")
    wrong = await operator.send(f"/console/identities/{ada['id']}/recovery", way="code", expires_in="soon")

    assert "/ui/recovery?flow=" in words
    assert "shown this once" in words
    assert "/ui/recovery?flow=" not in again
    assert "This method is disabled" in disabled
    assert "duration" in wrong


async def test_what_happened_is_on_one_line_with_consent(floor):
    ada = await person(floor)
    source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
    event = {
        "userId": ada["id"],
        "event": "Bought",
        "context": {"consent": {"categoryPreferences": {"marketing": False}}},
    }
    await floor.call("/v1/track", source["write_keys"][0]["key"], json.dumps(event).encode())
    operator = await floor.operator("viewer")
    words = await operator.see(f"/console/identities/{ada['id']}")

    assert "Bought" in words
    assert "marketing no" in words
    assert "Sign out everywhere" not in words
    assert "Delete this person" not in words


async def test_who_cannot_be_asked_about_is_not_said_to_be_no_operator(floor):
    made = await person(floor)
    ada = await floor.operator()
    await ada.see(f"/console/identities/{made['id']}")
    offered = ada.status
    await floor.rooms.database.write(tables.operators.drop)
    words = await ada.see(f"/console/identities/{made['id']}")

    assert (200, 503) == (offered, ada.status)
    assert "Name them" not in words


async def test_somebody_is_deleted(floor):
    ada = await person(floor)
    operator = await floor.operator("operator")
    await operator.see(f"/console/identities/{ada['id']}")
    words = await operator.send(f"/console/identities/{ada['id']}/delete")
    gone = await operator.see(f"/console/identities/{ada['id']}")

    assert "gone for good" in words
    assert [] == await floor.api("GET", "/admin/identities")
    assert "Not found" in gone


async def test_a_viewer_changes_nobody(floor):
    ada = await person(floor)
    eve = await floor.operator("viewer")
    await eve.see(f"/console/identities/{ada['id']}")
    for path in ("edit", "delete", "sessions", "recovery", "credentials"):
        words = await eve.send(f"/console/identities/{ada['id']}/{path}", **{"traits.email": "eve@example.org"})
        assert "needs operator" in words, path
    after = await floor.api("GET", f"/admin/identities/{ada['id']}")

    assert "ada@example.org" == after["traits"]["email"]


async def test_markup_in_traits_names_and_events_is_text(floor):
    await rich_schema(floor)
    traits = {"email": "ada@example.org", "nick": MARKUP, "tags": [MARKUP], "address": {"city": MARKUP}}
    ada = await person(
        floor,
        schema_id="rich",
        traits=traits,
        metadata_public={MARKUP: MARKUP},
        metadata_admin={MARKUP: MARKUP},
        external_id=MARKUP,
    )
    source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
    consent = {"categoryPreferences": {MARKUP: True}}
    event = {"userId": ada["id"], "event": MARKUP, "context": {"consent": consent}}
    await floor.call("/v1/track", source["write_keys"][0]["key"], json.dumps(event).encode())
    operator = await floor.operator()
    shown = ("/console/identities", f"/console/identities/{ada['id']}", f"/console/identities/{ada['id']}/edit")
    for path in shown:
        await operator.see(path)

        assert 200 == operator.status
        assert "<script>alert" not in operator.html, path
        assert "&lt;script&gt;alert" in operator.html, path
    await operator.send(f"/console/identities/{ada['id']}/edit", **{"traits.email": MARKUP, "external_id": MARKUP})

    assert 400 == operator.status
    assert "<script>alert" not in operator.html


async def test_people_of_another_project_are_shown_and_made_there(floor):
    other = await floor.api("POST", "/projects", json={"name": "Other"})
    await person(floor)
    operator = await floor.operator()
    await operator.see(f"/console/identities/new?project={other['slug']}")
    await operator.send("/console/identities", **{"project": other["slug"], "traits.email": "bob@example.org"})
    made = operator.words
    there = await operator.see(f"/console/identities?project={other['slug']}")
    here = await operator.see("/console/identities")

    assert "The person is there." in made
    assert "bob@example.org" in there
    assert "ada@example.org" not in there
    assert "bob@example.org" not in here
