"""Each recipe of docs/emulator-recipes.md, as it is written there: the official SDK reaches the emulator."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from acceptance.browser import Visit, Website
from acceptance.conftest import clean_environment
from acceptance.programs import need, need_npm_clients
from headwater.testing import Emulator

ROOT = Path(__file__).parents[2]
NOBODY_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
PART = re.compile(r"^(##+) (.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    title: str
    language: str
    text: str


def recipes() -> list[Recipe]:
    found, chapter = [], ""
    _, *parts = PART.split((ROOT / "docs" / "emulator-recipes.md").read_text())
    for level, title, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if level == "##":
            chapter = title
        name = title if level == "##" else f"{chapter}, {title.partition(':')[0]}"
        found += [Recipe(title=name, language=language, text=text) for language, text in BLOCK.findall(body)]
    return found


RECIPES = {one.title: one for one in recipes()}
BROWSER, START = "Segment, Browser", "Start it"
OF_SEGMENT = [
    one for one in RECIPES.values() if one.title.startswith("Segment") and one.title != BROWSER and one.language != "go"
]
OF_ORY = [one for one in RECIPES.values() if one.title.startswith("Ory") and one.language != "go"]
IN_GO = [one for one in RECIPES.values() if one.language == "go"]


@pytest.fixture(scope="module")
def variables(tmp_path_factory):
    """What the page's first block exports, once it has started an emulator."""
    need("jq")
    folder = tmp_path_factory.mktemp("recipes")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = f"{RECIPES[START].text}\nenv -0 > variables"
    with (folder / "said").open("w") as said:  # no pipe, which the emulator would hold open
        environment = clean_environment() | {"PATH": path}
        subprocess.run(["bash", "-euc", script], cwd=folder, env=environment, stdout=said, stderr=said, check=True)
    yield dict(line.split("=", 1) for line in (folder / "variables").read_text().split("\0") if line)
    os.kill(json.loads((folder / "emulator.json").read_text())["pid"], signal.SIGTERM)


@pytest.fixture
def emulator(variables):
    emulator = Emulator.at(variables["HEADWATER_URL"])
    emulator.reset()
    yield emulator
    emulator.stop()


@pytest.fixture
def run(variables, tmp_path):
    """Returns what a recipe prints."""

    def ran(recipe: Recipe) -> str:
        done = subprocess.run(
            command(recipe, tmp_path), env=variables, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return ran


def command(recipe: Recipe, folder: Path) -> list[str]:
    if recipe.language == "python":
        return [sys.executable, "-c", recipe.text]
    if recipe.language == "sh":
        return ["bash", "-euo", "pipefail", "-c", recipe.text]
    node, clients = need_npm_clients()
    (folder / "node_modules").symlink_to(clients / "node_modules")
    (folder / "recipe.mjs").write_text(recipe.text)
    return [node, str(folder / "recipe.mjs")]


def test_no_recipe_of_the_page_is_left_out():
    assert len(RECIPES) == len(recipes()) == len(OF_SEGMENT) + len(OF_ORY) + len(IN_GO) + len([BROWSER, START])
    assert (3, 4, 2) == (len(OF_SEGMENT), len(OF_ORY), len(IN_GO))


@pytest.mark.parametrize("recipe", OF_SEGMENT, ids=lambda one: one.title)
def test_segments_client_reaches_it(emulator, run, recipe):
    run(recipe)

    emulator.assert_tracked("Signed Up", user_id="ada", times=1)


@pytest.mark.parametrize("recipe", OF_ORY, ids=lambda one: one.title)
def test_orys_client_reaches_it(emulator, run, recipe):
    emulator.register("ada@example.com")

    kind, listed = run(recipe).splitlines()

    assert ("api", ["ada@example.com"]) == (kind, re.findall(r"[\w.@]+", listed))


@pytest.mark.parametrize("recipe", IN_GO, ids=lambda one: one.title)
def test_what_the_page_says_of_go_is_what_the_example_does(recipe):
    assert recipe.text.strip() in (ROOT / "examples" / "go" / "signup.go").read_text()


def test_segments_snippet_reaches_it_from_a_page(emulator, tmp_path):
    node, clients = need_npm_clients()
    (tmp_path / "recipe.mjs").write_text(RECIPES[BROWSER].text)
    snippet = [node, str(clients / "snippet.cjs"), json.dumps({"apiKey": emulator.write_key, "page": False})]
    official = subprocess.run(snippet, capture_output=True, text=True, check=True).stdout
    rewrite = "import('./recipe.mjs').then(({forTests}) => process.stdout.write(forTests(...process.argv.slice(1))))"
    script = subprocess.run(
        [node, "-e", rewrite, official, emulator.url], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout

    with closing(Website()) as website, sync_playwright() as playwright:
        website.script = script
        browser = playwright.chromium.launch(executable_path=need("chromium"), args=[NOBODY_OUTSIDE])
        with closing(browser), closing(Visit(browser, website)) as visit:
            visit.open()
            visit.run("() => analytics.track('Signed Up')")
            emulator.wait_for_event(type="track", event="Signed Up")
            hosts = visit.hosts()

    assert {website.host, emulator.url.removeprefix("http://")} == hosts
