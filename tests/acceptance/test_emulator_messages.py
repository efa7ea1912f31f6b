"""What an emulator sends to people: nothing leaves, and every word can be read, whichever way it was to go."""

import base64

from emulator_stage import emulator, running_emulator

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
