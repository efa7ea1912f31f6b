"""The editors' scripts: where pages load them, by which word they add a style sheet, and that pages work without."""

import json
import re
from pathlib import Path

import pytest
from console_floor import console_on

from headwater.console.assets import Assets
from headwater.console.rendering import Rendering
from headwater.core.clock import SystemClock
from headwater.mapping.evaluation import Snippet
from headwater.mapping.sandbox import Sandbox

NONCE = re.compile(r"style-src 'self' 'nonce-([^']+)';")
STATIC = Path(__file__).parents[3] / "src/headwater/console/static"
OURS = ("editor_languages.js", "editors.js", "numbers.js")


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


def scripts_of(files):
    assets = Assets(files)
    template = '{% from "pieces.html" import editor_scripts %}{{ editor_scripts("once") }}'
    html = Rendering(assets)._environment.from_string(template).render()
    return [name for name, path in assets.paths.items() if f'src="{path}"' in html], html


def test_without_the_built_files_a_page_loads_line_numbers_only():
    ours = {name: name.encode() for name in OURS}
    with_it, html = scripts_of({"codemirror.js": b"", **ours})
    without, _ = scripts_of(ours)

    assert ["codemirror.js", *OURS] == with_it
    assert ["numbers.js"] == without
    assert 1 == html.count('nonce="once"')


async def test_only_pages_with_an_editor_load_it_and_each_page_has_a_word_of_its_own(floor):
    ada = await floor.operator()
    pages = [await ada.client.get(path) for path in ("/console/lake", "/console/lake", "/console/keys")]
    words = [NONCE.search(page.headers["content-security-policy"])[1] for page in pages]

    assert 3 == len(set(words))
    assert [f'nonce="{word}"' in page.text for word, page in zip(words, pages, strict=True)] == [True, True, False]
    assert "/console/assets/editors-" not in pages[2].text
    assert "unsafe" not in pages[0].headers["content-security-policy"]
    assert "script-src 'self';" in pages[0].headers["content-security-policy"]


async def test_a_page_outside_the_console_has_no_word(floor):
    nowhere = await floor.visitor().client.get("/console/sign-in")

    assert "nonce" not in nowhere.headers["content-security-policy"]


def test_a_script_of_ours_leaves_nothing_behind_that_another_could_trip_over():
    named = re.compile(r"^(?:const|let|function|class) +(\w+)", re.MULTILINE)
    found = [name for file in ("typing.js", *OURS) for name in named.findall((STATIC / file).read_text())]

    assert ["editorLanguages"] == found


async def test_every_function_that_the_editor_offers_is_there():
    offered = (STATIC / "editor_languages.js").read_text().partition("const STD = words(")[2].partition(");")[0]
    names = "".join(re.findall(r'"([^"]*)"', offered)).split()
    sandbox = Sandbox(clock=SystemClock())
    await sandbox.start()
    listed = ", ".join(f"'{name}'" for name in names)
    found = await sandbox.evaluate(
        Snippet(f"function() [n for n in [{listed}] if !std.isFunction(std[n])]", "std"), arguments={}
    )
    await sandbox.close()

    assert len(names) > 60
    assert [] == json.loads(found)
