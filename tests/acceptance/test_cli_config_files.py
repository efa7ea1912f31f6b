"""The identity-config and files: got, changed, set anew and checked, against a real server."""

import json

import pytest
import yaml

from acceptance import preloaded
from conftest import clean_environment

LIFESPAN = ("session", "lifespan")


@pytest.fixture
def server(shared_headwater):
    before = shared_headwater.cli("get", "identity-config", "--format", "json").stdout
    yield shared_headwater
    typed(shared_headwater, "update", "identity-config", stdin=before)


def typed(server, *arguments, stdin=None, code=0):
    words = [*arguments, "--data", str(server.data)]
    done = preloaded.run(words, input=stdin, env=clean_environment(), timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def config(server):
    return yaml.safe_load(server.cli("get", "identity-config").stdout)


def test_what_was_got_is_taken_back_unchanged_from_a_file_or_stdin(server, tmp_path):
    got = server.cli("get", "identity-config").stdout
    (tmp_path / "config.yaml").write_text(got)

    assert got == typed(server, "update", "ic", "--file", str(tmp_path / "config.yaml")).stdout
    assert got == typed(server, "update", "ic", stdin=got).stdout
    assert got == typed(server, "update", "ic", "-f", "-", stdin=got).stdout


def test_files_merge_and_are_live(server, tmp_path):
    (tmp_path / "base.json").write_text(json.dumps(config(server)))
    (tmp_path / "more.yaml").write_text(
        "session: {lifespan: 3h}\nselfservice: {allowed_return_urls: ['https://app.example.org/']}\n"
    )
    urls = config(server)["selfservice"].get("allowed_return_urls", [])

    typed(server, "update", "ic", "-f", str(tmp_path / "base.json"), "-f", str(tmp_path / "more.yaml"))

    assert "3h" == config(server)["session"]["lifespan"]
    assert [*urls, "https://app.example.org/"] == config(server)["selfservice"]["allowed_return_urls"]


def test_a_patch_file_a_flag_and_a_removal_are_one_change(server, tmp_path):
    (tmp_path / "patch.yaml").write_text("- {op: add, path: /session/lifespan, value: 5h}\n")

    changed = typed(
        server,
        *("patch", "ic", "-f", str(tmp_path / "patch.yaml")),
        *("--add", '/session/whoami={"required_aal":"aal1"}'),
    )
    refused = typed(
        server, *("patch", "ic", "--replace", '/session/lifespan="6h"'), *("--remove", "/session/nowhere"), code=1
    )

    assert ("5h", "aal1") == (
        yaml.safe_load(changed.stdout)["session"]["lifespan"],
        yaml.safe_load(changed.stdout)["session"]["whoami"]["required_aal"],
    )
    assert 1 == refused.stderr.count("\n")
    assert "5h" == config(server)["session"]["lifespan"]


def test_the_whole_project_is_patched_and_set_anew(server, tmp_path):
    (tmp_path / "project.yaml").write_text("name: From a file\n")

    typed(server, "patch", "project", "--replace", '/name="Patched"')
    patched = server.cli("get", "project", "--format", "jsonpath=name").stdout
    typed(server, "update", "project", "-f", str(tmp_path / "project.yaml"))
    before = config(server)
    typed(server, "update", "project", "--name", "By a flag")

    assert "Patched\n" == patched
    assert "By a flag\n" == server.cli("get", "project", "--format", "jsonpointer=/name").stdout
    assert before == config(server)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("session: {lifespan: 7}", "/session/lifespan"),
        ("selfservice: {flows: {login: {lifespam: 1h}}}", "lifespan"),
        ("[]", "must hold keys and values"),
        ("a: !!python/object/apply:os.system [id]", "line 1"),
        ("x: " + "y" * 5_000_000, "larger than"),
    ],
    ids=lambda value: value[:20],
)
def test_a_file_that_is_wrong_changes_nothing_and_is_told_by_update_and_by_validate_alike(server, text, said):
    before = server.cli("get", "identity-config").stdout

    refusals = [typed(server, verb, "identity-config", stdin=text, code=1) for verb in ("update", "validate")]

    assert ["", ""] == [refused.stdout for refused in refusals]
    assert [1, 1] == [refused.stderr.count("\n") for refused in refusals]
    assert all(said in refused.stderr for refused in refusals)
    assert before == server.cli("get", "identity-config").stdout


def test_what_is_valid_is_said_to_be_and_stays_out(server):
    wanted = config(server) | {"session": {"lifespan": "9h"}}

    for stdin in ((), ("-",), ("--file", "-")):
        checked = typed(server, "validate", "ic", *stdin, "--format", "json", stdin=json.dumps(wanted))
        assert json.loads(checked.stdout)["valid"]
    assert "9h" != config(server)["session"].get("lifespan")


def test_people_are_checked_against_the_schemas_of_the_project_before_they_are_imported(server, tmp_path):
    people = tmp_path / "people.jsonl"
    people.write_text('{"traits": {"email": "ada@example.org"}}\n{"traits": {"email": "nonsense"}}\n')

    checked = typed(server, "validate", "identities", str(people), "--format", "json", code=1)
    imported = typed(server, "import", "identities", str(people), "--format", "json", code=1)

    assert [2] == [problem["line"] for problem in json.loads(checked.stdout)["problems"]]
    assert (1, 1) == (json.loads(imported.stdout)["imported"], json.loads(imported.stdout)["refused"])


def test_a_plan_comes_from_stdin_too(server):
    live = server.cli("get", "config").stdout

    assert [] == json.loads(typed(server, "plan", "-", "--format", "json", stdin=live).stdout)["changes"]
