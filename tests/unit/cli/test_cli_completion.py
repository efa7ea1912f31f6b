"""Completion, as a real bash does it with the script that is printed."""

import subprocess
import sys

import pytest

from headwater.cli.app import run
from headwater.cli.commands import COMMANDS, VERBS

PROGRAM = """
PATH=/nowhere  # no Python, nothing
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMPREPLY=()
_headwater
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    made = subprocess.run(
        (sys.executable, "-m", "headwater.cli", "completion", "bash"), capture_output=True, text=True, check=True
    )
    path = tmp_path_factory.mktemp("completion") / "headwater.bash"
    path.write_text(made.stdout)
    return path


@pytest.fixture
def completed(script):
    """What bash offers for the last of these words."""

    def complete(*words):
        asked = ("bash", "--norc", "-c", PROGRAM, "bash", str(script), "headwater", *words)
        shown = subprocess.run(asked, capture_output=True, text=True, check=True)
        assert shown.stderr == ""
        return {word.strip() for word in shown.stdout.split("\n") if word.strip()}

    return complete


def test_completes_verbs_and_what_stands_alone(completed):
    assert {"cancel", "create", "completion", "connect"} == completed("c")  # `config` is a noun
    assert {*VERBS, *(one.nouns[0] for one in COMMANDS if not one.verb)} <= completed("")


def test_completes_the_nouns_of_each_verb(completed):
    for verb in VERBS:
        nouns = {noun for one in COMMANDS if one.verb == verb for noun in one.nouns}
        assert nouns <= completed(verb, "")
    assert {"sources", "source"} == completed("list", "so")


def test_completes_flags_of_the_command_and_the_ones_for_all(completed):
    assert {"--remove", "--replace"} == completed("patch", "identity-config", "--re")
    assert {"--format", "--page-size", "--page-token", "--quiet"} <= completed("list", "identities", "--")


def test_leaves_names_of_files_to_bash(script):
    assert "complete -o bashdefault -o default -F _headwater headwater" in script.read_text()


@pytest.mark.parametrize(("shell", "begins"), [("zsh", "#compdef headwater"), ("fish", "# Fish completion")])
def test_speaks_to_other_shells(capsys, shell, begins):
    assert 0 == run(("completion", shell), environ={})

    printed = capsys.readouterr().out
    assert printed.startswith(begins)
    assert all(verb in printed for verb in VERBS)


def test_an_unknown_shell_is_bad_usage_in_one_line(capsys):
    assert 2 == run(("completion", "cmd.exe"), environ={})

    assert 1 == capsys.readouterr().err.count("\n")
