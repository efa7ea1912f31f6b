"""`import kratos-config` from the command line to the stored document, on the same app that `serve` runs."""

import base64
import json

import kratos_stage
import pytest
from scripted_api import scripted_api

from headwater.actions.chain import Trigger, after
from headwater.cli import kratos_file
from headwater.cli.app import run

HOOK = {
    "hook": "web_hook",
    "config": {
        "url": "https://crm.example.org/",
        "method": "POST",
        "body": "base64://" + base64.b64encode(b"function(ctx) {id: ctx.identity.id}").decode(),
    },
}


def headwater(capsys, *arguments, data):
    code = run([*arguments, "--data", str(data)], environ={})
    out, err = capsys.readouterr()
    return code, out, err


def imported(capsys, file, *flags, data):
    code, out, err = headwater(capsys, "import", "kratos-config", file, "--format", "json", *flags, data=data)
    return code, json.loads(out) if out else None, err


def stored(capsys, data):
    _, out, _ = headwater(capsys, "get", "identity-config", "--format", "json", data=data)
    return json.loads(out)


async def prepare(folder, document, **options):
    return await kratos_file.prepare(kratos_stage.write(folder, document), **options)


def test_a_quickstart_of_kratos_loads_unchanged(tmp_path, capsys):
    code, document, err = imported(capsys, kratos_stage.write(tmp_path), data=tmp_path / "data")

    outcomes = {one["path"]: one["outcome"] for one in document["keys"]}
    config = stored(capsys, tmp_path / "data")
    assert (0, True) == (code, document["stored"])
    assert "Stored as the identity-config" in err
    assert "SELFSERVICE_" in err
    assert {"/selfservice/methods/totp": "kept", "/dsn": "setting", "/secrets": "left out"}.items() <= outcomes.items()
    assert "unknown" not in outcomes.values()
    assert "10m" == config["selfservice"]["flows"]["login"]["lifespan"]
    assert {"issuer": "Ada & Co"} == config["selfservice"]["methods"]["totp"]["config"]
    assert config["courier"]["smtp"]["connection_uri"].startswith("secret://")
    assert "NEVER-TELL" not in json.dumps([config, document])


def test_a_dry_run_says_the_same_and_leaves_no_trace(tmp_path, capsys):
    code, document, err = imported(capsys, kratos_stage.write(tmp_path), "--dry-run", data=tmp_path / "data")

    assert (0, False, None) == (code, document["stored"], document["refusal"])
    assert "A dry run: nothing was stored." in err
    assert not (tmp_path / "data").exists()


def test_what_the_server_refuses_leaves_the_old_document_as_it_was(tmp_path, capsys):
    good, bad = kratos_stage.quickstart(), kratos_stage.quickstart()
    bad["selfservice"]["flows"]["login"]["lifespan"] = "soon"
    data = tmp_path / "data"
    imported(capsys, kratos_stage.write(tmp_path, good), data=data)

    code, document, err = imported(capsys, kratos_stage.write(tmp_path, bad), data=data)

    assert (1, False) == (code, document["stored"])
    assert "Nothing was stored. /selfservice/flows/login/lifespan must be a duration" in err
    assert "10m" == stored(capsys, data)["selfservice"]["flows"]["login"]["lifespan"]


def test_a_dry_run_is_refused_what_the_real_one_is(tmp_path, capsys):
    bad = kratos_stage.quickstart()
    bad["serve"]["public"]["cors"]["allowed_origins"] = ["*"]

    code, document, _ = imported(capsys, kratos_stage.write(tmp_path, bad), "--dry-run", data=tmp_path / "data")

    assert 1 == code
    assert document["refusal"].startswith("/serve/public/cors/allowed_origins can't be *")
    assert "Name the origins" in document["refusal"]


def test_the_table_begins_with_what_needs_attention(tmp_path, capsys):
    bad = kratos_stage.quickstart()
    bad["selfservice"]["flows"]["login"] |= {"lifespn": "1h", "before": []}

    code, out, err = headwater(
        capsys, "import", "kratos-config", kratos_stage.write(tmp_path, bad), data=tmp_path / "data"
    )

    heading, first, second, *_ = out.splitlines()
    assert 1 == code
    assert ["OUTCOME", "PATH", "ADVICE"] == heading.split()
    assert first.startswith("refused   /selfservice/flows/login/before")
    assert second.startswith("unknown   /selfservice/flows/login/lifespn")
    assert "Nothing was stored. /selfservice/flows/login/before must be" in err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["verify_new_address", "notify_previous_addresses"])
async def test_hooks_about_addresses_come_along(tmp_path, name):
    document = kratos_stage.quickstart()
    document["selfservice"]["flows"]["settings"]["after"] = {"profile": {"hooks": [{"hook": name}]}}
    prepared = await prepare(tmp_path, document)

    assert [] == list(prepared.refusals)
    assert [{"hook": name}] == prepared.document["selfservice"]["flows"]["settings"]["after"]["profile"]["hooks"]


async def test_the_password_migration_hook_comes_along_with_its_jsonnet(tmp_path):
    (tmp_path / "ask.jsonnet").write_text("function(ctx) {who: ctx.identifier, password: ctx.password}")
    document = kratos_stage.quickstart()
    hook = {"enabled": True, "config": {"url": "https://old.example.org/check", "body": "file://./ask.jsonnet"}}
    document["selfservice"]["methods"]["password"]["config"] = {"migrate_hook": hook}
    prepared = await prepare(tmp_path, document)

    taken = prepared.document["selfservice"]["methods"]["password"]["config"]["migrate_hook"]
    assert [] == list(prepared.refusals)
    assert (taken["enabled"], taken["config"]["url"]) == (True, "https://old.example.org/check")
    assert taken["config"]["body"].startswith("base64://")


async def test_hooks_before_a_flow_and_hooks_that_may_stop_one_come_along(tmp_path):
    document = kratos_stage.quickstart()
    stops = {**HOOK, "config": {**HOOK["config"], "response": {"parse": True}}}
    interrupts = {**HOOK, "config": {**HOOK["config"], "can_interrupt": True}}
    flows = document["selfservice"]["flows"]
    flows["recovery"]["before"] = {"hooks": [HOOK]}
    flows["registration"]["after"]["password"]["hooks"] = [stops, {"hook": "session"}, interrupts]

    prepared = await prepare(tmp_path, document)

    after_registration = prepared.document["selfservice"]["flows"]["registration"]["after"]
    assert [] == list(prepared.refusals)
    assert [stops, {"hook": "session"}, interrupts] == after_registration["password"]["hooks"]


async def test_what_is_left_out_is_named_by_its_place_in_the_file(tmp_path):
    document = kratos_stage.quickstart()
    hooks = [{"hook": "session", "config": {"number": number}} for number in range(12)]
    document["selfservice"]["flows"]["registration"]["after"]["password"]["hooks"] = hooks
    place = "/selfservice/flows/registration/after/password/hooks"

    prepared = await prepare(tmp_path, document, without=[f"{place}/{number}" for number in (10, 2, 9)])

    left = prepared.document["selfservice"]["flows"]["registration"]["after"]["password"]["hooks"]
    assert [0, 1, 3, 4, 5, 6, 7, 8, 11] == [hook["config"]["number"] for hook in left]


@pytest.mark.parametrize("path", ["selfservice", "/selfservice/flows/nowhere", "/identity/schemas/7", "/dsn/x", "/"])
def test_leaving_out_what_is_not_there_is_a_slip_that_is_told(tmp_path, capsys, path):
    file = kratos_stage.write(tmp_path)

    code, _, err = headwater(capsys, "import", "kratos-config", file, "--leave-out", path, data=tmp_path / "data")

    assert 2 == code
    assert "--leave-out" in err


@pytest.mark.parametrize("flow", ["registration", "login", "settings"])
async def test_orys_rule_about_the_global_list_is_kept_for_a_loaded_file(tmp_path, flow):
    """In Kratos the hook of `password` silences the global web hook; in a document of ours it would not."""
    own = {"registration": "session", "login": "require_verified_address", "settings": "revoke_active_sessions"}[flow]
    document = kratos_stage.quickstart()
    lists = {"password": {"hooks": [{"hook": own}]}, "hooks": [HOOK, {"hook": "show_verification_ui"}]}
    document["selfservice"]["flows"][flow]["after"] = lists

    prepared = await prepare(tmp_path, document)

    chains = {
        method: after(prepared.document, Trigger(flow=flow, method=method))
        for method in ("password", "oidc", "passkey")
    }
    assert 1 == len(after(document, Trigger(flow=flow, method="password")).inline)  # what would have been
    assert 0 == len(chains["password"].inline)
    assert [1, 1] == [len(chains[method].inline) for method in ("oidc", "passkey")]
    assert lists["hooks"] == prepared.document["selfservice"]["flows"][flow]["after"]["oidc"]["hooks"]
    changed = [one for one in prepared.findings if one.outcome == "changed"]
    assert [f"/selfservice/flows/{flow}/after/hooks"] == [one.path for one in changed]
    assert "in Kratos the hooks of password silence" in changed[0].advice


async def test_a_global_list_that_both_rules_read_alike_stays_where_it_is(tmp_path):
    document = kratos_stage.quickstart()
    lists = {"password": {"hooks": [HOOK, {"hook": "session"}]}, "hooks": [HOOK]}
    document["selfservice"]["flows"]["registration"]["after"] = lists

    prepared = await prepare(tmp_path, document)

    assert lists == prepared.document["selfservice"]["flows"]["registration"]["after"]
    assert [] == [one for one in prepared.findings if one.outcome == "changed"]


async def test_a_hook_that_does_nothing_where_it_stands_silences_nothing(tmp_path):
    document = kratos_stage.quickstart()
    lists = {"password": {"hooks": [{"hook": "require_verified_address"}]}, "hooks": [HOOK]}
    document["selfservice"]["flows"]["registration"]["after"] = lists

    prepared = await prepare(tmp_path, document)

    assert lists == prepared.document["selfservice"]["flows"]["registration"]["after"]


def test_warnings_of_the_server_are_shown(tmp_path, capsys):
    document = kratos_stage.quickstart()
    document["selfservice"]["flows"]["registration"]["after"] = {"password": {"hooks": [HOOK, {"hook": "session"}]}}

    code, printed, err = imported(capsys, kratos_stage.write(tmp_path, document), "--dry-run", data=tmp_path / "data")

    assert 0 == code
    assert {"hook_can_fail_sign_up", "method_not_offered"} == {warning["id"] for warning in printed["warnings"]}
    assert "warning: " in err


async def test_what_is_on_the_network_is_fetched_when_asked_for(tmp_path):
    with scripted_api() as api:
        api.answer("GET", "/ada.json", json.dumps(kratos_stage.SCHEMA).encode())
        document = kratos_stage.quickstart()
        document["identity"]["schemas"][0]["url"] = f"{api.url}/ada.json"

        prepared = await prepare(tmp_path, document, may_fetch=True)

    url = prepared.document["identity"]["schemas"][0]["url"]
    assert kratos_stage.SCHEMA == json.loads(base64.b64decode(url.removeprefix("base64://")))


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [(b"no", 404, "answered with 404"), (b" " * 300_000, 200, "larger than 256 KiB")],
    ids=["missing", "large"],
)
async def test_what_cannot_be_fetched_keeps_the_file_from_being_stored(tmp_path, content, status, said):
    with scripted_api() as api:
        api.answer("GET", "/ada.json", content, status=status)
        document = kratos_stage.quickstart()
        document["identity"]["schemas"][0]["url"] = f"{api.url}/ada.json"

        prepared = await prepare(tmp_path, document, may_fetch=True)

    assert [said in one.advice for one in prepared.refusals] == [True]


@pytest.mark.parametrize("arguments", [[], ["a.yml", "-"]], ids=["none", "two"])
def test_one_file_is_imported_not_none_and_not_two(tmp_path, capsys, arguments):
    code, _, err = headwater(capsys, "import", "kratos-config", *arguments, data=tmp_path / "data")

    assert (2, True) == (code, "Name one file" in err)


def test_a_file_that_is_not_there_is_one_line(tmp_path, capsys):
    code, out, err = headwater(capsys, "import", "kratos-config", str(tmp_path / "gone.yml"), data=tmp_path / "data")

    assert (1, "", 1) == (code, out, len(err.splitlines()))
    assert "gone.yml can't be read" in err
