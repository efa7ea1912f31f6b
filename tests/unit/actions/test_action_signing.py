"""An Action may be signed, however it leaves: the official library's receiver takes it, and takes no other."""

import base64
from datetime import UTC, datetime

import msgspec
import pytest
from actions_stage import NOON, Recorder, Stage, web_hook
from standardwebhooks.webhooks import Webhook

from headwater.actions import web_hook_shape
from headwater.actions.errors import ActionFailedError, ActionNotRenderedError
from headwater.actions.problems import ConfigProblem
from headwater.deliver import queued
from headwater.workspace.references import Unread

OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
SIGNING = {"type": "standard_webhooks", "secrets": [NEW, OLD]}
TRIGGER = "Ory-Webhook-Trigger-Id"


def expected(key, headers, body):
    """What the official library signs for this id, time and body."""
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return Webhook(key).sign(headers["webhook-id"], at, body.decode())


def is_signed(headers, body, *, keys=(NEW, OLD)):
    return " ".join(expected(key, headers, body) for key in keys) == headers["webhook-signature"]


async def test_an_inline_hook_is_signed_anew_at_each_attempt_under_one_id(stage: Stage, receiver):
    receiver.will_answer(503, 503, 200)
    await stage.play(web_hook(receiver.url, signing=SIGNING))

    assert [True] * 3 == [is_signed(call.headers, call.body) for call in receiver.calls]
    assert {call.headers[TRIGGER] for call in receiver.calls} == {call.headers["webhook-id"] for call in receiver.calls}
    assert 1 == len({call.headers["webhook-id"] for call in receiver.calls})


class Ticking:
    """A clock on which an hour passes from one look to the next."""

    def __init__(self, clock) -> None:
        self._clock, self._looks = clock, 0

    def now(self):
        self._looks += 1
        return datetime.fromtimestamp(NOON.timestamp() + 3600 * self._looks, UTC)

    def monotonic(self):
        return self._clock.monotonic()

    async def sleep(self, seconds):
        await self._clock.sleep(seconds)


async def test_the_timestamp_is_the_attempts_so_that_a_late_one_is_not_taken_for_a_replay(stage: Stage, receiver):
    receiver.will_answer(503, 200)
    ticking = Stage(stage.runner, stage.database, stage.sealer, Ticking(stage.clock), stage.evaluator)
    await ticking.sending_through(stage.runner._post.sender).play(web_hook(receiver.url, signing=SIGNING))

    first, second = [int(call.headers["webhook-timestamp"]) for call in receiver.calls]
    assert second - first >= 3600


async def test_without_analytics_events_the_signature_still_has_its_id(stage: Stage, receiver):
    await stage.play(web_hook(receiver.url, emit_analytics_event=False, signing=SIGNING))

    (call,) = receiver.calls
    assert TRIGGER not in call.headers
    assert is_signed(call.headers, call.body)


async def test_a_held_hook_is_signed_at_its_first_try_and_again_from_the_queue(stage: Stage, receiver):
    receiver.will_answer(500)
    await stage.play(web_hook(receiver.url, response={"on_error": "queue"}, signing=SIGNING))
    (action,) = await stage.owed_actions()
    later = datetime.fromtimestamp(NOON.timestamp() + 86_400, UTC)
    request = queued.to_request(action, request_id="r", now=later)
    headers = dict(request.headers)

    assert is_signed(receiver.calls[0].headers, receiver.calls[0].body)
    assert is_signed(headers, request.body)
    assert receiver.calls[0].headers["webhook-id"] == headers["webhook-id"] == headers["Ory-Webhook-Trigger-ID"]
    assert str(int(later.timestamp())) == headers["webhook-timestamp"]


async def test_a_queued_hooks_keys_are_sealed_in_what_is_owed(stage: Stage, receiver):
    await stage.play(web_hook(receiver.url, response={"ignore": True}, signing=SIGNING))
    (record,) = await stage.owed()
    (action,) = await stage.owed_actions()

    assert NEW.encode() not in record.body
    assert base64.b64decode(NEW.removeprefix("whsec_")) not in record.body
    assert (NEW, OLD) == action.request.signing_secrets
    assert "webhook-signature" not in dict(action.request.headers)


async def test_a_hook_without_signing_is_not_signed(stage: Stage, receiver):
    await stage.play(web_hook(receiver.url))

    assert "webhook-signature" not in receiver.calls[0].headers


async def test_mallory_who_may_set_headers_can_not_forge_the_id(stage: Stage):
    recorder = Recorder()
    forged = {"Webhook-Id": "always-the-same", "webhook-signature": "v1,forged"}
    await stage.sending_through(recorder).play(web_hook(headers=forged, signing=SIGNING))

    names = [name.lower() for name, _ in recorder.requests[0].headers]
    assert 1 == names.count("webhook-id") == names.count("webhook-signature")
    assert is_signed(dict(recorder.requests[0].headers), recorder.requests[0].body)


GONE = Unread(
    "env:CRM_KEY", "/hooks/0/config/auth/config/value needs a secret that can't be read: env:CRM_KEY is not set"
)
BROKEN = {
    "a password": {"auth": {"type": "basic_auth", "config": {"user": "ada", "password": GONE}}},
    "an API key": {"auth": {"type": "api_key", "config": {"name": "X-Key", "value": GONE, "in": "header"}}},
    "a credential header": {"headers": {"Authorization": GONE}},
    "a signing key": {"signing": {"type": "standard_webhooks", "secrets": [NEW, GONE]}},
}


@pytest.mark.parametrize("config", BROKEN.values(), ids=BROKEN.keys())
async def test_a_hook_whose_named_secret_is_gone_fails_alone_and_sends_no_name_of_it(stage: Stage, capsys, config):
    recorder = Recorder()
    with pytest.raises(ActionNotRenderedError) as caught:
        await stage.sending_through(recorder).play(web_hook(**config))

    assert [] == recorder.requests
    assert "CRM_KEY" not in caught.value.message
    assert "env:CRM_KEY is not set" in capsys.readouterr().out


async def test_a_queued_hook_whose_named_secret_is_gone_lets_people_in_and_the_others_leave(stage: Stage):
    recorder = Recorder()
    broken = web_hook(response={"ignore": True}, **BROKEN["a password"])
    whole = msgspec.structs.replace(web_hook(response={"ignore": True}), path="/other")
    await stage.sending_through(recorder).play(broken, whole)

    assert 1 == len(await stage.owed())


async def test_a_key_that_a_file_no_longer_holds_well_is_no_signature(stage: Stage):
    with pytest.raises(ActionFailedError):
        await stage.play(web_hook(signing={"type": "standard_webhooks", "secrets": ["hunter2"]}))


BAD = [
    ({}, "/signing/type", "missing"),
    ({"type": "standard_webhooks"}, "/signing/secrets", "missing"),
    ({"type": "hmac", "secrets": [NEW]}, "/signing/type", "Allowed: standard_webhooks"),
    ({"type": "standard_webhooks", "secrets": []}, "/signing/secrets", "one key, or of two"),
    ({"type": "standard_webhooks", "secrets": [NEW, OLD, NEW]}, "/signing/secrets", "one key, or of two"),
    ({"type": "standard_webhooks", "secrets": [NEW, 5]}, "/signing/secrets/1", "must be a text"),
    ({"type": "standard_webhooks", "secrets": ["whsec_c2hvcnQ="]}, "/signing/secrets/0", "head -c 32 /dev/urandom"),
    ({"type": "standard_webhooks", "secrets": [NEW, "hunter2!"]}, "/signing/secrets/1", "24 to 64 random bytes"),
    ({"type": "standard_webhooks", "secrets": [NEW], "secret": NEW}, "/signing/secret", "unknown key"),
    ([], "/signing", "must be an object"),
]


@pytest.mark.parametrize(("signing", "path", "word"), BAD)
def test_refuses_a_signature_that_could_not_be_made_and_names_the_place(signing, path, word):
    with pytest.raises(ConfigProblem, match=word) as caught:
        web_hook_shape.check(web_hook(signing=signing).config, path="/hooks/0/config")

    assert f"/hooks/0/config{path}" == caught.value.context["path"]
    assert not [secret for secret in (NEW, OLD, "hunter2", "c2hvcnQ") if secret in str(caught.value.__dict__)]


@pytest.mark.parametrize("secrets", [[NEW], [NEW, OLD], ["secret://kept"], [NEW.removeprefix("whsec_")]])
def test_takes_one_key_or_two(secrets):
    config = web_hook(signing={"type": "standard_webhooks", "secrets": secrets}).config

    web_hook_shape.check(config, path="/hooks/0/config")
