"""The command as a process: how it starts, and how it ends."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from cyclopts import App
from scripted_api import scripted_api

from headwater.cli.app import run
from headwater.cli.commands import COMMANDS, VERBS

COMMAND = (sys.executable, "-m", "headwater.cli")
SERVER_SIDE = (
    "litestar",
    "sqlalchemy",
    "granian",
    "alembic",
    "aiohttp",
    "rjsonnet",
    "argon2",
    "segment",
    "ory_kratos_client",
)
TIMEOUT_SECONDS = 30


def headwater(*arguments, **environ):
    return subprocess.run(
        (*COMMAND, *arguments),
        env=dict(os.environ) | environ,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def modules_after(*arguments, url):
    program = (
        "import sys; from headwater.cli.app import run\n"
        "try: run(sys.argv[2:], environ={'HEADWATER_URL': sys.argv[1]})\n"
        "except SystemExit: pass\n"
        "print('MODULES', *sys.modules)"
    )
    ended = subprocess.run(
        (sys.executable, "-c", program, url, *arguments),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=True,
    )
    return set(ended.stdout.rpartition("MODULES ")[2].split())


def test_a_client_command_starts_without_the_server_side():
    with scripted_api() as api:
        api.answer("GET", "/api/sources", {"sources": []})
        loaded = modules_after("list", "sources", url=api.url)

    assert "headwater.cli.list_sources" in loaded
    assert not loaded & set(SERVER_SIDE)


def test_no_client_command_imports_the_server_side():
    modules = [f"headwater.cli.{one.module}" for one in COMMANDS if one.module not in ("serve", "demo")]
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"

    ended = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)

    assert not set(ended.stdout.split()) & set(SERVER_SIDE)


@pytest.mark.parametrize("arguments", [("--help",), ("create", "--help"), ("--version",)])
def test_help_imports_no_command_and_no_http_client(arguments):
    loaded = modules_after(*arguments, url="http://127.0.0.1:9")

    assert not loaded & {*SERVER_SIDE, "httpx", "headwater.cli.create_source", "headwater.store.folder"}


def test_help_names_every_command_and_exits_0(capsys):
    for verb in VERBS:
        assert 0 == run([verb, "--help"], environ={})
        shown = capsys.readouterr().out
        nouns = [command.nouns[0] for command in COMMANDS if command.verb == verb]
        assert [] == [noun for noun in nouns if noun not in shown]
    shown = headwater("--help").stdout
    assert [] == [verb for verb in (*VERBS, "serve", "demo") if verb not in shown]


def test_every_command_in_the_table_exists_and_explains_itself():
    for command in COMMANDS:
        app = App()
        app.command(f"headwater.cli.{command.module}:run", name=command.nouns)
        assert all(app[noun].help for noun in command.nouns)


def test_bad_usage_is_exit_2_for_the_shell_too():
    ended = headwater("list", "sauces")

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))


def test_ctrl_c_is_130_one_line_and_no_traceback():
    with scripted_api() as api:
        api.hold.clear()
        running = subprocess.Popen(
            (*COMMAND, "list", "sources", "--url", api.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert api.asked_once.wait(timeout=TIMEOUT_SECONDS)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=TIMEOUT_SECONDS)

    assert (130, "", "headwater: Interrupted.\n") == (running.returncode, out, err)


def test_ctrl_c_before_it_has_even_begun_is_the_same(tmp_path):
    (tmp_path / "cyclopts.py").write_text("raise KeyboardInterrupt")
    ended = headwater("list", "sources", PYTHONPATH=str(tmp_path))

    assert (130, "", "headwater: Interrupted.\n") == (ended.returncode, ended.stdout, ended.stderr)


def test_ctrl_c_while_a_configuration_is_applied_says_that_it_may_be(tmp_path):
    (tmp_path / "headwater.yaml").write_text("version: 1\nworkspace: {tracking_aliases: true}\n")
    change = {"action": "update", "kind": "workspace", "name": "default", "changes": []}
    plan = {"changes": [change], "kept": [], "warnings": [], "notes": [], "fingerprint": "f"}
    with scripted_api() as api:
        api.answer("POST", "/api/config/plan", plan)
        api.answers = Slow(api.answers)
        arguments = ("apply", str(tmp_path / "headwater.yaml"), "--yes", "--url", api.url)
        running = subprocess.Popen((*COMMAND, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert api.answers.asked.wait(timeout=TIMEOUT_SECONDS)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=TIMEOUT_SECONDS)
        api.answers.go_on.set()

    assert 130 == running.returncode
    assert "may have been applied" in err


class Slow(dict):
    """Answers that keep whoever applies a configuration waiting."""

    def __init__(self, answers):
        super().__init__(answers)
        self.asked, self.go_on = threading.Event(), threading.Event()

    def get(self, call, default=None):
        if call == ("POST", "/api/config/apply"):
            self.asked.set()
            self.go_on.wait(timeout=TIMEOUT_SECONDS)
        return super().get(call, default)


def test_a_reader_that_goes_away_gets_no_traceback():
    with scripted_api() as api:
        api.answer("GET", "/api/sources", {"sources": [{"id": "x" * 1000} for _ in range(1000)]})
        piped = subprocess.run(
            (
                *("bash", "-c", '"$@" | head -c 1', "bash", *COMMAND),
                *("list", "sources", "--url", api.url, "--format", "json"),
            ),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    assert ("{", "") == (piped.stdout, piped.stderr)


def test_ctrl_c_between_two_deletions_says_who_is_gone():
    with scripted_api() as api:
        for name in ("ada", "bob", "eve"):
            api.answer("DELETE", f"/admin/identities/{name}", None, status=204)
        api.hold.clear()
        arguments = ("delete", "identities", "ada", "bob", "eve", "-q", "--url", api.url)
        running = subprocess.Popen((*COMMAND, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert api.holding.wait(timeout=TIMEOUT_SECONDS)
        running.send_signal(signal.SIGINT)
        told = running.stderr.readline()
        api.hold.set()
        out, err = running.communicate(timeout=TIMEOUT_SECONDS)

    assert told.startswith("Stopping after the one under way")
    assert (130, "ada\n", 1) == (running.returncode, out, len(api.asked))
    assert "headwater: Interrupted; those shown are deleted, 2 are as they were.\n" == err


def test_a_disk_that_is_full_is_one_line():
    with scripted_api() as api:
        api.answer("GET", "/api/sources", {"sources": []})
        full = subprocess.run(
            ("bash", "-c", '"$@" > /dev/full', "bash", *COMMAND, "list", "sources", "--url", api.url),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    assert (1, "headwater: The output can't be written: No space left on device.\n") == (full.returncode, full.stderr)


def test_a_terminal_that_lacks_letters_gets_escapes():
    with scripted_api() as api:
        api.answer("GET", "/api/sources", {"sources": [{"id": "1", "name": "Zo\u00eb \u5927"}]})
        ended = headwater("list", "sources", "--url", api.url, PYTHONIOENCODING="ascii:strict")

    assert 0 == ended.returncode
    assert "\\u5927" in ended.stdout


def test_ls_is_list_as_for_the_ory_cli():
    with scripted_api() as api:
        api.answer("GET", "/api/sources", {"sources": [{"id": "src_1"}]})

        assert "src_1\n" == headwater("ls", "sources", "-q", "--url", api.url).stdout
    assert "After list comes one of" in headwater("ls", "sauces").stderr
