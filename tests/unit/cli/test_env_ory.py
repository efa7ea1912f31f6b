"""`headwater env ory`: exports that a shell can take, for the real ory CLI."""

import json
import subprocess

import pytest
from scripted_api import scripted_api

from headwater.cli import ory_hosts
from headwater.cli.app import run
from headwater.cli.ory_environment import Environment, shell_lines

PROJECT = {"id": "6a0b7c1e-0000-4000-8000-000000000001", "slug": "brave-ada"}
KEY = {"id": "key_1", "key": "hw_abc"}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/projects", [PROJECT])
        running.answer("GET", f"/projects/{PROJECT['id']}", PROJECT)
        running.answer("GET", "/projects/brave-ada", PROJECT)
        running.answer("POST", "/api/keys", KEY, status=201)
        yield running


@pytest.fixture
def env_ory(api, capsys):
    """Run `headwater env ory …`; gives (exit code, stdout, stderr)."""

    def typed(*arguments, url=api.url):
        code = run(["env", "ory", *arguments], environ={"HEADWATER_URL": url, "HEADWATER_KEY": "k-ada"})
        return (code, *capsys.readouterr())

    return typed


def evaluated(lines, **before):
    """Return the variables that a shell has after it evaluated `lines` as the documentation says."""
    script = f"eval \"$(cat <<'END'\n{lines}\nEND\n)\" && env"
    done = subprocess.run(["/bin/sh", "-c", script], env=before, capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("ORY_"))


def test_a_shell_that_evaluates_it_points_the_ory_cli_here_with_a_new_key_of_the_workspace(env_ory, api):
    code, out, _ = env_ory("--create-key")

    home = api.url.replace("127.0.0.1", "localhost")
    expected = {
        "ORY_CONSOLE_URL": home,
        "ORY_ORYAPIS_URL": home,
        "ORY_PROJECT": PROJECT["id"],
        "ORY_WORKSPACE_API_KEY": "hw_abc",
    }
    assert 0 == code
    # A project's key would win for some calls, and be refused beside the workspace's for others.
    assert expected == evaluated(out, ORY_PROJECT_API_KEY="of something else")
    assert {"role": "admin", "name": "ory CLI"} == api.asked[-1]["body"]


def test_a_key_of_the_project_comes_without_what_the_ory_cli_refuses_beside_it(env_ory, api):
    _, out, _ = env_ory("brave-ada", "--create-key", "--project-key")

    home = api.url.replace("127.0.0.1", "localhost")
    expected = {"ORY_CONSOLE_URL": home, "ORY_ORYAPIS_URL": home, "ORY_PROJECT_API_KEY": "hw_abc"}
    assert expected == evaluated(out, ORY_WORKSPACE="elsewhere", ORY_WORKSPACE_API_KEY="of something else")
    assert PROJECT["id"] == api.asked[-1]["body"]["project_id"]


def test_no_key_is_made_unasked_and_the_shell_keeps_the_one_it_has(env_ory, api):
    code, out, _ = env_ory()

    assert 0 == code
    assert "/api/keys" not in [asked["path"] for asked in api.asked]
    assert "--create-key" in out
    assert "hers" == evaluated(out, ORY_WORKSPACE_API_KEY="hers")["ORY_WORKSPACE_API_KEY"]


def test_json_is_the_variables_and_nothing_else(env_ory):
    _, out, _ = env_ory("--create-key", "--format", "json")

    assert ["ORY_CONSOLE_URL", "ORY_ORYAPIS_URL", "ORY_PROJECT", "ORY_WORKSPACE_API_KEY"] == list(json.loads(out))


def test_a_shell_takes_what_is_no_word_as_one_value():
    mallory = "$(touch /tmp/owned) 'x' \"y\"; exit 1"
    environment = Environment(home="http://localhost:1", project_id=mallory, key=None, is_project_key=False)

    assert mallory == evaluated("\n".join(shell_lines(environment)))["ORY_PROJECT"]


def test_there_is_nothing_to_point_at_while_no_server_runs(tmp_path, capsys):
    folder = str(tmp_path / "data")
    run(["create", "source", "site", "--data", folder], environ={})
    capsys.readouterr()

    code = run(["env", "ory", "--data", folder], environ={})

    out, err = capsys.readouterr()
    assert (1, "") == (code, out)
    assert "headwater serve" in err


def test_a_key_of_a_project_is_enough_to_ask(env_ory, api):
    api.refuse("GET", "/api/status", status=403, reason="This is a project's key.")

    assert 0 == env_ory()[0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:4433", "http://localhost:4433"),
        ("http://[::1]:4433", "http://localhost:4433"),
        ("http://0.0.0.0:4433", "http://localhost:4433"),
        ("http://localhost:4433/", "http://localhost:4433"),
        ("https://headwater.example.com", "https://headwater.example.com"),
    ],
)
def test_this_machine_is_called_localhost_and_any_other_by_its_name(url, expected):
    assert expected == ory_hosts.home(url)


def test_an_address_elsewhere_is_refused_because_no_label_can_stand_before_it(env_ory, api):
    with pytest.raises(ory_hosts.UsageError, match=r"api\.192\.0\.2\.7.*--url http://NAME"):
        ory_hosts.home("http://192.0.2.7:4433")


def test_where_the_names_resolve_there_is_nothing_to_say():
    assert [] == ory_hosts.advice("http://localhost:4433", slug="s", resolve=lambda _name: "127.0.0.1")


def test_where_they_do_not_resolve_it_says_which_line_helps_and_what_does_without_it():
    said = ory_hosts.advice("http://localhost:4433", slug="brave-ada", resolve=lambda _name: None)

    assert "api.localhost does not resolve" in said[0]
    assert "  127.0.0.1 api.localhost project.localhost brave-ada.projects.localhost" == said[1]
    assert "  alias ory='HTTP_PROXY=http://127.0.0.1:4433 ory'" == said[-1]


def test_a_server_elsewhere_is_asked_for_by_the_address_its_own_name_has():
    known = {"headwater.test": "192.0.2.7"}

    said = ory_hosts.advice("https://headwater.test", slug="s", resolve=known.get)
    assert "  192.0.2.7 api.headwater.test project.headwater.test s.projects.headwater.test" == said[-1]
