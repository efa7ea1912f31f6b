"""The page of a project: its identity-config compared and saved, and its revisions with the way back."""

import html
import json
import re

import pytest
from console_floor import console_on

MARKUP = "<script>alert(1)</script>"
REVISION = re.compile(r'name="revision" value="([^"]+)"')


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def config_of(floor):
    project = await floor.api("GET", f"/projects/{floor.rooms.installation.project.id}")
    return project["services"]["identity"]["config"]


def changed(config, name):
    return json.dumps({**config, "courier": {**config.get("courier", {}), "smtp": {"from_name": name}}})


async def test_a_change_is_compared_then_saved_and_rolled_back(floor):
    ada, config = await floor.operator(), await config_of(floor)
    await ada.see("/console/project")
    shown, revision = html.unescape(ada.html), REVISION.search(ada.html)[1]
    wish = {"config": changed(config, MARKUP), "revision": revision}
    compared = await ada.send("/console/project/compare", **wish)
    untouched = await config_of(floor)
    saved = await ada.send("/console/project", **wish)
    stored = await config_of(floor)
    listed = await ada.see("/console/project/revisions")
    differences = await ada.see("/console/project/revisions/1")
    markup = MARKUP in ada.html
    await ada.see("/console/project/revisions")
    await ada.send("/console/project/revisions/1/rollback")

    assert json.dumps(config, indent=2, ensure_ascii=False) in shown
    assert "from_name" in compared.partition("What would be different")[2]
    assert config == untouched
    assert "Saved." in saved
    assert MARKUP == stored["courier"]["smtp"]["from_name"]
    assert "current" in listed
    assert MARKUP in differences
    assert not markup
    assert config == await config_of(floor)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('{"a":', "This is no JSON"),
        ("[]", "is a JSON object"),
        ('{"selfservice": 7}', "selfservice"),
        ("[" * 100_000, "This is no JSON"),
    ],
    ids=["cut", "list", "wrong", "deep"],
)
async def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(floor, typed, said):
    ada, before = await floor.operator(), await config_of(floor)
    await ada.see("/console/project")
    revision = REVISION.search(ada.html)[1]
    for path in ("/console/project", "/console/project/compare"):
        words = await ada.send(path, config=typed, revision=revision)

        assert 400 == ada.status, path
        assert said in words, path
        assert 'aria-invalid="true"' in ada.html, path
        assert typed[:20] in html.unescape(ada.html), path
    assert before == await config_of(floor)


async def test_a_mistake_is_told_with_its_place_while_somebody_types_and_on_the_page(floor):
    ada, config = await floor.operator(), await config_of(floor)
    await ada.see("/console/project")
    page, revision = ada.html, REVISION.search(ada.html)[1]
    typed = {
        "no-json": '{\n  "a": 1,\n  b}',
        "unknown": json.dumps({**config, MARKUP: {}}, indent=2),
        "wrong": json.dumps({**config, "session": {"lifespan": "never"}}, indent=2),
    }
    marks = {"no-json": "  b}", "unknown": f'  "{MARKUP}"', "wrong": '    "lifespan": "never"'}
    for name, text in typed.items():
        ((line, at),) = [(n, at) for n, at in enumerate(text.splitlines(), 1) if at.startswith(marks[name])]
        place = f'data-line="{line}" data-column="{len(at) - len(at.lstrip()) + 1}"'
        ada.html = page
        await ada.send("/console/project/compared", config=text, revision=revision)
        piece = ada.html
        ada.html = page
        words = await ada.send("/console/project/compare", config=text, revision=revision)

        assert f'data-field="config" {place}' in piece, name
        assert f"Line {line}: " in words, name
        assert f'data-editor="json" {place}' in ada.html, name
        assert MARKUP not in ada.html + piece, name
    assert config == await config_of(floor)


async def test_what_would_be_different_is_told_while_somebody_types(floor):
    ada, config = await floor.operator(), await config_of(floor)
    await ada.see("/console/project")
    page, revision = ada.html, REVISION.search(ada.html)[1]
    words = await ada.send("/console/project/compared", config=changed(config, MARKUP), revision=revision)
    ada.html, piece = page, ada.html
    same = await ada.send("/console/project/compared", config=json.dumps(config), revision=revision)

    assert "from_name" in words.partition("What would be different")[2]
    assert "<html" not in piece
    assert MARKUP not in piece
    assert "Nothing would be different." in same


async def test_a_form_that_is_older_than_the_project_changes_nothing(floor):
    ada, config = await floor.operator(), await config_of(floor)
    await ada.see("/console/project")
    revision = REVISION.search(ada.html)[1]
    await ada.send("/console/project", config=changed(config, "First"), revision=revision)
    words = await ada.send("/console/project", config=changed(config, "Second"), revision=revision)

    assert "is not at revision" in words
    assert "First" == (await config_of(floor))["courier"]["smtp"]["from_name"]


async def test_a_viewer_reads_it_and_is_offered_no_button(floor):
    viewer = await floor.operator("viewer")
    await viewer.see("/console/project")

    assert "readonly" in viewer.html
    assert "Compare" not in viewer.words
