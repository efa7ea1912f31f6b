"""DESIGN decision 14, over the whole surface: no read, error or log line shows what a configuration keeps secret."""

import base64
import json

import pytest
import structlog

from fresh_rooms import client_of, fresh_rooms
from headwater.cli import app as command_line

KEY = base64.b64encode(b"hunter2-signing-key-of-32-bytes!").decode()
OTHER_KEY = base64.b64encode(b"hunter2-another-signing-key-of-ours").decode()
BODY = "base64://" + base64.b64encode(b"function(ctx) {}").decode()
CONFIG = "/services/identity/config"
HOOKS = f"{CONFIG}/selfservice/flows/login/after/hooks"
MAPPER = (
    "base64://"
    + base64.b64encode(b"local claims = std.extVar('claims'); {identity: {traits: {email: claims.email}}}").decode()
)
BASIC = {"type": "basic_auth", "config": {"user": "hunter2-user", "password": "hunter2-password"}}
API_KEY = {"type": "api_key", "config": {"name": "X-Tenant", "value": "hunter2-api-key", "in": "header"}}


def request(auth, **more):
    return {"url": "https://crm.example/", "method": "POST", "body": BODY, "auth": auth, **more}


def hook(auth, **more):
    return {"hook": "web_hook", "config": request(auth, response={"ignore": True}, **more)}


SIGNING = {"type": "standard_webhooks", "secrets": ["whsec_" + KEY, OTHER_KEY]}
PATCH = {
    f"{HOOKS}/0": hook(BASIC, headers={"X-Secret-Header": "hunter2-header"}, signing=SIGNING),
    f"{HOOKS}/1": hook(API_KEY),
    f"{CONFIG}/selfservice/methods/password/config/migrate_hook": {"enabled": False, "config": request(BASIC)},
    f"{CONFIG}/courier/smtp/connection_uri": "smtp://u:hunter2-smtp@mail.example/",
    f"{CONFIG}/courier/channels": [{"id": "sms", "type": "http", "request_config": request(API_KEY, signing=SIGNING)}],
    f"{CONFIG}/selfservice/methods/oidc/config/providers": [
        {
            "id": "acme",
            "provider": "generic",
            "client_id": "x",
            "client_secret": "hunter2-client",
            "issuer_url": "https://idp.example",
            "mapper_url": MAPPER,
        }
    ],
    f"{CONFIG}/secrets/cookie": ["hunter2-cookie"],
    f"{CONFIG}/dsn": "postgres://kratos:hunter2-database@db.example/kratos",
}
CLEAR = ("hunter2", KEY, OTHER_KEY, base64.b64encode(b"hunter2-user:hunter2-password").decode())


def shows_nothing(text):
    assert [] == [secret for secret in CLEAR if secret in text], text


@pytest.fixture
def tmp_path(disk_path):
    return disk_path


@pytest.fixture
async def rooms(tmp_path):
    async with fresh_rooms(
        tmp_path, APP_PASSWORD="hunter2-env", APP_KEY="whsec_" + KEY, APP_NO_KEY="hunter2-none"
    ) as built:
        yield built


@pytest.fixture
async def client(rooms):
    async with client_of(rooms, authorization="Bearer token") as made:
        yield made


@pytest.fixture
def lines():
    """What the logger writes, whatever the level."""
    with structlog.testing.capture_logs() as captured:
        yield captured


def added(**values):
    return [{"op": "add", "path": path, "value": value} for path, value in values.items()]


async def patched(client, rooms, *operations):
    answer = await client.patch(f"/projects/{rooms.installation.project.id}", json=list(operations))
    shows_nothing(answer.text)
    return answer


async def test_no_answer_of_the_api_and_no_line_of_the_logger_shows_a_secret(client, rooms, lines):
    answer = await patched(client, rooms, *added(**PATCH))
    assert 200 == answer.status_code, answer.text
    project = rooms.installation.project

    for path in ("/projects", f"/projects/{project.id}", f"/projects/{project.slug}", "/workspaces", "/api/status"):
        shows_nothing((await client.get(path)).text)
    revealed = json.dumps((await rooms.projects.default.live()).identity)
    assert all(secret in revealed for secret in ("hunter2-user", "hunter2-api-key", "hunter2-client", KEY))
    shows_nothing(str(lines))


BAD = {
    "a guess by test": {"op": "test", "path": f"{HOOKS}/0/config/auth/config/password", "value": "hunter2-password"},
    "a test of a whole hook": {"op": "test", "path": f"{HOOKS}/0", "value": PATCH[f"{HOOKS}/0"]},
    "a line break": {"op": "replace", "path": f"{HOOKS}/1/config/auth/config/value", "value": "hunter2\n"},
    "no key": {"op": "replace", "path": f"{HOOKS}/0/config/signing/secrets/0", "value": "hunter2"},
    "three keys": {"op": "add", "path": f"{HOOKS}/0/config/signing/secrets/-", "value": "whsec_" + KEY},
    "a wrong kind of key": {"op": "replace", "path": f"{HOOKS}/0/config/signing/type", "value": "hunter3"},
    "no mail server": {"op": "replace", "path": f"{CONFIG}/courier/smtp/connection_uri", "value": "http://hunter2"},
    "a number": {
        "op": "replace",
        "path": f"{CONFIG}/selfservice/methods/password/config/migrate_hook/config/auth/config/password",
        "value": {"hunter2": 2},
    },
    "another receiver": {"op": "replace", "path": f"{HOOKS}/0/config/url", "value": "https://mallory.example/"},
    "the same twice": {"op": "copy", "from": f"{HOOKS}/0", "path": f"{HOOKS}/-"},
    "an unknown type": {"op": "replace", "path": f"{HOOKS}/0/config/auth/type", "value": "oauth"},
    "a URL with a password": {"op": "replace", "path": f"{HOOKS}/0/config/url", "value": "https://u:hunter2@x.test"},
    "a client secret that is no text": {
        "op": "replace",
        "path": f"{CONFIG}/selfservice/methods/oidc/config/providers/0/client_secret",
        "value": ["hunter2"],
    },
    "a key of Apple that is none": {
        "op": "add",
        "path": f"{CONFIG}/selfservice/methods/oidc/config/providers/0/apple_private_key",
        "value": "hunter2",
    },
    "a variable that is no key": {
        "op": "replace",
        "path": f"{HOOKS}/0/config/signing/secrets/0",
        "value": "env:APP_NO_KEY",
    },
    "a variable that is no mail server": {
        "op": "replace",
        "path": f"{CONFIG}/courier/smtp/connection_uri",
        "value": "env:APP_NO_KEY",
    },
}


async def test_no_refusal_shows_a_secret(client, rooms, lines):
    await patched(client, rooms, *added(**PATCH))
    answers = {name: await patched(client, rooms, operation) for name, operation in BAD.items()}

    assert dict.fromkeys(BAD, 400) == {name: answer.status_code for name, answer in answers.items()}
    shows_nothing(str(lines))


async def test_a_signing_key_that_is_none_is_refused_with_the_way_to_make_one(client, rooms):
    value = hook(BASIC, signing={"type": "standard_webhooks", "secrets": ["whsec_short"]})
    answer = await patched(client, rooms, *added(**{f"{HOOKS}/0": value}))

    message = answer.json()["error"]["message"]
    assert "/selfservice/flows/login/after/hooks/0/config/signing/secrets/0" in message
    assert "echo whsec_$(head -c 32 /dev/urandom | base64 -w0)" in message


async def test_a_secret_by_reference_is_shown_as_it_stands_and_runs_with_its_value(client, rooms, tmp_path):
    (tmp_path / "key").write_text("whsec_" + KEY + "\n")
    references = ["env:APP_KEY", f"file:{tmp_path}/key"]
    value = hook(
        {"type": "basic_auth", "config": {"user": "ada", "password": "env:APP_PASSWORD"}},
        signing={"type": "standard_webhooks", "secrets": references},
    )
    answer = await patched(client, rooms, *added(**{f"{HOOKS}/0": value}))
    shown = answer.json()["project"]["services"]["identity"]["config"]
    runs = (await rooms.projects.default.live()).identity

    def first(config):
        return config["selfservice"]["flows"]["login"]["after"]["hooks"][0]["config"]

    assert "env:APP_PASSWORD" == first(shown)["auth"]["config"]["password"]
    assert references == first(shown)["signing"]["secrets"]
    assert "hunter2-env" == first(runs)["auth"]["config"]["password"]
    assert ["whsec_" + KEY] * 2 == first(runs)["signing"]["secrets"]


@pytest.mark.parametrize(
    ("reference", "word"),
    [
        ("env:NOT_THERE", "is not set"),
        ("env:HEADWATER_KEY", "may not be read"),
        ("file:/does/not/exist", "does not exist"),
        ("file:/proc/self/environ", "may not be read"),
    ],
)
async def test_a_reference_that_can_not_be_read_is_refused_and_the_place_is_named(client, rooms, reference, word):
    value = hook({"type": "basic_auth", "config": {"user": "ada", "password": reference}})
    answer = await patched(client, rooms, *added(**{f"{HOOKS}/0": value}))

    assert (400, "bad_identity_config") == (answer.status_code, answer.json()["error"]["id"])
    message = answer.json()["error"]["message"]
    assert "/selfservice/flows/login/after/hooks/0/config/auth/config/password" in message
    assert word in message


async def test_mallory_who_may_patch_can_not_name_the_installations_own_key(client, rooms):
    value = hook({"type": "basic_auth", "config": {"user": "ada", "password": f"file:{rooms.folder.path}/secret.key"}})
    answer = await patched(client, rooms, *added(**{f"{HOOKS}/0": value}))

    assert 400 == answer.status_code
    assert "data folder" in answer.text


async def test_a_file_that_is_gone_costs_what_needs_it_and_not_the_configuration(client, rooms, tmp_path, lines):
    (tmp_path / "key").write_text("hunter2-file")
    value = hook({"type": "basic_auth", "config": {"user": "ada", "password": f"file:{tmp_path}/key"}})
    await patched(client, rooms, *added(**{f"{HOOKS}/0": value, f"{HOOKS}/1": hook(API_KEY)}))
    (tmp_path / "key").unlink()
    await rooms.projects.configured()

    running = (await rooms.projects.default.live()).identity
    (line,) = [one for one in lines if one["event"] == "secret_not_readable"]

    hooks = running["selfservice"]["flows"]["login"]["after"]["hooks"]
    assert "hunter2-api-key" == hooks[1]["config"]["auth"]["config"]["value"]
    assert "/selfservice/flows/login/after/hooks/0/config/auth/config/password" == line["path"]
    assert f"file:{tmp_path}/key does not exist" in line["reason"]


@pytest.fixture
def run(tmp_path, capfd):
    """Run the command line without a server, so with everything in this process, and return all that it wrote."""

    def command(*arguments):
        code = command_line.run([*arguments, "--data", str(tmp_path / "cli")], environ={"APP_PASSWORD": "hunter2-env"})
        written = capfd.readouterr()
        return code, written.out + written.err

    yield command
    structlog.reset_defaults()


def test_the_command_line_shows_no_secret(run):
    assert 0 == run("create", "source", "website")[0]
    adds = [word for path, value in PATCH.items() for word in ("--add", f"{path[len(CONFIG) :]}={json.dumps(value)}")]
    patch = ["patch", "identity-config"]

    code, text = run(*patch, *adds)
    assert 0 == code, text
    shows_nothing(text)
    for form in ("yaml", "json", "json-pretty", "jsonpath=selfservice"):
        code, text = run("get", "identity-config", "--format", form)
        assert (0, True) == (code, "secret://" in text)
        shows_nothing(text)
    shows_nothing(run("get", "project")[1])
    shows_nothing(run("list", "projects", "--format", "json")[1])
    code, text = run(*patch, "--replace", f'{HOOKS[len(CONFIG) :]}/1/config/auth/config/value="hunter2\\n"')
    assert (1, True) == (code, "line break" in text)
    shows_nothing(text)


def test_the_command_line_without_a_server_reads_references_as_the_server_would(run):
    run("create", "source", "website")
    path = f"{HOOKS[len(CONFIG) :]}/0"
    value = hook({"type": "basic_auth", "config": {"user": "ada", "password": "env:APP_PASSWORD"}})

    code, text = run("patch", "identity-config", "--add", f"{path}={json.dumps(value)}")

    assert (0, True) == (code, "env:APP_PASSWORD" in text), text
    shows_nothing(text)
