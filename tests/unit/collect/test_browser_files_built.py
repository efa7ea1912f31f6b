"""What browsers are served and we did not write: how it gets into the package."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from headwater.collect.bundle import BrowserBundle

ROOT = Path(__file__).parents[3]
CHUNK = "queryString.bundle.34b193ada8fe288d1bd1.js"
CLIENT = {"standalone.js", CHUNK, "LICENSE.MD", "VERSION"}
CONSOLE = {"uplot.js", "uplot.css", "codemirror.js", "LICENSES", "VERSION"}


class Checkout:
    """A copy of what builds the bundles, with a PATH of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.browser = folder / "src" / "headwater" / "collect" / "browser"
        self.vendor = folder / "src" / "headwater" / "console" / "static" / "vendor"
        self.programs = folder / "programs"
        self.programs.mkdir(parents=True)
        shutil.copy(ROOT / "hatch_build.py", folder)
        shutil.copytree(ROOT / "frontend", folder / "frontend", ignore=shutil.ignore_patterns("node_modules"))

    def npm(self, script: str) -> None:
        """Put a stand-in for npm on the PATH: the registry has no place in a unit test."""
        npm = self.programs / "npm"
        npm.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        npm.chmod(0o755)

    def build(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        surroundings = {key: value for key, value in os.environ.items() if key not in {"CI", "PATH"}}
        return subprocess.run(
            [sys.executable, *(command or ["hatch_build.py"])],
            cwd=self.folder,
            env=surroundings | {"PATH": str(self.programs)} | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def holds(self) -> tuple[set[str], set[str]]:
        """Return what is in the two folders."""
        return _names(self.browser), _names(self.vendor)


def _names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()} if folder.exists() else set()


NPM_INSTALLS = f"""
if test "$1 $2" = "run build"; then
  test -f codemirror.mjs && mkdir made && echo editor > made/codemirror.js || exit 8
  echo '{{"inputs": {{"codemirror.mjs": {{}}, "node_modules/@codemirror/view/dist/a.js": {{}}}}}}' > made/inputs.json
  exit
fi
test "$1 $2" = "ci --ignore-scripts" && test -f package-lock.json || exit 9
mkdir node_modules; cd node_modules
mkdir -p uplot/dist @codemirror/view esbuild
echo "uPlot's licence" > uplot/LICENSE; echo "the editor's licence" > @codemirror/view/LICENSE
echo "not shipped" > esbuild/LICENSE.md
echo charts > uplot/dist/uPlot.iife.min.js; echo looks > uplot/dist/uPlot.min.css; echo other > uplot/dist/uPlot.esm.js
mkdir -p @segment/analytics-next/dist/umd; cd @segment/analytics-next
echo licence > LICENSE.MD; cd dist/umd
echo whole > standalone.js; echo part > {CHUNK}; echo map > {CHUNK}.map; echo other > index.js
"""


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path / "checkout")


def test_only_what_browsers_ask_for_and_the_licences_are_copied(checkout):
    checkout.npm(NPM_INSTALLS)

    built = checkout.build(CI="true")

    assert 0 == built.returncode, built.stderr
    assert (CLIENT, CONSOLE) == checkout.holds()
    assert b"part\n" == BrowserBundle(checkout.browser).chunk(CHUNK)
    assert "charts\n" == (checkout.vendor / "uplot.js").read_text()
    licences = (checkout.vendor / "LICENSES").read_text()
    assert "@codemirror/view\n\nthe editor's licence" in licences
    assert "uplot\n\nuPlot's licence" in licences
    assert "not shipped" not in licences
    assert not list(checkout.folder.rglob("node_modules"))


@pytest.mark.parametrize("changed", ["package-lock.json", "codemirror.mjs"])
def test_what_frontend_says_no_more_is_replaced_and_the_rest_kept(checkout, changed):
    checkout.npm(NPM_INSTALLS)
    checkout.build()
    (checkout.browser / "old.bundle.0.js").write_text("old")
    (checkout.vendor / "codemirror.js").write_text("old")

    checkout.npm("exit 1")
    kept = checkout.build(CI="true")
    assert (0, "") == (kept.returncode, kept.stderr)
    checkout.npm(NPM_INSTALLS)
    with (checkout.folder / "frontend" / changed).open("a") as file:
        file.write("\n")
    checkout.build()

    assert (CLIENT, CONSOLE) == checkout.holds()
    assert "editor\n" == (checkout.vendor / "codemirror.js").read_text()


def test_where_the_editor_cant_be_made_the_browser_client_is_there_all_the_same(checkout):
    checkout.npm(f'test "$1" = run && {{ echo "esbuild: no such machine" >&2; exit 1; }}\n{NPM_INSTALLS}')

    laptop = checkout.build()

    assert (CLIENT, set()) == checkout.holds()
    assert "npm run failed (esbuild: no such machine)" in laptop.stderr
    assert 1 == checkout.build(CI="true").returncode


def test_code_whose_licence_is_not_there_is_not_shipped(checkout):
    checkout.npm(NPM_INSTALLS + "\nrm ../../../../@codemirror/view/LICENSE")

    assert "has no licence" in checkout.build(CI="true").stderr
    assert "VERSION" not in checkout.holds()[1]


@pytest.mark.parametrize(
    ("script", "reason"), [(None, "install Node.js with npm"), ("echo EINTEGRITY >&2; exit 1", "EINTEGRITY")]
)
def test_a_laptop_without_npm_gets_one_line_and_ci_a_failure(checkout, script, reason):
    if script:
        checkout.npm(script)

    laptop = checkout.build()
    ci = checkout.build(CI="true")

    assert 0 == laptop.returncode
    assert 1 == len(laptop.stderr.splitlines())
    assert reason in laptop.stderr
    assert 1 == ci.returncode
    assert reason in ci.stderr
    assert (set(), set()) == checkout.holds()


def test_an_installation_from_a_source_archive_is_never_stopped(checkout):
    (checkout.folder / "PKG-INFO").write_text("Name: headwater\n")

    assert 0 == checkout.build(CI="true").returncode


def test_the_committed_locks_name_exact_versions_their_integrity_and_no_host():
    for folder in ("frontend", "tests/clients", "examples/vitest"):
        asked = json.loads((ROOT / folder / "package.json").read_text())
        wanted = {**asked["dependencies"], **asked.get("devDependencies", {})}
        text = (ROOT / folder / "package-lock.json").read_text()
        locked = json.loads(text)["packages"]

        assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}
        assert all("integrity" in package for path, package in locked.items() if path)
        assert "://" not in text


def test_every_archive_carries_the_bundles_that_git_ignores(checkout):
    checkout.npm(NPM_INSTALLS)
    for name in ("pyproject.toml", ".gitignore", "README.md", "LICENSE", "src/headwater/__init__.py"):
        (checkout.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, checkout.folder / name)

    built = checkout.build("-m", "hatchling", "build", CI="true")

    assert 0 == built.returncode, built.stderr
    (wheel,) = (checkout.folder / "dist").glob("*.whl")
    (source,) = (checkout.folder / "dist").glob("*.tar.gz")
    in_wheel, in_source = zipfile.ZipFile(wheel).namelist(), _in(source)
    for names in (in_wheel, in_source):
        assert CLIENT == {Path(name).name for name in names if "/collect/browser/" in name}
        assert CONSOLE == {Path(name).name for name in names if "/static/vendor/" in name}
    assert [name for name in in_source if name.endswith("/hatch_build.py")]
    assert [name for name in in_source if name.endswith("/frontend/codemirror.mjs")]


def _in(archive: Path) -> list[str]:
    with tarfile.open(archive) as opened:
        return opened.getnames()
