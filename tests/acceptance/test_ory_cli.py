"""Ory's own command line, unmodified, against a real server: what its guides have people type works here.

Takes the binary from ORY_BIN or the PATH. `test_ory_cli_replayed.py` replays what it sends where there is none.
"""

import json
import sys

import pytest
import yaml

from acceptance.conftest import segment_hook
from acceptance.ory_cli import NONE_HERE, PROJECT_KEY, WORKSPACE_KEY, Ory, binary_or_none

pytestmark = pytest.mark.skipif(binary_or_none() is None, reason=NONE_HERE)

AFTER_REGISTRATION = "/selfservice/flows/registration/after"


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="module")
def owner(shared_headwater, homes):
    """Somebody with a key of the workspace."""
    return Ory(shared_headwater, homes / "owner")


@pytest.fixture(scope="module")
def ada(shared_headwater, homes):
    """Somebody with a key of the first project, and of nothing else."""
    return Ory(shared_headwater, homes / "ada", only_project(shared_headwater), "--project-key")


@pytest.fixture
def project(shared_headwater):
    """The first project's id; its identity-config is as new again afterwards."""
    project_id = only_project(shared_headwater)
    before = shared_headwater.api("GET", f"/projects/{project_id}")
    yield project_id
    restored = [{"op": "replace", "path": f"/{key}", "value": before[key]} for key in ("name", "services")]
    shared_headwater.api("PATCH", f"/projects/{project_id}", restored)


def only_project(headwater):
    return headwater.api("GET", "/api/status")["project"]["id"]


def config_of(headwater, project_id):
    return headwater.api("GET", f"/projects/{project_id}")["services"]["identity"]["config"]


# -- The guide --


def test_the_guides_command_with_a_key_of_the_workspace_lands_and_its_action_fires(
    shared_headwater, owner, project, receiver
):
    hook = {"hook": "web_hook", "config": segment_hook(receiver.url, "a-write-key")}
    owner.file("webhook-action.json", hook)

    printed = owner.shell(
        f"""ory patch identity-config --project {project} \\
          --add "{AFTER_REGISTRATION}/hooks/0=$(cat webhook-action.json)" \\
          --format yaml"""
    )

    [shown] = yaml.safe_load(printed)["selfservice"]["flows"]["registration"]["after"]["hooks"]
    assert receiver.url == shown["config"]["url"]
    assert shown["config"]["auth"]["config"]["user"].startswith("secret://")
    person = shared_headwater.register("grace@example.com")["identity"]["id"]
    assert [{"userId": person, "traits": {"email": "grace@example.com"}}] == receiver.wait_until(len, "the Action")


def test_the_guides_command_is_as_good_bare_with_a_key_of_the_project(ada, project, receiver):
    ada.file("webhook-action.json", {"hook": "web_hook", "config": segment_hook(receiver.url, "a-write-key")})

    printed = ada.shell(
        f"""ory patch identity-config \\
          --add "{AFTER_REGISTRATION}/password/hooks/0=$(cat webhook-action.json)" \\
          --format yaml"""
    )

    hooks = yaml.safe_load(printed)["selfservice"]["flows"]["registration"]["after"]["password"]["hooks"]
    assert ["web_hook", "session"] == [hook["hook"] for hook in hooks]


def test_a_warning_is_told_beside_the_document_and_the_patch_has_worked(ada, project, receiver):
    hook = json.dumps({"hook": "web_hook", "config": segment_hook(receiver.url, "a-write-key")})

    done = ada("patch", "identity-config", "--add", f"{AFTER_REGISTRATION}/hooks/0={hook}", "--format", "json")

    assert "Warnings were found." in done.stderr
    assert "nobody can sign up" in done.stderr
    assert json.loads(done.stdout)["selfservice"]["flows"]["registration"]["after"]["hooks"]


# -- identity-config --


def test_adds_come_before_replaces_and_those_before_removes_whatever_was_typed_first(ada, project):
    flags = ("--remove", "/session/lifespan", "--replace", '/session/lifespan="2h"', "--add", '/session/lifespan="1h"')

    assert "lifespan" not in json.loads(ada("patch", "ic", *flags, "--format", "json").stdout)["session"]


def test_what_get_prints_can_be_edited_and_put_back_with_update(shared_headwater, owner, project):
    config = yaml.safe_load(owner("get", "identity-config", "--project", project, "--format", "yaml").stdout)
    assert config_of(shared_headwater, project) == config
    config["session"]["lifespan"] = "36h"

    owner.file("edited.json", config)
    done = owner("update", "identity-config", "--project", project, "--file", "edited.json", "--format", "json")

    assert config == json.loads(done.stdout) == config_of(shared_headwater, project)


def test_update_takes_several_files_one_upon_the_other(shared_headwater, ada, project):
    ada.file("whole.json", ada.json("get", "identity-config"))
    ada.file("part.json", {"selfservice": {"flows": {"login": {"lifespan": "45m"}}}})

    ada("update", "identity-config", "--file", "whole.json", "--file", "part.json")

    flows = config_of(shared_headwater, project)["selfservice"]["flows"]
    assert ("45m", "1h") == (flows["login"]["lifespan"], flows["registration"]["lifespan"])


def test_files_in_values_are_embedded_before_they_are_sent(shared_headwater, ada, project):
    (ada.home / "identify.jsonnet").write_text("function(ctx) {userId: ctx.identity.id}")
    hook = segment_hook("https://crm.test/", "a-write-key", body=f"file://{ada.home / 'identify.jsonnet'}")

    ada(
        "patch",
        "identity-config",
        "--add",
        f"{AFTER_REGISTRATION}/hooks/0={json.dumps({'hook': 'web_hook', 'config': hook})}",
    )

    [stored] = config_of(shared_headwater, project)["selfservice"]["flows"]["registration"]["after"]["hooks"]
    assert stored["config"]["body"].startswith("base64://")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--add", "/selfservice/flowz={}"), "Did you mean 'flows'?"),
        (("--add", '/selfservice/flows/login/lifespan="1 fortnight"'), "/selfservice/flows/login/lifespan"),
        (("--add", f'{AFTER_REGISTRATION}/hooks/0={{"hook":"web_hok"}}'), "web_hok"),
        (("--add", f'{AFTER_REGISTRATION}/hooks/7={{"hook":"session"}}'), "index 7 is past its end"),
        (("--remove", "/nothing/there"), "There is nothing at"),
        (("--replace", '/session/lifespan="2h"', "--remove", "/nothing/there"), "There is nothing at"),
    ],
)
def test_a_refused_patch_says_why_and_changes_nothing(shared_headwater, ada, project, flags, said):
    before = config_of(shared_headwater, project)

    done = ada("patch", "identity-config", *flags, code=1)

    assert said in done.stderr
    assert "this error should never be printed" not in done.stderr
    assert before == config_of(shared_headwater, project)


# -- Projects and workspaces --


def test_the_workspace_and_its_projects_are_listed(shared_headwater, owner, project):
    status = shared_headwater.api("GET", "/api/status")

    assert [status["workspace"]["id"]] == [one["id"] for one in owner.json("list", "workspaces")]
    assert status["project"]["slug"] in owner("list", "projects").stdout
    assert project == owner.json("get", "project", project)["id"]


def test_a_new_project_is_there_at_once_and_apart(shared_headwater, owner, ada, homes, project):
    made = owner.json("create", "project", "--name", "Second", "--environment", "stage")
    second = Ory(shared_headwater, homes / "second", made["id"], "--project-key")
    ada.file("bob.json", {"schema_id": "preset://email", "traits": {"email": "bob@example.com"}})
    ada("import", "identities", "bob.json")

    assert ("Second", "stage") == (made["name"], made["environment"])
    assert made["slug"] in owner("list", "projects").stdout
    second("patch", "identity-config", "--replace", '/session/lifespan="7h"')
    assert "7h" != config_of(shared_headwater, project)["session"]["lifespan"]
    assert [] == second.json("list", "identities")["identities"]
    assert "bob@example.com" in [one["traits"]["email"] for one in ada.json("list", "identities")["identities"]]


def test_a_project_is_renamed_and_found_by_the_beginning_of_its_slug(shared_headwater, owner, project):
    slug = shared_headwater.api("GET", "/api/status")["project"]["slug"]

    owner("patch", "project", slug[:8], "--replace", '/name="Renamed"')

    assert "Renamed" == shared_headwater.api("GET", f"/projects/{project}")["name"]


def test_a_project_is_put_back_as_it_was_printed_with_what_was_edited(shared_headwater, ada, project):
    whole = ada.json("get", "project")
    whole["services"]["identity"]["config"]["session"]["lifespan"] = "5h"

    ada("update", "project", "--file", ada.file("project.json", whole), "--name", "Edited")

    after = shared_headwater.api("GET", f"/projects/{project}")
    assert ("Edited", "5h") == (after["name"], after["services"]["identity"]["config"]["session"]["lifespan"])


def test_a_patch_of_the_project_comes_from_a_file(shared_headwater, ada, project):
    patch = [{"op": "replace", "path": "/services/identity/config/session/lifespan", "value": "6h"}]

    ada("patch", "project", "--file", ada.file("patch.json", patch))

    assert "6h" == config_of(shared_headwater, project)["session"]["lifespan"]


def test_a_project_that_is_not_there_is_said_so(owner):
    done = owner("get", "project", "00000000-0000-4000-8000-000000000000", code=1)

    assert "There is no project" in done.stderr


def test_an_event_stream_to_an_endpoint_is_made_listed_and_deleted(owner, project):
    of = ("--project", project)
    made = owner.json("create", "event-stream", *of, "--type", "https", "--https-endpoint", "https://crm.test/events")

    [listed] = owner.json("list", "event-streams", *of)
    assert (made["id"], "https", "https://crm.test/events") == (listed["id"], listed["type"], listed["https_endpoint"])
    owner("delete", "event-stream", made["id"], *of)
    assert not owner.json("list", "event-streams", *of)


def test_what_headwater_is_not_is_refused_in_words(owner, project):
    topic = ("--aws-sns-topic-arn", "arn:aws:sns:us-east-1:1:t", "--aws-iam-role-arn", "arn:aws:iam::1:role/r")

    assert "https" in owner("create", "event-stream", "--project", project, "--type", "sns", *topic, code=1).stderr
    assert "organizations" in owner("create", "organization", "Org", "--project", project, code=1).stderr
    assert "one workspace" in owner("create", "workspace", "--name", "Other", code=1).stderr


# -- People --


def test_people_are_imported_listed_shown_and_deleted(ada, project):
    people = [{"schema_id": "preset://email", "traits": {"email": f"{name}@example.org"}} for name in ("eve", "dan")]
    imported = ada.json("import", "identities", ada.file("people.json", people))
    ids = {one["traits"]["email"].partition("@")[0]: one["id"] for one in imported}  # told in no order
    eve, dan = ids["eve"], ids["dan"]

    assert {eve, dan} <= {one["id"] for one in ada.json("list", "identities")["identities"]}
    assert {"email": "eve@example.org"} == ada.json("get", "identity", eve)["traits"]
    assert "password" in ada.json("get", "identity", eve, "-i", "oidc")["credentials"]
    assert f"{eve}\n{dan}\n" == ada("delete", "identity", eve, dan, "--quiet").stdout
    assert "no identity with this id" in ada("get", "identity", eve, code=1).stderr


def test_people_come_in_pages_each_of_them_once(ada, project):
    people = [{"schema_id": "preset://email", "traits": {"email": f"page{n}@example.org"}} for n in range(3)]
    ada.json("import", "identities", ada.file("pages.json", people))

    everybody = [one["id"] for one in ada.json("list", "identities")["identities"]]
    token, seen = "", []
    while True:
        page = ada.json("list", "identities", "--page-size", "1", "--page-token", token)
        seen += [one["id"] for one in page["identities"]]
        token = page.get("next_page_token", "")
        if not token:
            break

    assert everybody == seen


def test_of_people_who_can_not_be_imported_each_is_told(ada, project):
    people = [
        {"schema_id": "preset://email", "traits": {"email": email}} for email in ("no address", "kim@example.org")
    ]

    done = ada("import", "identities", ada.file("some.json", people), code=1)

    assert "Enter a valid email address" in done.stderr
    assert "some.json[0]" in done.stderr
    assert "kim@example.org" in ada("list", "identities").stdout


# -- Keys --


def test_a_key_of_another_project_opens_nothing_here(shared_headwater, owner, homes, project):
    made = owner.json("create", "project", "--name", "Mallory's")
    mallory = Ory(shared_headwater, homes / "mallory", made["id"], "--project-key")
    key = mallory.variables[PROJECT_KEY]

    mallory.without_key().variables |= {WORKSPACE_KEY: key, "ORY_PROJECT": project}
    done = mallory("get", "identity-config", code=1)

    assert "belongs to another project" in done.stderr


def test_a_revoked_key_is_said_to_be_one(shared_headwater, homes, project):
    late = Ory(shared_headwater, homes / "late", project, "--project-key")
    [*_, newest] = shared_headwater.api("GET", "/api/keys")["keys"]
    shared_headwater.cli("delete", "key", newest["id"])

    assert "revoked" in late("list", "projects", code=1).stderr


def test_without_a_key_it_is_told_which_to_set(shared_headwater, homes, project):
    nobody = Ory(shared_headwater, homes / "nobody", project).without_key()
    # What it calls to open a browser: one that goes where it is sent. Like a browser, it is not waited for.
    browser = nobody.home / "bin" / "xdg-open"
    page = "import os, sys, httpx; os.environ['NO_PROXY'] = '127.0.0.1'; httpx.get(sys.argv[1], follow_redirects=True)"
    browser.write_text(f'#!/bin/sh\n"{sys.executable}" -c "{page}" "$1" >/dev/null 2>&1 &\n')
    browser.chmod(0o700)

    done = nobody("list", "projects", code=1)

    assert "access_denied: Headwater signs nobody in" in done.stderr
    assert "ORY_WORKSPACE_API_KEY" in done.stderr
