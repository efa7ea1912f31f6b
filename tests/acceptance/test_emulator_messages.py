"""What an emulator sends to people, and asks of others: nothing leaves, every word can be read."""

import base64

from emulator_stage import emulator, running_emulator, send

__all__ = ["emulator", "running_emulator"]

BODY = "base64://" + base64.b64encode(b"function(ctx) {to: ctx.recipient, text: ctx.body}").decode()
PHONE = {
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "phone": {
                    "type": "string",
                    "format": "tel",
                    "ory.sh/kratos": {
                        "credentials": {"password": {"identifier": True}},
                        "verification": {"via": "sms"},
                    },
                }
            },
        }
    },
}


def posting(url):
    return {"url": url, "method": "POST", "body": BODY}


def test_a_message_that_is_posted_can_be_read_and_its_request_too(emulator):
    sms = {"id": "sms", "type": "http", "request_config": posting("https://sms.example.com/")}
    emulator.patch_identity_config({"op": "add", "path": "/courier", "value": {"channels": [sms]}})
    emulator.set_identity_schema(PHONE)

    emulator.register(traits={"phone": "+491701234567"})

    said = emulator.assert_mailed("+491701234567", body="is your verification code")
    emulator.assert_called("sms.example.com", body={"to": "+491701234567", "text": said["body"]}, times=1)


def test_a_mail_server_in_the_configuration_is_never_called(emulator):
    server = {"delivery_strategy": "smtp", "smtp": {"connection_uri": "smtp://u:p@mail.example.com:25/"}}
    emulator.patch_identity_config({"op": "add", "path": "/courier", "value": server})

    emulator.register("ada@example.com")

    emulator.assert_mailed("ada@example.com", body="confirm that this address", times=1)
    emulator.assert_nothing_else_left()


def test_whatever_is_asked_of_others_is_kept_and_no_name_is_looked_up(emulator):
    provider = {
        "id": "own",
        "provider": "generic",
        "client_id": "shop",
        "client_secret": "s",
        "issuer_url": "https://idp.example.com/",
        "mapper_url": "base64://" + base64.b64encode(b"{identity: {traits: {email: 'a@example.com'}}}").decode(),
    }
    methods = {
        "password": {"enabled": True, "config": {"haveibeenpwned_enabled": True}},
        "oidc": {"enabled": True, "config": {"providers": [provider]}},
    }
    fetched = {"hook": "web_hook", "config": {**posting("http://localhost:9/"), "body": "https://tpl.example.com/a"}}
    emulator.patch_identity_config(
        {"op": "add", "path": "/selfservice/methods", "value": methods},
        {"op": "add", "path": "/selfservice/flows/registration/after/hooks", "value": [fetched]},
    )
    emulator.answer("tpl.example.com", body="function(ctx) {}")
    emulator.answer("idp.example.com", json={})
    lake = {"host": "db.example.com", "database": "d", "user": "u", "password": "secret"}
    emulator.create_destination("postgres", lake, name="Rows")

    emulator.register("ada@example.com")
    send(emulator, "track", userId="ada", event="Clicked")
    flow = emulator._connection.ask("GET", "/self-service/login/api")
    form = {"method": "oidc", "provider": "own", "id_token": "e30.e30.AA"}
    emulator._connection.send("POST", f"/self-service/login?flow={flow['id']}", form)

    kept = emulator.requests()
    wanted = {"api.pwnedpasswords.com", "tpl.example.com", "localhost:9", "db.example.com:5432", "idp.example.com"}
    assert wanted <= {one["host"] for one in kept}
    assert {"recorded", "answered"} == {one["how"] for one in kept}
