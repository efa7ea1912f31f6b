"""Whatever goes wrong, with any command: one line on stderr, nothing on stdout, and the right exit code."""

import importlib
import inspect
import socket
import typing
from types import NoneType

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run
from headwater.cli.commands import COMMANDS

# What a command takes that a signature doesn't tell.
FILES = {
    "import_identities": ("people.json",),
    "import_kratos_config": ("config.yaml",),
    "patch_identity_config": ("--remove", "/x"),
    "patch_project": ("--remove", "/x"),
    "update_identity_config": ("--file", "config.yaml"),
    "update_project": ("--file", "config.yaml"),
    "update_source": ("x", "--name", "y"),
    "update_destination": ("x", "--name", "y"),
    "update_warehouse": ("x", "--name", "y"),
    "test_destination": ("x", "--last", "1"),
    "redrive_dead_letters": ("--all",),
    "cancel_redrive": ("--all",),
    "delete_dead_letters": ("--all",),
    "update_workspace": ("--set", "a=b"),
    "validate_identity": ("people.json",),
    "validate_identity_config": ("config.yaml",),
    "validate_identity_schema": ("config.yaml",),
    "update_identity_schema": ("x", "--default"),
    "query": ("SELECT 1",),
    "get_identity": ("x",),
    "get_table": ("a.b",),
    "delete_identity": ("x",),
    "plan": ("plan.yaml",),
    "apply": ("plan.yaml",),
    "create_project": ("x",),
    "create_suppression": ("x",),
    "delete_lake_person": ("x",),
    "delete_suppression": ("x",),
}
# They ask no server, or are one.
ALONE = {"serve", "emulate", "demo", "proxy", "completion", "new_destination", "restore"}
# They make the data folder, or need none.
WITHOUT_DATA = {
    "apply",
    "validate_identity_config",
    *(one.module for one in COMMANDS if one.verb in ("create", "import")),
}
# It prints what it found in the file, whatever becomes of it.
FINDING = "import_kratos_config"
ASKING = [one for one in COMMANDS if one.module not in ALONE]


def words(command):
    """A command line that a command takes, as short as can be."""
    given = (*([command.verb] if command.verb else []), command.nouns[0])
    if command.module in FILES:
        return (*given, *FILES[command.module])
    function = importlib.import_module(f"headwater.cli.{command.module}").run
    hints = typing.get_type_hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is inspect.Parameter.empty and name != "at":
            flag = () if parameter.kind is inspect.Parameter.POSITIONAL_ONLY else (f"--{name.replace('_', '-')}",)
            given = (*given, *flag, value(hints[name]))
    return given


def value(kind):
    choices = [one for one in typing.get_args(kind) if one is not NoneType]
    return str(choices[0]) if typing.get_origin(kind) is typing.Literal else "1" if kind is int else "x"


@pytest.fixture(scope="module")
def one_api():
    with scripted_api() as running:
        yield running


@pytest.fixture
def api(one_api):
    one_api.asked.clear()
    one_api.answers = {}
    return one_api


@pytest.fixture
def type_in(tmp_path, monkeypatch, capfd):
    """Type one command line beside some good files; gives (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.json").write_text('{"traits": {"email": "ada@example.org"}}')
    (tmp_path / "plan.yaml").write_text("version: 1\n")
    (tmp_path / "config.yaml").write_text("identity: {schemas: [{id: default, url: 'preset://email'}]}\n")

    def typed(*arguments, **environ):
        code = run(arguments, environ={"HEADWATER_KEY": "k"} | environ)
        out, err = capfd.readouterr()
        return code, out, err

    return typed


def is_one_line(err):
    return err.endswith("\n") and err.count("\n") == 1 and err.startswith("headwater: ")


class Everything(dict):
    """The same answer to everything."""

    def __init__(self, answer):
        super().__init__()
        self._answer = (*answer, {})

    def get(self, _key, _default=None):
        return self._answer


@pytest.mark.parametrize("command", ASKING, ids=lambda one: one.module)
def test_a_server_that_is_not_there_is_told_and_what_to_do(type_in, command):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        code, out, err = type_in(*words(command), HEADWATER_URL=url)

    assert (1, "") == (code, out if command.module != FINDING else "")
    assert is_one_line(err)
    assert "Is `headwater serve` running there?" in err


@pytest.mark.parametrize(
    "command", [one for one in ASKING if one.module not in WITHOUT_DATA], ids=lambda one: one.module
)
def test_no_data_no_server_and_no_url_is_told_and_what_to_do(type_in, tmp_path, command):
    code, out, err = type_in(*words(command), HEADWATER_DATA=str(tmp_path / "none"))

    assert (1, "") == (code, out)
    assert is_one_line(err)
    assert "headwater serve" in err
    assert not (tmp_path / "none").exists()


def failure(status, said):
    return {"error": {"code": status, "status": "No", "reason": said, "message": said}}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, b"<html>Welcome</html>"), "Is that a Headwater server?"),
        ((502, b"<html>Bad gateway</html>"), "Is that a Headwater server?"),
        ((500, failure(500, "It broke.")), "It broke."),
        ((401, failure(401, "No valid key.")), "HEADWATER_KEY"),
        ((404, failure(404, "There is no x.")), "There is no x."),
    ],
    ids=["a page", "a page that failed", "broke", "wrong key", "unknown"],
)
@pytest.mark.parametrize("command", ASKING, ids=lambda one: one.module)
def test_an_answer_that_is_no_use_is_told_in_one_line(type_in, api, command, answer, said):
    api.answers = Everything(answer)

    code, out, err = type_in(*words(command), HEADWATER_URL=api.url)

    assert (1, "") == (code, out if command.module != FINDING else "")
    assert is_one_line(err)
    assert said in err


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.module)
def test_a_flag_that_is_not_there_is_bad_usage(type_in, api, command):
    code, out, err = type_in(*words(command), "--frobnicate", HEADWATER_URL=api.url)

    assert (2, "", []) == (code, out, api.asked)
    assert is_one_line(err)
    assert "--frobnicate" in err


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.module)
def test_a_format_that_is_not_there_is_bad_usage(type_in, api, command):
    code, out, err = type_in(*words(command), "--format", "xml", HEADWATER_URL=api.url)

    assert (2, "", []) == (code, out, api.asked)
    assert is_one_line(err)
    assert "--format takes table, json" in err


@pytest.mark.parametrize(
    "command", [one for one in ASKING if len(words(one)) > 2 or one.module in FILES], ids=lambda one: one.module
)
def test_what_is_missing_is_bad_usage(type_in, api, command, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    code, out, err = type_in(*(word for word in (command.verb, command.nouns[0]) if word), HEADWATER_URL=api.url)

    assert (2, "", []) == (code, out, api.asked)
    assert is_one_line(err)
