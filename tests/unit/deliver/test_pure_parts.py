import hashlib
import hmac
import random

import msgspec
import pytest
from delivering import KEY, START, event, webhook
from structlog.testing import capture_logs

from headwater.core.outcomes import Delivered, Filtered, NotAuthorised, Rejected, RetryLater
from headwater.core.secrets import Sealer, UnsealError
from headwater.deliver import catalogue, decide, exchange, patience, queued, schedule
from headwater.deliver.backlog import Job
from headwater.deliver.breaker import Breaker, Standing
from headwater.deliver.catalogue import UnknownKindError
from headwater.deliver.cursor import Cursor
from headwater.deliver.destination import BadDestinationSettingsError, Item, check_settings
from headwater.deliver.destinations.webhook import KIND
from headwater.deliver.destinations.webhook import request as webhook_request
from headwater.deliver.plan import Sendable
from headwater.deliver.tally import Tally
from headwater.deliver.trial import Trial
from headwater.net.address_rules import AddressRules
from headwater.net.outbound import Request, Response


def test_a_cursor_agrees_with_a_set_whatever_the_order():
    offsets = list(range(1, 200))
    for seed in range(20):
        random.Random(seed).shuffle(offsets)
        cursor, settled = Cursor(0), set()
        for offset in offsets[:150]:
            cursor.settle(offset)
            settled.add(offset)
        copy = Cursor(cursor.watermark, cursor.encoded_ranges())
        for offset in range(1, 201):
            assert (offset in settled) == cursor.is_settled(offset) == copy.is_settled(offset)
        for offset in offsets[150:]:
            copy.settle(offset)
        assert (199, b"") == (copy.watermark, copy.encoded_ranges())


def test_a_hole_in_the_log_is_settled_without_counting_through_it():
    cursor = Cursor(0)
    cursor.settle(2, 10_000_000_000)
    assert cursor.watermark == 0
    cursor.settle(1)
    assert cursor.watermark == 10_000_000_000


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 1), (2, 3), (3, 10), (4, 30), (5, 90), (6, 270), (8, 2430), (9, 3600), (5000, 3600)]
)
def test_delays_grow_to_an_hour_and_stay_within_a_fifth(attempts, seconds):
    assert schedule.delay_seconds(attempts, chance=0.5) == pytest.approx(seconds)
    assert schedule.delay_seconds(attempts, chance=0.0) == pytest.approx(seconds * 0.8)
    assert schedule.delay_seconds(attempts, chance=0.9999999) == pytest.approx(seconds * 1.2)


def next_ms(failure, *, now_ms=0, patience=patience.DESTINATION_PATIENCE, attempts=1):
    return schedule.next_attempt_ms(
        failure, attempts=attempts, first_at_ms=0, now_ms=now_ms, patience=patience, chance=0.5
    )


def test_patience_ends_after_four_hours_for_destinations_and_three_days_for_actions():
    hour_ms = 3_600_000
    assert next_ms(RetryLater("x")) == 1_000
    assert next_ms(RetryLater("x", retry_after_seconds=60)) == 60_000
    assert next_ms(RetryLater("x"), now_ms=4 * hour_ms) is None
    assert next_ms(RetryLater("x"), now_ms=71 * hour_ms, patience=patience.ACTION_PATIENCE) is not None
    assert next_ms(RetryLater("x"), now_ms=72 * hour_ms, patience=patience.ACTION_PATIENCE) is None


def failing(breaker, times, *, now):
    for _ in range(times):
        breaker = breaker.failed(now=now)
    return breaker


def test_nine_failures_are_no_outage_and_one_answer_starts_the_count_again():
    breaker = failing(Breaker(answered_at=0.0), 9, now=50.0)
    assert breaker.standing(now=50.0) == Standing.CLOSED
    assert failing(breaker.answered(now=51.0), 9, now=90.0).is_closed
    assert failing(breaker, 1, now=50.0).standing(now=50.0) == Standing.OPEN


def test_a_destination_that_answered_a_moment_ago_is_doubtful_before_it_is_down():
    breaker = failing(Breaker(answered_at=0.0), 10, now=2.0)
    assert breaker.standing(now=9.9) == Standing.DOUBTFUL
    assert breaker.standing(now=10.0) == Standing.OPEN


def test_probes_go_one_two_four_at_a_backoff_that_ends_at_30_seconds():
    breaker, now, found = failing(Breaker(answered_at=0.0), 10, now=100.0), 100.0, []
    for _ in range(6):
        found.append((breaker.probe_count(), breaker.probe_at - now))
        now = breaker.probe_at
        breaker = failing(breaker.probing(), breaker.probe_count(), now=now)
    assert found == [(1, 1.0), (2, 3.0), (4, 10.0), (4, 30.0), (4, 30.0), (4, 30.0)]
    assert breaker.answered(now=now).is_closed


def test_retry_after_postpones_the_next_probe():
    breaker = failing(Breaker(answered_at=0.0), 9, now=0.0).failed(now=0.0, retry_after_seconds=120.0)
    assert breaker.probe_at == 120.0


def test_no_retry_after_postpones_it_by_more_than_an_hour():
    breaker = failing(Breaker(answered_at=0.0), 9, now=0.0).failed(now=0.0, retry_after_seconds=86_400.0)
    assert breaker.probe_at == 3_600.0


@pytest.mark.parametrize(
    ("integrations", "goes"),
    [
        (None, True),
        ({}, True),
        ({"All": False}, False),
        ({"All": False, "crm": True}, True),
        ({"All": False, "Webhooks": {"option": 1}}, True),
        ({"Webhooks": False}, False),
        ({"crm": True, "Webhooks": False}, True),  # our own name is more specific than our kind's title
        ({"crm": False, "Webhooks": True}, False),
        ({"CRM": False}, True),  # keys are case-sensitive
        ("nonsense", True),
    ],
)
def test_the_integrations_object_is_obeyed(integrations, goes):
    destination = webhook("crm", "http://127.0.0.1/")
    decision = decide.decide(event("m", integrations=integrations), destination=destination, kind=KIND)
    assert isinstance(decision, decide.Send) == goes
    assert goes or decision == Filtered("FILTERED_BY_INTEGRATIONS_OBJECT")


def test_a_type_that_no_tool_knows_is_filtered_and_a_body_that_is_no_json_rejected():
    destination = webhook("crm", "http://127.0.0.1/")
    decision = decide.decide(event("m", type="lunch"), destination=destination, kind=KIND)
    assert decision == Filtered("UNSUPPORTED_EVENT_TYPE")
    broken = msgspec.structs.replace(event("m"), body=b"[")
    assert isinstance(decide.decide(broken, destination=destination, kind=KIND), Rejected)


def test_the_catalogue_finds_kinds_by_itself_and_names_them_when_asked_for_another():
    assert catalogue.kind("webhook") is KIND
    with pytest.raises(UnknownKindError, match="webhook"):
        catalogue.kind("webhok")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ["needs the setting `url`"]),
        ({"ur": "http://127.0.0.1/"}, ["`ur` is not a setting", "Did you mean `url`?"]),
        ({"url": "127.0.0.1/x"}, ["`url`", "absolute http or https URL"]),
        ({"url": "http://127.0.0.1/", "method": "GET"}, ["'GET'", "POST, PUT, PATCH"]),
        ({"url": "http://127.0.0.1/", "headers": "{"}, ["`headers`", "JSON object"]),
        ({"url": "http://127.0.0.1/", "headers": {"X": 1}}, ["`headers`", "JSON object"]),
    ],
)
def test_wrong_settings_name_the_field_and_what_is_allowed(settings, words):
    with pytest.raises(BadDestinationSettingsError) as caught:
        check_settings(KIND, settings)
    assert caught.value.code == "bad_settings"
    for word in words:
        assert word in caught.value.message


def test_a_complaint_about_a_secret_never_repeats_it():
    with pytest.raises(BadDestinationSettingsError) as caught:
        check_settings(KIND, {"url": "http://127.0.0.1/", "shared_secret": ["hunter2"]})
    assert "hunter2" not in caught.value.message


def test_settings_from_a_command_line_become_values_and_defaults_are_filled_in():
    checked = check_settings(KIND, {"url": "http://127.0.0.1/", "headers": '{"X-A": "1"}'})
    own = {"url": "http://127.0.0.1/", "headers": {"X-A": "1"}}
    assert checked == {**own, "method": "POST", "batch_size": 1, "batch_seconds": 1, "timeout_seconds": 10}


def test_a_webhook_carries_the_whole_event_signed_over_its_exact_body():
    settings = check_settings(KIND, {"url": "http://127.0.0.1/", "shared_secret": "s3", "headers": {"X-A": "1"}})
    request = webhook_request([Item(payload={"messageId": "m", "traits": {"name": "Ünal"}}, message_id="m")], settings)
    signature = hmac.new(b"s3", request.body, hashlib.sha1).hexdigest()
    assert request.headers == (("Content-Type", "application/json"), ("X-A", "1"), ("X-Signature", signature))
    assert msgspec.json.decode(request.body) == {"messageId": "m", "traits": {"name": "Ünal"}}


def test_the_operators_own_content_type_wins():
    settings = check_settings(KIND, {"url": "http://127.0.0.1/", "headers": {"content-type": "text/plain"}})
    assert webhook_request([Item(payload={}, message_id="m")], settings).headers == (("content-type", "text/plain"),)


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (204, (), Delivered),
        (400, (), Rejected),
        (401, (), NotAuthorised),
        (500, (), RetryLater),
        (429, (("date", "Mon, 23 Nov 2026 12:00:00 GMT"), ("retry-after", "Mon, 23 Nov 2026 12:01:00 GMT")), 60.0),
        (429, (("date", "yesterday"), ("retry-after", "7")), 7.0),
    ],
)
def test_answers_are_read_by_the_general_rule(status, headers, outcome):
    found = KIND.actions[0].read(Response(status=status, headers=headers), ())
    if isinstance(outcome, float):
        assert found.retry_after_seconds == outcome
    else:
        assert isinstance(found, outcome)


def test_a_queued_action_opens_only_as_what_it_was_sealed_as():
    sealer = Sealer(KEY)
    request = queued.QueuedRequest(
        method="POST", url="http://127.0.0.1/", headers=(("ory-webhook-trigger-id", "forged"),), body=b"{}"
    )
    action = queued.QueuedAction(trigger_id="t", action_id="a", flow="login", project_id="p", request=request)
    assert queued.unseal(queued.seal(action, sealer), sealer) == action
    with pytest.raises(UnsealError):
        queued.unseal(sealer.seal(b"x", context="deliver.record"), sealer)
    sent = queued.to_request(action, request_id="r", now=START)
    assert sent.headers == (("Ory-Webhook-Trigger-ID", "t"), ("Ory-Webhook-Request-ID", "r"))


def test_a_queued_action_of_an_older_release_still_opens_and_a_new_one_keeps_what_binds_it():
    sealer = Sealer(KEY)
    old = {
        "trigger_id": "t",
        "action_id": "a",
        "flow": "login",
        "project_id": "p",
        "request": {"method": "POST", "url": "http://127.0.0.1/", "headers": [["X-Tenant", "k"]], "body": b"{}"},
    }
    opened = queued.unseal(sealer.seal(msgspec.msgpack.encode(old), context=queued.CONTEXT), sealer)
    sent = queued.to_request(opened, request_id="r", now=START)
    assert (sent.secret_headers, sent.rules) == (frozenset(), AddressRules())

    rules = AddressRules(refuses_private=True, exceptions=("http://crm.internal/**",))
    named = msgspec.structs.replace(opened.request, secret_headers=frozenset({"x-tenant"}), rules=rules)
    action = msgspec.structs.replace(opened, request=named)
    again = queued.unseal(queued.seal(action, sealer), sealer)
    sent = queued.to_request(again, request_id="r", now=START)
    assert (sent.secret_headers, sent.rules) == ({"x-tenant"}, rules)


def test_an_exchange_is_kept_without_credentials():
    request = Request(
        method="POST",
        url="http://ada:hunter2@127.0.0.1/x?key=hunter2",
        headers=(("X-Api-Key", "hunter2"), ("Content-Type", "application/json"), ("Idempotency-Key", "hunter2")),
        secret_headers=frozenset({"idempotency-key"}),
    )
    kept = exchange.describe(request, Response(status=400, headers=(("set-cookie", "hunter2"),), body=b"no"))
    assert b"hunter2" not in kept
    assert msgspec.json.decode(kept)["request"]["headers"] == {
        "X-Api-Key": "withheld",
        "Content-Type": "application/json",
        "Idempotency-Key": "withheld",
    }


@pytest.mark.parametrize(
    ("outcome", "left"),
    [(Delivered(status=200), (1, 0, 0)), (RetryLater("x"), (1, 1, 0)), (Rejected("x"), (1, 0, 1))],
)
def test_an_exchange_that_can_not_be_described_costs_its_description_and_not_the_outcome(outcome, left):
    """Mallory's receiver must not stop the lane: it would begin again and send all the good ones twice."""
    request = Request(method="POST", url="https://crm.example/in")
    response = Response(status=500, headers=(("x-evil", "a\udcff"),))
    tally = Tally(patience=patience.DESTINATION_PATIENCE, chance=lambda: 0.5)

    with capture_logs() as lines:
        job = Job(offset=1, record=event("m"), plan=Sendable(()))
        tally.add(job, Trial(outcome=outcome, at_ms=0, request=request, response=response))
    settled = tally.take(Cursor(0))

    assert left == (len(settled.attempts), len(settled.retries), len(settled.dead_letters))
    assert {None} == {row.detail for row in (*settled.attempts, *settled.dead_letters)}
    assert isinstance(outcome, Delivered) or "exchange_not_described" in {line["event"] for line in lines}
