"""The form of a person as their schema has it: references followed, within bounds."""

from headwater.console import person_form


def schema_of(properties, **more):
    return {"properties": {"traits": {"type": "object", "properties": properties}}, **more}


def test_a_part_that_a_trait_refers_to_has_fields_of_its_own():
    city = {"type": "string", "title": "City"}
    address = {"type": "object", "properties": {"city": {"$ref": "#/definitions/a~1b"}}, "required": ["city"]}
    schema = schema_of({"home": {"$ref": "#/definitions/address"}}, definitions={"address": address, "a/b": city})
    [field] = person_form.fields(schema, {"home": {"city": "Vienna"}})
    traits, problems = person_form.typed(schema, {"traits.home.city": "London"}, {"home": {"city": "Vienna"}})

    assert ("traits.home.city", "text", "Vienna", True) == (field.name, field.kind, field.value, field.is_required)
    assert ({"home": {"city": "London"}}, {}) == (traits, problems)


def test_a_reference_to_nothing_or_to_itself_is_typed_as_json():
    circle = {"$ref": "#/definitions/me"}
    schema = schema_of({"a": {"$ref": "#/definitions/none"}, "b": circle}, definitions={"me": circle})

    assert ["json", "json"] == [one.kind for one in person_form.fields(schema, {})]


def test_a_schema_that_unfolds_without_end_makes_a_form_with_an_end():
    wide = {f"p{n}": {"$ref": "#/definitions/wide"} for n in range(200)}
    schema = schema_of(wide, definitions={"wide": {"type": "object", "properties": wide}})

    assert person_form.MOST_PARTS >= len(person_form.fields(schema, {}))
