"""Identity schemas one by one: seen, tried on people who are there, changed as a revision, taken from nobody."""

import pytest
from sqlalchemy import insert

from headwater.core.clock import epoch_ms
from headwater.identity.people import schema_people
from headwater.store.tables import identities
from unit.api.console_stage import Stage

EMAIL = {
    "type": "string",
    "format": "email",
    "ory.sh/kratos": {
        "credentials": {"password": {"identifier": True}, "code": {"identifier": True, "via": "email"}},
        "verification": {"via": "email"},
        "recovery": {"via": "email"},
    },
}


def schema_of(**traits):
    known = {"email": EMAIL, **traits}
    return {"properties": {"traits": {"type": "object", "properties": known, "required": list(known)}}}


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as stage:
        yield stage


async def ask(stage, method, path="", body=None, **options):
    answer = await stage.ask(method, f"/projects/{stage.project.id}/identity-schema{path}", body, **options)
    return answer.status_code, answer.json()


async def people(stage, schema_id, *everyone, project=None):
    def store(connection):
        for number, traits in enumerate(everyone):
            at_ms = epoch_ms(stage.clock.now()) + number
            row = {
                "id": f"00000000-0000-4000-8000-{number:012}",
                "project_id": (project or stage.project).id,
                "schema_id": schema_id,
                "state": "active",
                "traits": traits,
                **dict.fromkeys(("state_changed_at_ms", "created_at_ms", "updated_at_ms"), at_ms),
            }
            connection.execute(insert(identities).values(row))

    await stage.database.write(store)


async def test_lists_them_and_says_which_is_whose_by_default(stage):
    status, found = await ask(stage, "GET", "s")
    [first] = found["identity_schemas"]

    assert 200 == status
    assert (True, True) == (first["is_default"], first["preset"] in found["presets"])


async def test_one_tells_what_people_sign_in_with_and_are_reached_at(stage):
    await ask(stage, "PUT", "s/customer", {"schema": schema_of(name={"type": "string"})})
    _, found = await ask(stage, "GET", "s/customer")

    ways = {"password": True, "code": "email", "verification": "email", "recovery": "email"}
    assert [{"trait": "traits.email", "ways": ways}] == found["uses"]
    assert schema_of(name={"type": "string"}) == found["schema"]


async def test_a_new_one_takes_no_others_place(stage):
    made, _ = await ask(stage, "POST", "s", {"id": "customer", "schema": schema_of()})
    again, refused = await ask(stage, "POST", "s", {"id": "customer", "schema": schema_of(age={})})
    nameless, wrong = await ask(stage, "POST", "s", {"id": "", "schema": schema_of()})
    _, found = await ask(stage, "GET", "s/customer")

    assert [201, 409, 400] == [made, again, nameless]
    assert "Choose another id" in refused["error"]["reason"]
    assert "/identity/schemas/2/id is missing." == wrong["error"]["reason"]
    assert (schema_of(), "email") == (found["schema"], *found["sample"])


async def test_what_is_not_changed_stays_the_preset_that_it_is(stage):
    _, listed = await ask(stage, "GET", "s")
    path = f"s/{listed['identity_schemas'][0]['encoded_id']}"
    _, before = await ask(stage, "GET", path)
    await ask(stage, "PUT", path, {"schema": before["schema"], "selfservice_selectable": True})
    _, after = await ask(stage, "GET", path)

    assert "preset://email" == before["preset"] == after["preset"]
    assert after["selfservice_selectable"]


async def test_a_schema_is_found_by_the_name_that_addresses_can_hold(stage):
    _, listed = await ask(stage, "GET", "s")
    [first] = listed["identity_schemas"]
    status, found = await ask(stage, "GET", f"s/{first['encoded_id']}")

    assert (200, first["id"]) == (status, found["id"])


async def test_a_change_is_a_revision_and_who_has_seen_an_older_one_is_told(stage):
    _, before = await ask(stage, "GET", "s")
    at = before["revision_id"]
    made, _ = await ask(stage, "PUT", "s/customer", {"schema": schema_of(), "default": True, "revision": at})
    late, refused = await ask(stage, "PUT", "s/customer", {"schema": schema_of(age={}), "revision": at})
    _, found = await ask(stage, "GET", "s/customer")

    assert [200, 409] == [made, late]
    assert "not at revision" in refused["error"]["reason"]
    assert (True, schema_of()) == (found["is_default"], found["schema"])


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"schema": {"properties": {}}}, "needs an object at properties.traits"),
        ({"url": "https://example.org/schema.json"}, "https://"),
        ({}, "There is no schema 'customer' yet"),
        ({"schema": {}, "url": "preset://email"}, "not both"),
    ],
    ids=["none", "elsewhere", "nothing", "two"],
)
async def test_refuses_what_is_no_schema_and_changes_nothing(stage, wish, reason):
    status, refused = await ask(stage, "PUT", "s/customer", wish)

    assert 400 == status
    assert reason in refused["error"]["reason"]
    assert 404 == (await ask(stage, "GET", "s/customer"))[0]


async def test_takes_no_schema_from_people_who_have_it(stage):
    other = await stage.new_project("other")
    await ask(stage, "PUT", "s/customer", {"schema": schema_of()})
    await people(stage, "customer", "{}", project=other)
    free, _ = await ask(stage, "DELETE", "s/customer")
    await ask(stage, "PUT", "s/customer", {"schema": schema_of()})
    await stage.database.write(lambda c: c.execute(identities.delete()))
    await people(stage, "customer", "{}", "{}")
    status, refused = await ask(stage, "DELETE", "s/customer")

    assert 200 == free  # another project's people have another project's schema
    assert (409, "identity_schema_in_use") == (status, refused["error"]["id"])
    assert "2 people have the schema 'customer'" in refused["error"]["reason"]


async def test_does_not_take_the_schema_of_whoever_chooses_none(stage):
    _, listed = await ask(stage, "GET", "s")
    await ask(stage, "PUT", "s/customer", {"schema": schema_of()})
    status, refused = await ask(stage, "DELETE", f"s/{listed['identity_schemas'][0]['encoded_id']}")

    assert 400 == status
    assert "default_schema_id" in refused["error"]["reason"]


async def test_says_what_is_wrong_with_traits_and_where(stage):
    await ask(stage, "PUT", "s/customer", {"schema": schema_of()})
    _, wrong = await ask(stage, "POST", "-check", {"id": "customer", "traits": {"email": "nobody"}})
    _, right = await ask(stage, "POST", "-check", {"id": "customer", "traits": {"email": "Ada@Example.org"}})

    assert ["/traits/email"] == [one["path"] for one in wrong["traits"]["problems"]]
    assert "Enter a valid email address" == wrong["traits"]["problems"][0]["message"]
    assert (True, ["ada@example.org"]) == (right["traits"]["valid"], right["traits"]["identifiers"])


async def test_says_how_many_of_the_newest_people_a_change_would_leave_out(stage):
    await ask(stage, "PUT", "s/customer", {"schema": schema_of()})
    ada, grace, mallory = '{"email":"ada@example.org"}', '{"email":"g@example.org","age":7}', '{"email":1}'
    await people(stage, "customer", mallory, ada, grace)
    wish = {"id": "customer", "schema": schema_of(age={"type": "number"}), "newest": 2}
    before = await stage.shown()
    _, found = await ask(stage, "POST", "-check", wish)
    _, all_of_them = await ask(stage, "POST", "-check", {**wish, "newest": 1_000})

    assert (2, 1) == (found["people"]["looked_at"], found["people"]["invalid"])
    assert [{"path": "/traits/age", "message": "Property age is missing."}] == found["people"]["examples"][0][
        "problems"
    ]
    assert ["/properties/traits/properties/age", "/properties/traits/required/1"] == [
        one["path"] for one in found["changes"]
    ]
    assert (3, 2) == (all_of_them["people"]["looked_at"], all_of_them["people"]["invalid"])
    assert before == await stage.shown()


async def test_people_of_a_schema_that_is_not_there_are_not_said_to_fit_it(stage):
    wish = {"schema": schema_of(), "newest": 2}
    unknown, said = await ask(stage, "POST", "-check", {**wish, "id": "costumer"})
    unnamed, told = await ask(stage, "POST", "-check", wish)
    new, found = await ask(stage, "POST", "-check", {**wish, "id": "costumer", "newest": 0})

    assert (404, "no_such_identity_schema") == (unknown, said["error"]["id"])
    assert (400, "/id") == (unnamed, told["error"]["details"]["path"])
    assert (200, True) == (new, found["valid"])


async def test_people_who_are_very_large_do_not_fill_the_memory(stage):
    await people(stage, "large", *('{"a":"%s"}' % ("x" * 1_000) for _ in range(9)))
    asked = {"project_id": stage.project.id, "limit": 9}
    found = await stage.database.read(lambda c: schema_people.newest(c, "large", most_bytes=3_000, **asked))
    every = await stage.database.read(lambda c: schema_people.newest(c, "large", **asked))

    assert (3, 9) == (len(found), len(every))
    assert found == every[:3]


async def test_says_why_a_schema_is_none(stage):
    status, found = await ask(stage, "POST", "-check", {"schema": {"properties": {"traits": {}}}})

    assert (200, False) == (status, found["valid"])
    assert "properties.traits.properties" in found["problem"]["message"]


async def test_a_schema_that_unfolds_without_end_is_looked_at_within_bounds(stage):
    layers = {f"a{n}": {"properties": {k: {"$ref": f"#/definitions/a{n + 1}"} for k in "xyz"}} for n in range(30)}
    unfolding = {"definitions": {**layers, "a30": {}}, **schema_of(deep={"$ref": "#/definitions/a0"})}
    _, found = await ask(stage, "POST", "-check", {"url": None, "schema": unfolding})

    assert found["valid"]


async def test_who_may_not_change_a_project_tries_only_the_schemas_that_it_has(stage):
    viewer = await stage.new_key(role="viewer")
    stored = (await ask(stage, "GET", "s"))[1]["identity_schemas"][0]["id"]
    own, _ = await ask(stage, "POST", "-check", {"schema": schema_of()}, key=viewer)
    hidden, _ = await ask(stage, "POST", "-check", {"url": "base64://e30="}, key=viewer)
    theirs, _ = await ask(stage, "POST", "-check", {"id": stored, "traits": {}}, key=viewer)
    changed, _ = await ask(stage, "PUT", "s/customer", {"schema": schema_of()}, key=viewer)

    assert [403, 403, 200, 403] == [own, hidden, theirs, changed]
