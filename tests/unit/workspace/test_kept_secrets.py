"""A kept secret goes back to whom it was written for, and to nobody else. Mallory may patch, and knows no value."""

from datetime import UTC, datetime

import pytest

from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.core.errors import BadRequestError
from headwater.core.secrets import Sealer
from headwater.workspace import json_patch, kept_secrets, projects, secret_places

CRM = "https://crm.example/hook"
IDP = "https://idp.example"
ROOT = "/services/identity/config"
BEARER = {"X-Api-Key": "hush-header"}
PROVIDERS = f"{ROOT}/selfservice/methods/oidc/config/providers"
HOOKS = f"{ROOT}/selfservice/flows/login/after/hooks"
MIGRATION = f"{ROOT}/selfservice/methods/password/config/migrate_hook/config"


def web_hook(url=CRM):
    return {
        "hook": "web_hook",
        "config": {
            "url": url,
            "auth": {"type": "basic_auth", "config": {"user": "hush-user", "password": "hush-password"}},
            "headers": dict(BEARER),
            "signing": {"type": "standard_webhooks", "secrets": ["hush-key-1", "hush-key-2"]},
        },
    }


def provider():
    return {"id": "p", "provider": "generic", "issuer_url": IDP, "client_secret": "hush-client"}


def everything():
    request = web_hook()["config"]
    return {
        "selfservice": {
            "flows": {"login": {"after": {"hooks": [web_hook()]}}},
            "methods": {
                "oidc": {"config": {"providers": [provider()]}},
                "password": {"config": {"migrate_hook": {"config": web_hook()["config"]}}},
                "captcha": {"config": {"cf_turnstile": {"sitekey": "shown", "secret": "hush-captcha"}}},
            },
        },
        "courier": {
            "smtp": {"connection_uri": "smtp://hush-smtp@mail", "headers": {"X-Token": "hush-mail"}},
            "http": {"request_config": request},
            "channels": [{"id": "sms", "request_config": web_hook()["config"]}],
        },
        "serve": {"public": {"tls": {"key": {"base64": "hush-tls"}, "cert": {"base64": "shown"}}}},
        "secrets": {"cookie": ["hush-cookie"], "default": "hush-default"},
    }


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
async def database(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    yield database
    database.close()


class Patched:
    """A project, and what becomes of it when somebody patches it."""

    def __init__(self, database, clock) -> None:
        self.database, self.clock, self.sealer = database, clock, Sealer(b"k" * 32)
        self.project = None

    async def begin(self, config):
        made = await self.database.write(lambda c: projects.create(c, "p", identity_config={}, clock=self.clock))
        self.project = made
        await self.patch({"op": "add", "path": ROOT, "value": config})
        return self

    async def patch(self, *operations):
        document = json_patch.apply(self.project.document, list(operations))
        self.project = await self.database.write(
            lambda c: projects.save(c, self.project, document, clock=self.clock, sealer=self.sealer)
        )

    async def refusal(self, *operations):
        with pytest.raises(BadRequestError) as caught:
            await self.patch(*operations)
        assert "hush" not in caught.value.message + str(caught.value.context)
        return caught.value.message

    async def revealed(self):
        return await self.database.read(lambda c: projects.reveal(c, self.project, sealer=self.sealer))


@pytest.fixture
async def patched(database, clock):
    return await Patched(database, clock).begin(everything())


def replaced(path, value):
    return {"op": "replace", "path": path, "value": value}


async def test_no_secret_stands_in_the_document_or_on_the_disk(patched, tmp_path):
    assert "hush" not in str(patched.project.document)
    assert b"hush" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert everything() == await patched.revealed()


async def test_what_is_shown_may_be_written_back_whole(patched):
    await patched.patch(replaced(ROOT, patched.project.identity_config))

    assert everything() == await patched.revealed()


async def test_a_key_written_back_first_is_the_old_one_beside_the_new_one(patched):
    (old, _) = patched.project.identity_config["selfservice"]["flows"]["login"]["after"]["hooks"][0]["config"][
        "signing"
    ]["secrets"]
    await patched.patch(replaced(f"{HOOKS}/0/config/signing/secrets", ["hush-new", old]))
    revealed = await patched.revealed()

    assert ["hush-new", "hush-key-1"] == revealed["selfservice"]["flows"]["login"]["after"]["hooks"][0]["config"][
        "signing"
    ]["secrets"]


async def test_a_hook_keeps_its_secrets_in_another_flow_and_at_another_path_of_its_receiver(patched):
    elsewhere = f"{ROOT}/selfservice/flows/registration/after/hooks"
    await patched.patch(
        {"op": "move", "from": HOOKS, "path": elsewhere},
        replaced(f"{elsewhere}/0/config/url", "https://CRM.example:443/other?x=1"),
    )
    revealed = await patched.revealed()

    hook = revealed["selfservice"]["flows"]["registration"]["after"]["hooks"][0]["config"]
    assert "hush-password" == hook["auth"]["config"]["password"]


@pytest.mark.parametrize(
    "url",
    [
        "https://mallory.example/hook",
        "http://crm.example/hook",
        "https://crm.example:8443/hook",
        "https://crm.example@mallory.example/",
        "https://crm.example.mallory.example/",
        "https://[::1/",
        "https://crm.example:x/",
        "",
    ],
)
@pytest.mark.parametrize("place", [f"{HOOKS}/0/config", MIGRATION, f"{ROOT}/courier/channels/0/request_config"])
async def test_mallory_can_not_turn_a_hook_with_its_secrets_to_another_host(patched, place, url):
    message = await patched.refusal(replaced(f"{place}/url", url))

    assert "written for another receiver" in message


STOLEN = {
    "a hook's password": f"{HOOKS}/0/config/auth/config/password",
    "a header": f"{HOOKS}/0/config/headers/X-Api-Key",
    "a signing key": f"{HOOKS}/0/config/signing/secrets/0",
    "the migration hook's user": f"{MIGRATION}/auth/config/user",
    "a channel's password": f"{ROOT}/courier/channels/0/request_config/auth/config/password",
    "the mail server": f"{ROOT}/courier/smtp/connection_uri",
    "a client secret": f"{PROVIDERS}/0/client_secret",
    "a cookie secret": f"{ROOT}/secrets/cookie/0",
    "a default secret": f"{ROOT}/secrets/default",
}
MALLORYS = {"hook": "web_hook", "config": {"url": "https://mallory.example/", "headers": {}}}


@pytest.mark.parametrize("operation", ["copy", "move"])
@pytest.mark.parametrize("stolen", STOLEN.values(), ids=STOLEN.keys())
async def test_mallory_can_not_copy_a_secret_into_a_hook_of_their_own(patched, operation, stolen):
    await patched.refusal(
        {"op": "add", "path": f"{HOOKS}/-", "value": MALLORYS},
        {"op": operation, "from": stolen, "path": f"{HOOKS}/1/config/headers/Authorization"},
    )


@pytest.mark.parametrize("stolen", STOLEN.values(), ids=STOLEN.keys())
async def test_mallory_can_not_have_a_secret_sent_to_them_by_mail(patched, stolen):
    """A mail's headers are read by whoever it is sent to. Not even the mail server's own password may stand there."""
    header = f"{ROOT}/courier/smtp/headers/X-Secret-Of-Somebody"
    message = await patched.refusal(
        {"op": "copy", "from": stolen, "path": header},
        {"op": "remove", "path": f"{ROOT}/courier/smtp/headers/X-Token"},
        replaced(f"{ROOT}/courier/smtp/connection_uri", "smtp://mallory.example"),
        {"op": "add", "path": f"{ROOT}/courier/smtp/url", "value": CRM},
    )

    assert message.startswith(header.removeprefix(ROOT))


@pytest.mark.parametrize(
    "change",
    [
        {"issuer_url": "https://mallory.example"},
        {"token_url": "https://mallory.example/token"},
        {"provider": "github"},
    ],
    ids=["issuer", "token endpoint", "kind"],
)
async def test_mallory_can_not_send_a_client_secret_to_another_provider(patched, change):
    shown = patched.project.identity_config["selfservice"]["methods"]["oidc"]["config"]["providers"][0]

    await patched.refusal(replaced(f"{PROVIDERS}/0", {**shown, **change, "url": CRM}))


async def test_a_test_operation_answers_no_guess_of_a_secret(patched):
    for path in STOLEN.values():
        guess = {"op": "test", "path": path, "value": "hush-password"}
        with pytest.raises(json_patch.PatchError) as caught:
            await patched.patch(guess)
        assert "hush" not in caught.value.message


async def test_a_secret_copied_to_where_none_is_expected_stays_a_reference(patched):
    await patched.patch(
        {"op": "copy", "from": STOLEN["a hook's password"], "path": f"{HOOKS}/0/config/headers/Accept"},
        {"op": "copy", "from": STOLEN["a hook's password"], "path": f"{ROOT}/cookies"},
    )
    revealed = await patched.revealed()

    assert revealed["cookies"].startswith("secret://")
    assert revealed["selfservice"]["flows"]["login"]["after"]["hooks"][0]["config"]["headers"]["Accept"].startswith(
        "secret://"
    )


@pytest.mark.parametrize("value", [12345, 1.5, {"12345": "x"}, [{"12345": 1}]])
async def test_a_secret_that_is_no_text_is_refused_rather_than_kept_in_clear(patched, value):
    message = await patched.refusal(replaced(f"{MIGRATION}/auth/config/password", value))

    assert message.startswith(MIGRATION.removeprefix(ROOT) + "/auth/config/password")
    assert "must be a text" in message
    assert "12345" not in message


async def test_a_secret_hidden_in_a_list_is_kept_apart_too(patched):
    await patched.patch(
        replaced(f"{MIGRATION}/auth/config/password", [["hush-deep"]]),
        replaced(f"{ROOT}/secrets/odd", [["hush-deeper"]]),
    )

    assert "hush" not in str(patched.project.document)


async def test_a_reference_is_stored_and_shown_as_it_stands(patched):
    path = f"{HOOKS}/0/config/auth/config/password"
    await patched.patch(replaced(path, "env:CRM_PASSWORD"), replaced(f"{ROOT}/courier/smtp/connection_uri", "file:/x"))
    shown = patched.project.identity_config
    known = {"env:CRM_PASSWORD": "hush-1", "file:/x": "secret://not-looked-up"}
    revealed = await patched.database.read(
        lambda c: projects.reveal(
            c, patched.project, sealer=patched.sealer, read=lambda _place, reference: known[reference]
        )
    )

    hook = shown["selfservice"]["flows"]["login"]["after"]["hooks"][0]["config"]
    assert ("env:CRM_PASSWORD", "file:/x") == (
        hook["auth"]["config"]["password"],
        shown["courier"]["smtp"]["connection_uri"],
    )
    assert "secret://not-looked-up" == revealed["courier"]["smtp"]["connection_uri"]
    assert (
        "hush-1"
        == revealed["selfservice"]["flows"]["login"]["after"]["hooks"][0]["config"]["auth"]["config"]["password"]
    )


async def test_a_secret_sealed_by_an_earlier_release_still_opens(patched):
    project_id = patched.project.id
    sealed = patched.sealer.seal(b"hush-old", context=f"project-secret:{project_id}")
    (place,) = [one for one in secret_places.every(everything()) if one.name == "client_secret"]

    assert "hush-old" == kept_secrets._open(sealed, project_id, place, sealer=patched.sealer)
