"""What operators do to people, told to a receiver that is down meanwhile: the real server, command line and queue."""

import json
from base64 import b64encode

from acceptance.action_log import wait_for_state
from acceptance.conftest import segment_hook

WRITE_KEY = "write-key-0123456789"
BODY = "function(ctx) {what: ctx.trigger, who: ctx.identity.id, email: ctx.identity.traits.email}"


def removals(bodies):
    return [body["who"] for body in bodies if body["what"] == "identity.deleted"]


def test_an_import_goes_through_while_its_receiver_is_down_and_everybody_is_told_of(headwater, receiver, tmp_path):
    body = "base64://" + b64encode(BODY.encode()).decode()
    hook = {"hook": "web_hook", "config": segment_hook(receiver.url, WRITE_KEY, id="crm", body=body)}
    lists = json.dumps({"created": {"hooks": [hook]}, "deleted": {"hooks": [hook]}})
    headwater.cli("patch", "identity-config", "--add", f"/identity/after={lists}")
    receiver.status = 500
    people = tmp_path / "people.jsonl"
    people.write_text("".join(json.dumps({"traits": {"email": f"p{n}@example.com"}}) + "\n" for n in range(3)))
    headwater.cli("import", "identities", str(people))
    wait_for_state(headwater, "retrying", flow="identity")
    receiver.status = 200

    told = receiver.wait_until(lambda bodies: len({body["who"] for body in bodies}) == 3, "everybody who was made")
    assert {"p0@example.com", "p1@example.com", "p2@example.com"} == {body["email"] for body in told}
    assert {"identity.created"} == {body["what"] for body in told}
    first = wait_for_state(headwater, "delivered", flow="identity")
    assert ("crm", "queued") == (first["action_id"], first["mode"])
    opened = json.loads(headwater.cli("get", "action-delivery", first["trigger_id"], "--format", "json").stdout)
    assert ("identity.created", False) == (opened["context"]["trigger"], "flow" in opened["context"])

    headwater.cli("delete", "identity", first["identity_id"])
    told = receiver.wait_until(removals, "who was removed")  # others may still be told again of who was made
    assert [first["identity_id"]] == removals(told)
