"""What a kratos.yml names is embedded; what it has no business with is never read."""

import base64
import json
from pathlib import Path

import kratos_stage
import pytest

from headwater.cli import kratos_file, kratos_files
from headwater.cli.kratos_files import Files, UnreadableFileError

SECRET = "the key of Ada's diary"
CLAIMS = "local claims = std.extVar('claims'); {claims: claims}"


@pytest.fixture
def folder(tmp_path):
    kratos_stage.write(tmp_path / "conf")
    (tmp_path / "diary.txt").write_text(SECRET)
    return tmp_path / "conf"


def with_schema_at(url):
    document = kratos_stage.quickstart()
    document["identity"]["schemas"][0]["url"] = url
    return document


def decoded(url):
    assert url.startswith("base64://")
    return base64.b64decode(url.removeprefix("base64://")).decode()


async def prepare(folder, document, **options):
    return await kratos_file.prepare(kratos_stage.write(folder, document), **options)


@pytest.mark.parametrize(
    "url",
    [
        "file://identity.schema.json",
        "file://./identity.schema.json",
        "file:///etc/config/kratos/identity.schema.json",  # a container's path
        "file://contrib/somewhere/conf/identity.schema.json",  # relative to where Kratos was started
        "file://identity%2Eschema.json",
        "identity.schema.json",
    ],
)
async def test_a_schema_is_embedded_wherever_kratos_found_it(folder, url):
    prepared = await prepare(folder, with_schema_at(url))

    assert [] == prepared.refusals
    assert kratos_stage.SCHEMA == json.loads(decoded(prepared.document["identity"]["schemas"][0]["url"]))


@pytest.mark.parametrize(
    "url",
    [
        "file://../diary.txt",
        "file://conf/../../diary.txt",
        "file://{outside}/diary.txt",
        "file://link.txt",
        "../diary.txt",
    ],
)
async def test_mallory_cannot_have_a_file_outside_the_folder_read(folder, url):
    (folder / "link.txt").symlink_to(folder.parent / "diary.txt")

    prepared = await prepare(folder, with_schema_at(url.replace("{outside}", str(folder.parent))))

    assert ["/identity/schemas/0/url"] == [one.path for one in prepared.refusals]
    assert "--allow-path" in prepared.refusals[0].advice
    assert SECRET not in str(prepared)
    assert base64.b64encode(SECRET.encode()).decode() not in str(prepared)


async def test_a_folder_that_was_allowed_is_read(folder):
    document = with_schema_at(f"file://{folder.parent}/shared/people.json")
    (folder.parent / "shared").mkdir()
    (folder.parent / "shared" / "people.json").write_text(json.dumps(kratos_stage.SCHEMA))

    refused = await prepare(folder, document)
    allowed = await prepare(folder, document, allowed=[folder.parent / "shared"])

    assert 1 == len(refused.refusals)
    assert [] == allowed.refusals


@pytest.mark.parametrize("name", ["gone.json", "", "/", "%00", "."])
def test_what_is_no_file_is_refused_in_a_sentence(folder, name):
    with pytest.raises(UnreadableFileError, match=r"names no file|is not there"):
        Files(folder).find("file://" + name)


def test_a_device_is_no_file(folder):
    with pytest.raises(UnreadableFileError, match="is not there"):
        Files(folder, allowed=[Path("/dev")]).find("file:///dev/zero")


def test_a_file_without_end_is_read_to_the_limit_only(folder):
    (folder / "large.json").write_bytes(b" " * (kratos_files.MAX_BYTES + 1))
    files = Files(folder)

    with pytest.raises(UnreadableFileError, match="larger than 256 KiB"):
        files.read(files.find("large.json"))


def test_many_files_cannot_add_up_to_too_much(folder):
    (folder / "large.json").write_bytes(b" " * kratos_files.MAX_BYTES)
    files = Files(folder)
    found = files.find("large.json")
    for _ in range(16):
        files.read(found)

    with pytest.raises(UnreadableFileError, match="in all"):
        files.read(found)


async def test_a_provider_of_social_sign_in_comes_along_with_its_mapper_and_every_key_has_its_word(folder):
    document = kratos_stage.quickstart()
    (folder / "google.jsonnet").write_text(CLAIMS)
    provider = {
        "id": "google",
        "provider": "google",
        "client_id": "ada",
        "client_secret": "NEVER-TELL",
        "mapper_url": "file://google.jsonnet",
        "organization_id": "acme",
        "pkse": "force",
    }
    document["selfservice"]["methods"]["oidc"] = {"enabled": True, "config": {"providers": [provider]}}

    prepared = await prepare(folder, document)

    (stored,) = prepared.document["selfservice"]["methods"]["oidc"]["config"]["providers"]
    place = "/selfservice/methods/oidc/config/providers/0"
    outcomes = {one.path: one.outcome for one in prepared.findings if one.path.startswith(place)}
    assert CLAIMS == decoded(stored["mapper_url"])
    assert "pkse" not in stored
    assert "NEVER-TELL" == stored["client_secret"]
    assert "NEVER-TELL" not in str(prepared.findings)
    assert {
        place: "taken",
        f"{place}/mapper_url": "embedded",
        f"{place}/organization_id": "kept",
        f"{place}/pkse": "unknown",
    } == outcomes


async def test_jsonnet_templates_and_key_sets_are_embedded_where_they_stand(folder):
    document = kratos_stage.quickstart()
    (folder / "hook.jsonnet").write_text("function(ctx) {userId: ctx.identity.id}")
    (folder / "jwks.json").write_text('{"keys": []}')
    (folder / "claims.jsonnet").write_text(CLAIMS)
    hook = {
        "hook": "web_hook",
        "config": {"url": "https://crm.example.org/", "method": "POST", "body": "file://hook.jsonnet"},
    }
    document["selfservice"]["flows"]["login"]["after"] = {"password": {"hooks": [hook]}}
    document["session"] = {
        "whoami": {
            "tokenizer": {
                "templates": {"api": {"jwks_url": "file://jwks.json", "claims_mapper_url": "file://claims.jsonnet"}}
            }
        }
    }
    document["courier"]["templates"] = {"recovery_code": {"valid": {"email": {"subject": "file://hook.jsonnet"}}}}

    prepared = await prepare(folder, document)

    stored = prepared.document
    template = stored["session"]["whoami"]["tokenizer"]["templates"]["api"]
    assert [] == prepared.refusals
    assert CLAIMS == decoded(template["claims_mapper_url"])
    assert '{"keys": []}' == decoded(template["jwks_url"])
    assert "ctx.identity" in decoded(
        stored["selfservice"]["flows"]["login"]["after"]["password"]["hooks"][0]["config"]["body"]
    )
    assert "ctx.identity" in decoded(stored["courier"]["templates"]["recovery_code"]["valid"]["email"]["subject"])
    assert 5 == sum(one.outcome == "embedded" for one in prepared.findings)


async def test_a_folder_of_templates_becomes_part_of_the_document(folder):
    document = kratos_stage.quickstart()
    document["courier"]["template_override_path"] = "/conf/courier-templates"
    document["courier"]["templates"] = {"recovery_code": {"valid": {"email": {"subject": "base64://aGk="}}}}
    for name in (
        "recovery_code/valid/email.subject.gotmpl",
        "recovery_code/valid/email.body.gotmpl",
        "recovery_code/valid/email.body.plaintext.gotmpl",
        "recovery_code/valid/sms.body.gotmpl",
        "verifiable_address_changed/email.subject.gotmpl",
        "otp/sms.body.gotmpl",
    ):
        place = folder / "courier-templates" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"this is {name}")

    prepared = await prepare(folder, document)

    courier = prepared.document["courier"]
    code = courier["templates"]["recovery_code"]["valid"]
    assert "template_override_path" not in courier
    assert "this is recovery_code/valid/email.body.gotmpl" == decoded(code["email"]["body"]["html"])
    assert "this is recovery_code/valid/email.body.plaintext.gotmpl" == decoded(code["email"]["body"]["plaintext"])
    assert "this is recovery_code/valid/sms.body.gotmpl" == decoded(code["sms"]["body"]["plaintext"])
    assert "hi" == decoded(code["email"]["subject"])  # what the file says itself wins, as in Kratos
    changed = courier["templates"]["verifiable_address_changed"]
    assert "this is verifiable_address_changed/email.subject.gotmpl" == decoded(changed["email"]["subject"])
    assert any("otp/sms.body.gotmpl" in one.advice for one in prepared.findings if one.outcome == "left out")


async def test_a_link_in_the_template_folder_leads_nowhere(folder):
    document = kratos_stage.quickstart()
    document["courier"]["template_override_path"] = "templates"
    place = folder / "templates" / "recovery_code" / "valid" / "email.body.gotmpl"
    place.parent.mkdir(parents=True)
    place.symlink_to(folder.parent / "diary.txt")

    prepared = await prepare(folder, document)

    assert ["/courier/template_override_path"] == [one.path for one in prepared.refusals]
    assert base64.b64encode(SECRET.encode()).decode() not in str(prepared)


async def test_nothing_is_fetched_unless_asked_for(folder):
    prepared = await prepare(folder, with_schema_at("https://schemas.example.org/ada.json"))

    assert ["/identity/schemas/0/url"] == [one.path for one in prepared.refusals]
    assert "--fetch" in prepared.refusals[0].advice


async def test_jsonnet_that_the_server_fetches_itself_is_left_to_it_unless_asked_for(folder):
    document = with_schema_at("file://identity.schema.json")
    request = {"url": "https://crm.example.org/", "method": "POST", "body": "https://jsonnet.example.org/a.jsonnet"}
    hooks = [{"hook": "web_hook", "config": request}]
    document["selfservice"]["flows"] = {"login": {"after": {"hooks": hooks}}}
    document["courier"] = {"channels": [{"id": "sms", "type": "http", "request_config": request}]}

    prepared = await prepare(folder, document)

    assert prepared.refusals == []
    assert prepared.document["selfservice"]["flows"]["login"]["after"]["hooks"] == hooks
    told = [one.path for one in prepared.findings if "--fetch" in one.advice]
    assert told == [
        "/selfservice/flows/login/after/hooks/0/config/body",
        "/courier/channels/0/request_config/body",
    ]
