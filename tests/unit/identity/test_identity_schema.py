import base64
import json

import pytest
from identity_stage import PERSON, base64_url, document

from headwater.core.errors import HeadwaterError
from headwater.identity.config import tree as config
from headwater.identity.people import claims, identifiers, identifying, schema

EXTENSION = "ory.sh/kratos"


def person(**changes):
    return {"properties": {"traits": {"type": "object", "properties": {"email": {"type": "string", **changes}}}}}


def with_url(url):
    whole = document()
    whole["identity"]["schemas"][0]["url"] = url
    return whole


def test_a_new_project_can_run_and_has_every_list_the_guide_adds_to():
    whole = config.default_document()
    config.check(whole)

    flows = whole["selfservice"]["flows"]
    assert flows["registration"]["after"]["hooks"] == []
    for method in ("password", "webauthn", "passkey", "oidc", "code"):
        assert flows["registration"]["after"][method]["hooks"] == [{"hook": "session"}]
    for flow in ("login", "settings", "recovery", "verification"):
        assert flows[flow]["after"]["hooks"] == []
    assert flows["settings"]["after"]["profile"]["hooks"] == []


def test_two_new_projects_share_nothing():
    one = config.default_document()
    one["selfservice"]["flows"]["registration"]["after"]["hooks"].append("mine")

    assert config.default_document()["selfservice"]["flows"]["registration"]["after"]["hooks"] == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.org/schema.json", "https://"),
        ("file:///etc/passwd", "file://"),
        ("preset://unknown", "preset"),
        ("base64://!!", "base64"),
        ("base64://" + base64.b64encode(b"no json").decode(), "JSON"),
        ("base64://" + base64.b64encode(b"[]").decode(), "object"),
        ("base64://" + base64.b64encode(b"[" * 100_000).decode(), "deep"),
        (base64_url({}), "properties.traits"),
        (base64_url({"properties": {"traits": {}}}), "properties.traits.properties"),
        (base64_url({"properties": {"traits": {"type": "array", "properties": {"a": {}}}}}), "type object"),
        (base64_url(person(type="strin")), "draft-07"),
        (base64_url(person(pattern="(")), "draft-07"),
        (base64_url(person(**{"$ref": "http://127.0.0.1:9/x"})), "within the schema"),
        (base64_url(person(**{"$ref": "file:///etc/passwd"})), "within the schema"),
        (base64_url(person(**{EXTENSION: {"credentials": {"password": {"identifier": "yes"}}}})), EXTENSION),
        (base64_url(person(**{EXTENSION: {"verification": {"via": "pigeon"}}})), EXTENSION),
        (base64_url(person(**{EXTENSION: {"unknown": 1}})), EXTENSION),
    ],
)
def test_a_schema_that_could_not_serve_is_refused_naming_path_and_reason(url, reason):
    with pytest.raises(HeadwaterError) as refused:
        config.check(with_url(url))

    assert refused.value.status == 400
    assert refused.value.context["path"] == "/identity/schemas/0/url"
    assert reason in refused.value.message


def test_wrapped_base64_is_read():
    text = base64.encodebytes(json.dumps(PERSON).encode()).decode()

    config.check(with_url("base64://" + text))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/identity/default_schema_id", "other"),
        ("/identity/schemas", []),
        ("/identity/schemas/0/id", ""),
        ("/identity/schemas/0/url", None),
        ("/selfservice/flows/registration/lifespan", "soon"),
        ("/selfservice/flows/registration/enabled", "yes"),
        ("/selfservice/flows/registration/style", "baroque"),
        ("/selfservice/methods/password/enabled", 1),
        ("/selfservice/methods/password/config/min_password_length", 3),
        ("/selfservice/methods/password/config/haveibeenpwned_enabled", "yes"),
        ("/selfservice/allowed_return_urls", "https://x"),
        ("/session/lifespan", 24),
        ("/session/cookie/same_site", "Sometimes"),
        ("/hashers/algorithm", "md5"),
        ("/hashers/argon2/memory", "2GB"),
        ("/hashers/argon2/iterations", 1000),
        ("/hashers/bcrypt", []),
        ("/session", "none"),
    ],
)
def test_a_config_that_could_not_run_is_refused_naming_its_path(path, value):
    whole = document()
    *steps, last = path.split("/")[1:]
    place = whole
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    place[last] = value

    with pytest.raises(HeadwaterError) as refused:
        config.check(whole)
    assert refused.value.context["path"] == path
    assert path in refused.value.message


def test_identifiers_and_addresses_are_found_behind_references_branches_and_in_lists():
    mark = {"type": "string", EXTENSION: {"credentials": {"password": {"identifier": True}}}}
    reached = {"type": "string", EXTENSION: {"verification": {"via": "sms"}}}
    whole = {
        "properties": {
            "traits": {
                "type": "object",
                "properties": {
                    "user": {"$ref": "#/definitions/mark"},
                    "nick": {"allOf": [mark]},
                    "more": {"type": "array", "items": mark},
                    "phone": reached,
                },
            }
        },
        "definitions": {"mark": mark},
    }
    loaded = schema.load("x", base64_url(whole), path="/x")
    traits = {"user": "Ada", "nick": "Countess", "more": ["A", "B"], "phone": "+44 (20) 7946-0000"}

    claims = loaded.claims(traits)
    assert set(claims.password_identifiers) == {"ada", "countess", "a", "b"}
    assert [address.value for address in claims.addresses] == ["+442079460000"]
    (complaint,) = loaded.claims({"phone": "call me"}).complaints
    assert complaint.message.id == 4000041


def test_a_schema_that_contains_itself_ends():
    node = {"type": "object", "properties": {"name": {"type": "string"}, "a": {"$ref": "#/definitions/n"}}}
    node["properties"]["b"] = {"$ref": "#/definitions/n"}
    whole = {"properties": {"traits": node}, "definitions": {"n": node}}
    loaded = schema.load("x", base64_url(whole), path="/x")

    assert [field.name for field in loaded.fields] == ["traits.name", "traits.a.name", "traits.b.name"]
    traits = {}
    for _ in range(12):
        traits = {"a": traits, "b": {}}
    assert loaded.claims(traits).password_identifiers == ()


def referring(definitions, first="#/definitions/a0"):
    """Return a schema with one trait, which is what `definitions` make of it."""
    return {**person(**{"$ref": first}), "definitions": definitions}


def in_a_row(count, each, *, last, keyword="allOf"):
    """Return definitions each of which names the next one so many times."""
    named = {f"a{n}": {keyword: [{"$ref": f"#/definitions/a{n + 1}"}] * each} for n in range(count)}
    return {**named, f"a{count}": last}


def each_other(count):
    names = [f"a{n}" for n in range(count)]
    return {one: {"allOf": [{"$ref": f"#/definitions/{other}"} for other in names if other != one]} for one in names}


TWICE_AGAIN = {"properties": {"more": {"allOf": [{"$ref": "#/definitions/a0"}] * 2}}}


@pytest.mark.parametrize(
    "definitions",
    [
        in_a_row(3, 11, last={"type": "integer"}),
        in_a_row(3, 11, last={"type": "integer"}, keyword="oneOf"),
        in_a_row(3_000, 1, last={"type": "integer"}),
        each_other(6),
        {"a0": {"not": {"$ref": "#/definitions/a0"}}},
        {"a0": TWICE_AGAIN},
    ],
    ids=["often", "alternatives", "deep", "each other", "itself", "itself in each value"],
)
def test_a_small_schema_that_keeps_the_engine_busy_for_minutes_is_refused(definitions):
    with pytest.raises(HeadwaterError) as refused:
        schema.load("x", base64_url(referring(definitions)), path="/x")

    assert "name each other without end" in refused.value.message


class Reference(dict):
    """A reference that counts how often anybody looks at one."""

    looked_at = 0

    def get(self, *key):
        Reference.looked_at += 1
        return super().get(*key)


def counting(definitions, keyword):
    """Return a schema like `referring`, whose references count."""
    counted = {name: {keyword: [Reference(each) for each in part[keyword]]} for name, part in definitions.items()}
    Reference.looked_at = 0
    return referring({**counted, "mark": {"type": "string", **PASSWORD}})


PASSWORD = {EXTENSION: {"credentials": {"password": {"identifier": True}}}}
MARK = {"$ref": "#/definitions/mark"}


def test_what_a_value_is_for_is_looked_at_once_however_often_its_schema_is_named():
    whole = counting({**in_a_row(19, 2, last={}), "a19": {"allOf": [MARK]}}, "allOf")

    assert claims.find(whole, {"email": "ADA"}).password_identifiers == ("ada",)
    assert Reference.looked_at < 100


def test_what_a_schema_is_for_is_told_of_so_many_of_its_parts_ends_of_circles_too():
    back = {"$ref": "#/definitions/a0"}
    definitions = {**in_a_row(2, 100, last={}, keyword="anyOf"), "a2": {"anyOf": [back] * 200}}
    whole = counting(definitions, "anyOf")

    assert identifying.of(whole) == []
    assert Reference.looked_at < 10_000


def test_of_very_many_wrong_values_it_is_only_said_that_they_are_wrong():
    loaded = schema.load("x", base64_url(person(type="array", items={"type": "string"})), path="/x")
    (complaint,) = loaded.validate({"email": [1] * 1_001})

    assert ("traits", 4000001) == (complaint.node, complaint.message.id)
    assert 100 == len(loaded.validate({"email": [1] * 500}))
    assert () == loaded.validate({"email": ["a"] * 20_000})


def test_a_pattern_that_backtracks_without_end_gives_up():
    whole = person(pattern="^(?:a|aa)+(?!x)$")
    loaded = schema.load("x", base64_url(whole), path="/x")

    (complaint,) = loaded.validate({"email": "a" * 60 + "!"})
    assert complaint.message.id == 4000001
    assert "too long" in complaint.message.text


@pytest.mark.parametrize(
    "rule",
    [
        {"oneOf": [{"type": "string"}, {"minLength": 2}]},  # both fit
        {"oneOf": [{"type": "number"}, {"maxLength": 2}]},
        {"anyOf": [{"type": "number"}, {"maxLength": 2}]},
        {"not": {"type": "string"}},
        {"const": 1},
        {"enum": ["x"]},
        {"allOf": [{"maxLength": 2}]},
        {"if": {"minLength": 2}, "then": {"maxLength": 2}},
    ],
)
def test_no_rule_is_broken_without_a_complaint(rule):
    loaded = schema.load("x", base64_url(person(**rule)), path="/x")

    complaints = loaded.validate({"email": "ada@example.org"})
    assert {complaint.node for complaint in complaints} == {"traits.email"}


def test_a_display_name_is_no_address_even_where_nothing_is_verified():
    loaded = schema.load("x", base64_url(person(format="email")), path="/x")

    assert [item.message.id for item in loaded.validate({"email": "Ada <ada@example.org>"})] == [4000040]


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        (" ADA@Example.ORG ", "ada@example.org"),
        ("\uff41\uff44\uff41@example.org", "ada@example.org"),
        ("a\u200bda@ex\u00adample.org", "ada@example.org"),
        ("ADA\x00", "ada"),
        ("+44 (20) 7946-0000", "+442079460000"),
        ("\uff0b44 20 7946 0000", "+442079460000"),
        ("+1", "+1"),
        ("+a-b c", "+a-b c"),
        ("Ada Lovelace", "ada lovelace"),
    ],
    ids=range(9),
)
def test_two_spellings_of_one_identifier_make_no_two_accounts(typed, known):
    assert identifiers.normalised(typed) == known
    assert identifiers.normalised(known) == known


PRESETS = {
    "preset://email": ({"email": "ADA@example.org"}, ("ada@example.org",), ("ada@example.org",), "email"),
    "preset://username": ({"username": "Ada"}, ("ada",), (), None),
    "preset://phone": ({"phone": "+44 20 7946 0000"}, ("+442079460000",), ("+442079460000",), "sms"),
}


@pytest.mark.parametrize("url", PRESETS)
def test_a_preset_says_how_its_people_sign_in_and_are_reached(url):
    traits, passwords, codes, via = PRESETS[url]
    loaded = schema.load(url, url, path="/x")

    assert loaded.validate(traits) == ()
    claims = loaded.claims(traits)
    assert claims.complaints == ()
    assert claims.password_identifiers == passwords
    assert tuple(item.value for item in claims.code_addresses) == codes
    assert {item.via for item in claims.addresses} == ({via} if via else set())
    assert loaded.validate({}) != ()
    assert loaded.validate({**traits, "role": "admin"}) != ()


def test_every_preset_can_be_a_projects_schema_and_there_may_be_several():
    whole = config.default_document()
    whole["identity"]["schemas"] = [{"id": url, "url": url} for url in PRESETS]
    for url in PRESETS:
        whole["identity"]["default_schema_id"] = url
        config.check(whole)


async def test_schemas_are_served_under_both_spellings_of_their_id(stage, client):
    stage.document = config.default_document()
    stage.revision += 1
    listed = (await client.get("/schemas")).json()
    assert [item["id"] for item in listed] == ["preset://email"]

    for spelling in ("preset://email", schema.encoded("preset://email")):
        answer = await client.get(f"/schemas/{spelling}")
        assert answer.status_code == 200, spelling
        assert answer.json() == listed[0]["schema"]
    assert (await client.get("/schemas/nonsense")).status_code == 404


async def test_only_a_selectable_schema_can_be_chosen(stage, client):
    other = {"id": "other", "url": base64_url(person(title="Other"))}
    stage.revise(lambda whole: whole["identity"]["schemas"].append(other))
    path = "/self-service/registration/api?identity_schema="
    assert (await client.get(f"{path}other")).status_code == 400
    assert (await client.get(f"{path}nonsense")).status_code == 400

    stage.revise(lambda whole: whole["identity"]["schemas"][1].update(selfservice_selectable=True))
    flow = (await client.get(f"{path}other")).json()
    assert flow["identity_schema"] == "other"
    assert [item["attributes"]["name"] for item in flow["ui"]["nodes"]][1:2] == ["traits.email"]
