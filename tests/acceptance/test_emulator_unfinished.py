"""What is not over when it is looked at, or when the next test begins."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from emulator_stage import IDENTIFY, emulator, running_emulator, send

from headwater.testing import NotSettledError, RefusedError

__all__ = ["emulator", "running_emulator"]

HOOK = "https://crm.example.com/"
PASSWORD = "correct horse battery staple"
SOON_SECONDS = 5.0


def test_a_sign_up_that_hangs_leaves_nothing_in_the_next_test(emulator):
    emulator.add_action("function(ctx) {who: ctx.identity.id}", url=HOOK)
    emulator.fail("crm.example.com", "hang", times=None)
    said = []

    def sign_up():
        with pytest.raises(RefusedError) as caught:
            emulator.register("ada@example.com")
        said.append(caught.value.answered)

    signing_up = threading.Thread(target=sign_up)
    signing_up.start()
    emulator.wait_until(emulator.identities)

    began = time.monotonic()
    emulator.reset()

    assert time.monotonic() - began < SOON_SECONDS
    signing_up.join(SOON_SECONDS)
    assert [500] == [status // 100 * 100 for status in said]
    assert ([], [], []) == (emulator.requests(), emulator.identities(), emulator.events(source="identity"))
    emulator.register("ada@example.com")


def test_a_message_that_hangs_leaves_nothing_in_the_next_test(emulator):
    posting = {"url": HOOK, "method": "POST", "body": "base64://ZnVuY3Rpb24oY3R4KSB7dG86IGN0eC5yZWNpcGllbnR9"}
    courier = {"delivery_strategy": "http", "http": {"request_config": posting}}
    emulator.patch_identity_config({"op": "add", "path": "/courier", "value": courier})
    emulator.fail("crm.example.com", "hang", times=None)
    emulator.register("ada@example.com")
    emulator.settle_seconds = 0.2
    with pytest.raises(NotSettledError, match="1 messages to be sent"):
        emulator.mails()

    emulator.reset()
    emulator.settle_seconds = 10.0

    assert ([], []) == (emulator.requests(), emulator.mails())
    emulator.register("ada@example.com")
    emulator.assert_mailed("ada@example.com", times=1)


def test_who_waits_hears_which_receiver_hangs_and_what_to_do(emulator):
    emulator.create_destination("webhook", {"url": HOOK}, name="CRM")
    emulator.fail("CRM", "hang")
    send(emulator, "track", userId="ada", event="Order Completed")
    emulator.settle_seconds = 0.2

    with pytest.raises(NotSettledError, match=r"CRM, a receiver, crm\.example\.com, that hangs until the .* by 10 s"):
        emulator.requests()


def test_fifty_clients_at_once_are_all_there_and_gone_after_a_reset(emulator):
    emulator.create_destination("webhook", {"url": HOOK}, name="CRM")
    emulator.add_action(IDENTIFY)
    emails = [f"p{number}@example.com" for number in range(50)]

    with ThreadPoolExecutor(50) as clients:
        ids = {one.id for one in clients.map(emulator.register, emails)}

    assert (50, ids) == (len(emulator.requests("CRM")), {event["userId"] for event in emulator.events()})
    assert sorted(emails) == sorted(mail["recipient"] for mail in emulator.mails())
    emulator.reset()
    assert ([], [], [], []) == (emulator.requests(), emulator.events(), emulator.mails(), emulator.identities())


def test_what_an_action_sends_later_is_there_when_it_is_looked_for(emulator):
    emulator.add_action("function(ctx) {how: 'ignored'}", url=f"{HOOK}ignored", response={"ignore": True})
    emulator.add_action("function(ctx) {how: 'queued'}", url=f"{HOOK}queued", response={"on_error": "queue"})
    emulator.fail(f"{HOOK}queued", "refuse", times=2)

    emulator.register("ada@example.com")
    emulator.clock.advance("1h")

    emulator.assert_called(f"{HOOK}ignored", body={"how": "ignored"}, status=200, times=1)
    emulator.assert_called(f"{HOOK}queued", body={"how": "queued"}, failure="The connection was refused.", times=2)
    emulator.assert_called(f"{HOOK}queued", status=200, times=1)
    emulator.assert_nothing_else_left()


def test_an_event_stream_of_the_project_is_kept_like_a_destination(emulator):
    stream = {"type": "https", "https_endpoint": "https://stream.example.com/in"}
    emulator.api("POST", f"/projects/{emulator.project}/eventstreams", stream)

    ada = emulator.register("ada@example.com")

    emulator.assert_called("stream.example.com", body={"event": "Signed Up", "userId": ada.id}, times=1)


def test_windows_close_by_the_emulated_clock(emulator):
    emulator.create_destination("webhook", {"url": HOOK}, name="CRM")
    ada = emulator.register("ada@example.com", PASSWORD)
    emulator.clock.freeze("2030-01-01T00:00:00Z")
    emulator.fail("CRM", 429, headers={"retry-after": "60"})
    send(emulator, "track", userId="ada", event="Clicked")

    emulator.clock.advance(59)
    emulator.assert_called("CRM", times=1)
    emulator.clock.advance(2)
    emulator.assert_called("CRM", status=200, times=1)

    emulator.clock.resume()
    token = emulator.login("ada@example.com", PASSWORD).session_token
    assert 200 == _change_password(emulator, token)
    emulator.clock.advance("2h")
    assert 403 == _change_password(emulator, token)
    assert ada.id == emulator.identities()[0]["id"]


def _change_password(emulator, token):
    """Return what setting a new password, for which a session has to be fresh, is answered."""
    headers = {"x-session-token": token}
    flow = emulator._connection.ask("GET", "/self-service/settings/api", headers=headers)
    form = {"method": "password", "password": f"{PASSWORD} again"}
    return emulator._connection.send("POST", f"/self-service/settings?flow={flow['id']}", form, headers=headers).status
