"""The browser bundle: what is served of it, and how it gets into the package."""

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
PACKAGE = "node_modules/@segment/analytics-next"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "browser"
    folder.mkdir()
    (folder / "standalone.js").write_bytes(b"whole")
    (folder / CHUNK).write_bytes(b"part")
    (folder / "VERSION").write_text("1.2.3\n")
    (tmp_path / "secret.bundle.1.js").write_text("not yours")
    return folder


def test_serves_the_script_and_its_chunks(folder):
    bundle = BrowserBundle(folder)

    assert bundle.is_built
    assert b"whole" == bundle.standalone()
    assert b"part" == bundle.chunk(CHUNK)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.bundle.1.js",
        "/etc/passwd",
        f"./{CHUNK}",
        f"{CHUNK}\0",
        f"../browser/{CHUNK}",
        "..",
        "",
        "VERSION",  # in the folder, but no chunk
        "queryString.bundle.0.js",  # another release's
    ],
)
def test_mallory_reads_no_other_file_by_a_chunks_name(folder, name):
    assert BrowserBundle(folder).chunk(name) is None


def test_reads_each_file_once_and_none_before_it_is_asked_for(folder):
    bundle = BrowserBundle(folder)
    (folder / "standalone.js").write_bytes(b"replaced before the first request")

    first = bundle.standalone()
    shutil.rmtree(folder)

    assert b"replaced before the first request" == first == bundle.standalone()


def test_a_bundle_that_was_not_built_is_none_and_not_an_error(tmp_path):
    bundle = BrowserBundle(tmp_path / "browser")

    assert not bundle.is_built
    assert bundle.standalone() is None
    assert bundle.chunk(CHUNK) is None


def test_a_bundle_built_while_we_run_is_served(tmp_path, folder):
    bundle = BrowserBundle(tmp_path / "later")
    assert bundle.chunk(CHUNK) is None

    folder.rename(tmp_path / "later")

    assert b"whole" == bundle.standalone()
    assert b"part" == bundle.chunk(CHUNK)


class Checkout:
    """A copy of what builds the bundle, with a PATH of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.browser = folder / "src" / "headwater" / "collect" / "browser"
        self.programs = folder / "programs"
        self.programs.mkdir(parents=True)
        shutil.copy(ROOT / "hatch_build.py", folder)
        shutil.copytree(ROOT / "frontend", folder / "frontend", ignore=shutil.ignore_patterns("node_modules"))
        lock = json.loads((folder / "frontend" / "package-lock.json").read_text())
        self.version = lock["packages"][PACKAGE]["version"]

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


NPM_INSTALLS = f"""
test "$1 $2" = "ci --ignore-scripts" && test -f package-lock.json || exit 9
mkdir -p {PACKAGE}/dist/umd && cd {PACKAGE}
echo licence > LICENSE.MD; cd dist/umd
echo whole > standalone.js; echo part > {CHUNK}; echo map > {CHUNK}.map; echo other > index.js
"""


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path / "checkout")


def test_only_what_browsers_ask_for_and_the_licence_is_copied(checkout):
    checkout.npm(NPM_INSTALLS)

    built = checkout.build(CI="true")

    assert 0 == built.returncode, built.stderr
    assert {"standalone.js", CHUNK, "LICENSE.MD", "VERSION"} == {file.name for file in checkout.browser.iterdir()}
    assert b"part\n" == BrowserBundle(checkout.browser).chunk(CHUNK)
    assert not list(checkout.folder.rglob("node_modules"))


def test_a_bundle_of_another_release_is_replaced_and_the_right_one_kept(checkout):
    checkout.npm(NPM_INSTALLS)
    checkout.browser.mkdir(parents=True)
    (checkout.browser / "old.bundle.0.js").write_text("old")
    (checkout.browser / "VERSION").write_text("0.0.1\n")

    checkout.build()
    checkout.npm("exit 1")
    again = checkout.build(CI="true")

    assert f"{checkout.version}\n" == (checkout.browser / "VERSION").read_text()
    assert not (checkout.browser / "old.bundle.0.js").exists()
    assert (0, "") == (again.returncode, again.stderr)


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
    assert not checkout.browser.exists()


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


def test_every_archive_carries_the_bundle_that_git_ignores(checkout):
    checkout.npm(NPM_INSTALLS)
    for name in ("pyproject.toml", ".gitignore", "README.md", "LICENSE", "src/headwater/__init__.py"):
        (checkout.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, checkout.folder / name)

    built = checkout.build("-m", "hatchling", "build", CI="true")

    assert 0 == built.returncode, built.stderr
    (wheel,) = (checkout.folder / "dist").glob("*.whl")
    (source,) = (checkout.folder / "dist").glob("*.tar.gz")
    carried = {"standalone.js", CHUNK, "LICENSE.MD", "VERSION"}
    assert carried == {Path(name).name for name in zipfile.ZipFile(wheel).namelist() if "/collect/browser/" in name}
    with tarfile.open(source) as archive:
        names = archive.getnames()
    assert carried == {Path(name).name for name in names if "/collect/browser/" in name}
    assert [name for name in names if name.endswith("/hatch_build.py")]
