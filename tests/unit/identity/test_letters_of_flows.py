"""What flows tell the courier beside the code: the app's own payload, and the headers an operator allow-listed."""

import pytest
from identity_stage import ADA, GRACE, PASSWORD, Stage, register, start_native
from login_stage import native, password_of, with_codes
from login_stage import send as log_in
from sqlalchemy import select

from headwater.core.secrets import Sealer
from headwater.identity.courier import contents
from headwater.store.tables import courier_messages

PAYLOAD = {"lang": "de"}
HEADERS = {"User-Agent": "Ada's phone", "Authorization": "Basic x", "X-Secret": "s", "X-Tenant": "t"}


@pytest.fixture
async def stage(tmp_path):
    stage = await Stage(tmp_path).open()
    stage.revise(with_codes)
    stage.revise(with_posted_mail)
    yield stage
    await stage.close()


def with_posted_mail(whole):
    """Have mail posted to somebody, so that everything a message was made of is kept for it."""
    request = {"url": "http://127.0.0.1:9/mail", "method": "POST", "body": "base64://ZnVuY3Rpb24oY3R4KSBjdHg="}
    whole["courier"] = {"delivery_strategy": "http", "http": {"request_config": request}}
    whole["selfservice"]["flows"]["verification"]["enabled"] = True
    whole["selfservice"]["methods"]["password"] = {"enabled": True}
    whole["clients"] = {"web_hook": {"header_allowlist": ["User-Agent", "X-Tenant", "Cookie", "Authorization"]}}


async def letter(stage, template_type):
    """Return what the newest message of this type was made of."""
    newest = courier_messages.c.created_at_ms.desc()
    wanted = select(courier_messages).where(courier_messages.c.template_type == template_type).order_by(newest)
    row = await stage.database.read(lambda connection: connection.execute(wanted).first())
    return contents.unseal(row.sealed, message_id=row.id, sealer=Sealer(stage.key))


async def test_a_sign_ups_payload_is_in_the_mail_that_verifies_its_address(stage, client):
    await register(client, ADA, transient_payload=PAYLOAD)
    assert (await letter(stage, "verification_code_valid")).template_data["transient_payload"] == PAYLOAD


async def test_a_sign_up_without_one_has_an_empty_payload(stage, client):
    await register(client, ADA)
    assert (await letter(stage, "verification_code_valid")).template_data["transient_payload"] == {}


async def test_a_new_addresss_payload_is_in_the_mail_that_verifies_it(stage, client):
    done = await register(client, ADA)
    stage.clock.advance(1)
    owner = {"X-Session-Token": done["session_token"]}
    flow = (await client.get("/self-service/settings/api", headers=owner)).json()
    body = {"method": "profile", "traits": {**ADA, "email": GRACE["email"]}, "transient_payload": PAYLOAD}
    answer = await client.post(f"/self-service/settings?flow={flow['id']}", json=body, headers=owner)
    assert answer.status_code == 200, answer.text
    sent = (await letter(stage, "verification_code_valid")).template_data
    assert (sent["to"], sent["transient_payload"]) == (GRACE["email"], PAYLOAD)


async def test_a_logins_payload_is_in_the_mail_that_it_has_to_wait_for(stage, client):
    await register(client, ADA)
    stage.clock.advance(1)
    hook = {"hook": "require_verified_address"}
    stage.revise(lambda whole: whole["selfservice"]["flows"]["login"]["after"].update({"hooks": [hook]}))
    body = {**password_of(ADA["email"], PASSWORD), "transient_payload": PAYLOAD}
    answer = await log_in(client, await native(client), body)
    assert answer.status_code == 403, answer.text
    assert (await letter(stage, "verification_code_valid")).template_data["transient_payload"] == PAYLOAD


async def test_codes_to_sign_up_and_in_come_with_the_allowed_headers_and_nothing_that_signs_in(stage, client):
    flow = await start_native(client)
    body = {"method": "code", "traits": ADA}
    path = f"/self-service/registration?flow={flow['id']}"
    answer = await client.post(path, json=body, headers=HEADERS)
    assert answer.json()["state"] == "sent_email"
    allowed = {"User-Agent": ["Ada's phone"], "X-Tenant": ["t"]}
    assert (await letter(stage, "registration_code_valid")).request_headers == allowed

    await register(client, GRACE)
    asked = {"method": "code", "identifier": GRACE["email"]}
    answer = await log_in(client, await native(client), asked, **HEADERS)
    assert answer.json()["state"] == "sent_email"
    assert (await letter(stage, "login_code_valid")).request_headers == allowed
