"""A document that couldn't run is refused before it is stored, with the place that is wrong."""

import base64
import json
from pathlib import Path

import pytest

from headwater.actions.problems import ConfigProblem
from headwater.core.clock import SystemClock
from headwater.identity.config.defaults import default_document
from headwater.mapping import rations
from headwater.mapping.sandbox import Sandbox
from headwater.mapping.sources import Sources
from headwater.mapping.template_files import TemplateFiles
from headwater.wiring.config_check import ConfigCheck
from headwater.workspace import identify_action
from headwater.workspace.references import References


class NoSender:
    """A change of the configuration never goes to the network."""

    async def send(self, request):
        raise AssertionError(request)


NOTHING_READABLE = References(variables={}, names=(), folder=None, data=Path("data"))

GOOD = "local claims = std.extVar('claims');\n{ identity: { traits: { email: claims.email } } }"


@pytest.fixture
async def sandbox():
    sandbox = Sandbox(clock=SystemClock())
    await sandbox.start()
    yield sandbox
    await sandbox.close()


def checking(sandbox, folder=None, clock=None):
    clock = clock or SystemClock()
    sources = Sources(sender=NoSender(), clock=clock, files=TemplateFiles(folder))
    return ConfigCheck(
        sandbox, references=NOTHING_READABLE, sources=sources, clock=clock, public_url="https://people.test"
    )


@pytest.fixture
def check(sandbox):
    return checking(sandbox)


def document(mapper: str) -> dict:
    whole = default_document()
    provider = {
        "id": "acme",
        "provider": "generic",
        "client_id": "headwater",
        "client_secret": "secret",
        "issuer_url": "https://acme.example.org",
        "mapper_url": "base64://" + base64.b64encode(mapper.encode()).decode(),
    }
    whole["selfservice"]["methods"]["oidc"] = {"enabled": True, "config": {"providers": [provider]}}
    return whole


async def test_a_mapper_that_runs_is_taken_without_a_word(check):
    assert await check(document(GOOD)) == []


@pytest.mark.parametrize(
    ("mapper", "where"),
    [
        ("{ identity: { traits: {", "mapper_url:1"),
        ("{\n  identity: { traits: { email: nobody } }\n}", "mapper_url:2"),
        ("claims.email", "mapper_url:1"),
    ],
    ids=["cut off", "an unknown name", "claims without extVar"],
)
async def test_a_mapper_that_is_no_jsonnet_is_refused_with_its_place(check, mapper, where):
    with pytest.raises(ConfigProblem) as refused:
        await check(document(mapper))

    assert "/selfservice/methods/oidc/config/providers/0/mapper_url" in refused.value.message
    assert where in refused.value.message


def with_action(jsonnet: str, *, required: list[str]) -> dict:
    """Return a document whose people may have a name and a consent, with an Action after every registration."""
    whole = default_document()
    traits = {
        "email": {"type": "string", "format": "email"},
        "name": {"type": "string"},
        "consent": {"type": "object", "properties": {"newsletter": {"type": "boolean"}}, "required": ["newsletter"]},
    }
    people = {
        "type": "object",
        "properties": {"traits": {"type": "object", "properties": traits, "required": required}},
    }
    url = "base64://" + base64.b64encode(json.dumps(people).encode()).decode()
    whole["identity"] = {"default_schema_id": "customer", "schemas": [{"id": "customer", "url": url}]}
    config = {"url": "https://crm.test/", "method": "POST", "response": {"ignore": True}}
    config["body"] = "base64://" + base64.b64encode(jsonnet.encode()).decode()
    whole["selfservice"]["flows"]["registration"]["after"]["hooks"] = [{"hook": "web_hook", "config": config}]
    return whole


GUIDE = "function(ctx) {userId: ctx.identity.id, newsletterConsent: ctx.identity.traits.consent.newsletter}"


async def test_the_guide_s_action_is_doubted_where_consent_is_not_required_and_only_there(check):
    [warning] = await check(with_action(GUIDE, required=["email"]))

    assert "jsonnet_member_missing" == warning["id"]
    assert warning["message"].startswith(
        "/selfservice/flows/registration/after/hooks/0/config/body: ctx.identity.traits.consent can be missing here"
        " (trait of schema customer that isn't required); use std.get or std.objectHas"
    )
    assert [] == await check(with_action(GUIDE, required=["email", "consent"]))


async def test_our_own_action_is_doubted_for_no_schema(check):
    for required in ([], ["email"], ["email", "name", "consent"]):
        assert [] == await check(with_action(identify_action.JSONNET, required=required))


async def test_jsonnet_that_fails_for_everybody_is_a_warning_and_one_that_is_none_a_refusal(check):
    [warning] = await check(with_action("function(ctx) {id: ctx.identiy.id}", required=[]))
    assert "jsonnet_fails" == warning["id"]

    with pytest.raises(ConfigProblem):
        await check(with_action("function(ctx) {id: nobody}", required=[]))


def with_bodies(address: str) -> dict:
    """Return a document in which every place that takes Jsonnet names `address`."""
    whole = document(GOOD)
    request = {"url": "https://crm.example.org/", "method": "POST", "body": address}
    whole["selfservice"]["flows"]["registration"]["after"]["hooks"] = [
        {"hook": "web_hook", "config": {**request, "response": {"ignore": True}}}
    ]
    whole["courier"] = {"channels": [{"id": "sms", "type": "http", "request_config": request}]}
    return whole


HOOK = "/selfservice/flows/registration/after/hooks/0/config/body"
CHANNEL = "/courier/channels/0/request_config/body"
MAPPER = "/selfservice/methods/oidc/config/providers/0/mapper_url"


def told(warnings, code):
    return [warning["message"].split()[0] for warning in warnings if warning["id"] == code]


async def test_jsonnet_on_a_server_is_taken_unchecked_with_a_word_and_without_a_call(check):
    warnings = await check(with_bodies("https://jsonnet.example.org/private/hook.jsonnet?key=hunter2"))

    assert told(warnings, "body_not_checked") == [CHANNEL, HOOK]
    assert "jsonnet.example.org" in str(warnings)
    assert "hunter2" not in str(warnings)


async def test_files_are_refused_where_nobody_allowed_a_folder(check):
    with pytest.raises(ConfigProblem, match=r"--template-files DIR") as caught:
        await check(with_bodies("file:///etc/passwd"))
    assert caught.value.context["path"] == CHANNEL


async def test_files_below_the_allowed_folder_are_checked_like_embedded_jsonnet(sandbox, tmp_path):
    check = checking(sandbox, tmp_path)
    (tmp_path / "good.jsonnet").write_text("function(ctx) {}")
    (tmp_path / "bad.jsonnet").write_text("function(ctx) { a: ctx. }")

    assert told(await check(with_bodies("file://good.jsonnet")), "body_not_checked") == []
    assert told(await check(with_bodies("good.jsonnet")), "body_without_scheme") == [CHANNEL, HOOK]
    for bad in ("file://bad.jsonnet", "file://absent.jsonnet"):
        with pytest.raises(ConfigProblem, match=CHANNEL):
            await check(with_bodies(bad))


async def test_a_claims_mapper_in_a_file_is_checked_too(sandbox, tmp_path):
    check = checking(sandbox, tmp_path)
    whole = document(GOOD)
    provider = whole["selfservice"]["methods"]["oidc"]["config"]["providers"][0]
    provider["mapper_url"] = "file://mapper.jsonnet"

    with pytest.raises(ConfigProblem, match=MAPPER):
        await check(whole)
    (tmp_path / "mapper.jsonnet").write_text("{ a: 1")
    with pytest.raises(ConfigProblem, match="not Jsonnet"):
        await check(whole)
    (tmp_path / "mapper.jsonnet").write_text(GOOD)
    await check(whole)


async def test_mail_that_could_never_be_rendered_is_refused(check):
    broken = "base64://" + base64.b64encode(b"function(ctx) {").decode()
    with pytest.raises(ConfigProblem, match=CHANNEL):
        await check(with_bodies(broken))


class Hurried(SystemClock):
    """Each look at it finds a good part of all patience gone."""

    passed = 0.0

    def monotonic(self):
        self.passed += rations.CHECK_SECONDS / 3
        return self.passed


async def test_a_document_of_hooks_that_take_long_to_check_keeps_nobody_waiting_and_says_what_was_left_out(sandbox):
    whole = default_document()
    body = "base64://" + base64.b64encode(b"function(ctx) {}").decode()
    hooks = [
        {"hook": "web_hook", "config": {"url": f"https://crm.test/{number}", "method": "POST", "body": body}}
        for number in range(6)
    ]
    whole["selfservice"]["flows"]["registration"]["after"] = {"hooks": hooks}
    warnings = await checking(sandbox, clock=Hurried())(whole)

    unchecked = [one["message"] for one in warnings if "could not be checked" in one["message"]]
    assert [f"/hooks/{number}/config/body" in text for number, text in zip((3, 4, 5), unchecked, strict=True)] == [
        True
    ] * 3
    assert "took more than 5 s" in unchecked[0]
