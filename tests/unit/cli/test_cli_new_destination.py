"""`headwater new destination`: what it writes passes, installs, and is in the catalogue of a server that starts."""

import json
import os
import subprocess
import sys

import pytest

from headwater.cli.app import run
from headwater.cli.commands import COMMANDS

FILES = {"pyproject.toml", "headwater_pigeon_post.py", "pigeon_post_contract.py", "test_pigeon_post.py"}
QUIET = ("-q", "-p", "no:cacheprovider", "-W", "ignore")


def called(*words, cwd, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    return subprocess.run(
        (sys.executable, *words),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=clean | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
    )


@pytest.fixture
def written(tmp_path):
    assert 0 == run(["new", "destination", "pigeon-post", "--to", str(tmp_path / "made")], environ={})
    return tmp_path / "made"


def test_what_is_written_passes_its_own_test(written):
    done = called("-m", "pytest", *QUIET, cwd=written)

    assert FILES == {path.name for path in written.iterdir()} - {"__pycache__"}
    assert 0 == done.returncode, done.stdout
    assert " passed" in done.stdout


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"id": item.message_id', '"id": "same"'),
        ("if value}", "}"),
        ("Rejected(failed[n], 200) if n in failed else Delivered(200)", "Delivered(200)"),
    ],
)
def test_its_test_can_fail(written, before, after):
    file = written / "headwater_pigeon_post.py"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))

    assert 1 == called("-m", "pytest", *QUIET, cwd=written).returncode


def test_once_installed_it_is_in_the_catalogue_and_a_broken_one_beside_it_costs_nothing(written, tmp_path):
    site = tmp_path / "site"
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", str(site))
    installed = called(*pip, str(written), cwd=tmp_path)
    assert 0 == installed.returncode, installed.stderr
    broken = site / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (broken / "entry_points.txt").write_text("[headwater.destinations]\ndodo = no_such_module:KIND\n")
    here = ("--data", str(tmp_path / "data"), "--format", "json")
    called("-m", "headwater.cli", "create", "source", "web", *here, cwd=tmp_path)
    done = called("-m", "headwater.cli", "list", "destination-kinds", *here, cwd=tmp_path, PYTHONPATH=str(site))

    assert 0 == done.returncode, done.stderr
    kinds = {kind["name"]: kind for kind in json.loads(done.stdout)["destination_kinds"]}
    assert ("Pigeon Post", True) == (kinds["pigeon-post"]["title"], kinds["pigeon-post"]["beta"])
    assert "webhook" in kinds
    assert "dodo" not in kinds


def test_nothing_that_is_there_is_overwritten(written, capsys):
    (written / "test_pigeon_post.py").write_text("mine")
    for file in FILES - {"test_pigeon_post.py"}:
        (written / file).unlink()

    assert 2 == run(["new", "destination", "pigeon-post", "--to", str(written)], environ={})
    assert "is there already" in capsys.readouterr().err
    assert ["test_pigeon_post.py"] == [path.name for path in written.iterdir()]
    assert "mine" == (written / "test_pigeon_post.py").read_text()


@pytest.mark.parametrize("name", ["Pigeon", "pigeon_post", "../evil", "-x-", "9lives", "a--b", "x" * 41, "pigeon post"])
def test_a_name_that_is_none_is_refused(name, tmp_path, capsys):
    assert 2 == run(["new", "destination", "--to", str(tmp_path / "made"), "--", name], environ={})
    assert "no name for a kind" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_a_name_that_is_taken_is_refused(tmp_path, capsys):
    assert 2 == run(["new", "destination", "webhook", "--to", str(tmp_path / "made")], environ={})
    assert "already" in capsys.readouterr().err


def test_the_command_is_in_the_table():
    assert ("new", "new_destination") in [(one.verb, one.module) for one in COMMANDS]
