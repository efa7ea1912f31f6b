"""What tests of kinds share: an event mapped as the route would, and an answer read."""

import json

from headwater.deliver.destination import Item, check_settings
from headwater.net.outbound import Response


def mapped(kind, event, **settings):
    """Return the payloads of an event, without their actions' names, or why there are none."""
    checked = check_settings(kind, settings)
    found = kind.payloads({"messageId": "m1", **event}, checked)
    return [kind.action_of(payload)[1] for payload in found] if isinstance(found, list) else found


def refusals(kind, event, **settings):
    """Return why payloads of an event are refused: None for each that isn't."""
    checked = check_settings(kind, settings)
    found = [kind.action_of(payload) for payload in kind.payloads({"messageId": "m1", **event}, checked)]
    return [action.refusal(payload, checked) for action, payload in found]


def items_of(*payloads):
    return [Item(payload=payload, message_id=f"m{number}") for number, payload in enumerate(payloads)]


def answer(status, body=b"", **headers):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status=status, body=text, headers=named)
