import pytest

from headwater.emulator.own_project import adopted


def test_the_only_project_of_a_file_is_the_emulators_whatever_its_name_in_production():
    document = {"version": 1, "projects": [{"slug": "shop", "environment": "prod", "name": "Shop"}]}

    assert adopted(document, slug="own", environment="dev") == {
        "version": 1,
        "projects": [{"slug": "own", "environment": "dev", "name": "Shop"}],
    }
    assert document["projects"][0]["slug"] == "shop"


@pytest.mark.parametrize(
    "document",
    [
        {"projects": [{"slug": "a"}, {"slug": "b"}]},
        {"projects": []},
        {"projects": "x"},
        {"projects": ["x"]},
        {},
        [],
        None,
    ],
    ids=["two", "none", "text", "no object", "not there", "a list", "nothing"],
)
def test_anything_else_stays_as_it_is(document):
    assert adopted(document, slug="own", environment="dev") == document
