"""/api/dead-letters: found, counted, shown, sent again, thrown away; by those who may, and no others."""

import json
from datetime import timedelta

import pytest

from headwater.core.clock import epoch_ms
from headwater.core.event import ACTION, ACTIONS_SOURCE, Record
from headwater.core.outcomes import State
from headwater.deliver import queued
from headwater.deliver.ledger import Ledger
from headwater.deliver.settlement import Attempt, DeadLetter, Settlement
from headwater.workspace import keys

MAILED = {"request": {"method": "POST", "body": "{}"}, "response": {"status": 400, "body": "no such address"}}


class Post:
    """A real ledger beside the rooms, and a destination whose letters it has."""

    def __init__(self, rooms, asked):
        self.rooms = rooms
        self.asked = asked
        self.ledger = Ledger(rooms.folder.deliver_database, sealer=rooms.sealer)
        self.now_ms = epoch_ms(rooms.clock.now())
        rooms.change_letters = self.change

    async def change(self, order):
        return await self.ledger.change_letters(order, now_ms=self.now_ms)

    async def open(self):
        _, self.web = await self.asked("POST", "/sources", {"name": "web"})
        wish = {"kind": "webhook", "sources": ["web"], "settings": {"url": "http://127.0.0.1:1/"}}
        _, made = await self.asked("POST", "/destinations", wish)
        self.id = made["id"]
        return self

    async def give_up(self, message_id, *, destination=None, type="track", name="Order", user="ada", **letter):  # noqa: A002
        body = {"type": type, "messageId": message_id, "userId": user, "event": name}
        record = Record(
            source=self.web["id"],
            message_id=message_id,
            type=type,
            body=json.dumps(body).encode(),
            received_at_ms=0,
            user_id=user,
        )
        [stored] = await self.rooms.log.append([record])
        return await self.keep(destination or self.id, stored.offset, record, **letter)

    async def keep(self, destination, offset, record, *, status=400, reason="invalid email", age=None, **letter):
        at_ms = self.now_ms - (age or timedelta()) // timedelta(milliseconds=1)
        values = {"state": State.REJECTED, "attempts": 1, "code": f"HTTP_{status}", **letter}
        given_up = DeadLetter(
            offset=offset,
            at_ms=at_ms,
            reason=reason,
            record=record,
            detail=json.dumps(MAILED).encode(),
            status=status,
            **values,
        )
        tried = Attempt(
            offset=offset,
            number=1,
            message_id=record.message_id,
            source=record.source,
            at_ms=at_ms,
            outcome="rejected",
            status=status,
            reason=reason,
            duration_ms=7,
            detail=None,
        )
        settlement = Settlement(watermark=offset, ranges=b"", attempts=[tried], dead_letters=[given_up])
        await self.ledger.settle(destination, settlement)
        return offset

    async def found(self, query=""):
        status, answer = await self.asked("GET", f"/dead-letters{query}")
        assert 200 == status, answer
        return [one["message_id"] for one in answer["dead_letters"]]


@pytest.fixture
async def post(rooms, asked):
    made = await Post(rooms, asked).open()
    yield made
    await made.ledger.close()


async def test_they_are_found_newest_first_by_words_that_people_use(post):
    await post.give_up("a", reason="invalid mail", age=timedelta(hours=2))
    await post.give_up("b", type="identify", user="eve")
    await post.give_up("c", status=401, state=State.NOT_AUTHORISED, destination="dst_else")

    assert ["c", "b", "a"] == await post.found("?source=web")
    assert ["c", "b"] == await post.found("?since=1h")
    assert ["a"] == await post.found("?until=1h&status=400&text=INVALID%20Mail")
    assert ["c"] == await post.found("?code=HTTP_401&state=not_authorised&name=Order&destination=dst_else")
    assert ["b"] == await post.found("?user=eve&type=identify&message_id=b")


async def test_pages_follow_each_other_and_the_last_one_says_so(post):
    for number in range(5):
        await post.give_up(f"m{number}")
    _, first = await post.asked("GET", "/dead-letters?limit=3")
    _, last = await post.asked("GET", f"/dead-letters?limit=3&before={first['next']}")

    assert ["m4", "m3", "m2"] == [one["message_id"] for one in first["dead_letters"]]
    assert ["m1", "m0"] == [one["message_id"] for one in last["dead_letters"]]
    assert None is last["next"]


async def test_they_are_counted_by_what_they_have_in_common(post):
    for number in range(3):
        await post.give_up(f"m{number}", destination="dst_a" if number else "dst_b")
    await post.give_up("else", status=401, reason="the receiver answered 401 Unauthorized")
    _, found = await post.asked("GET", "/dead-letters/counts")
    _, by_event = await post.asked("GET", "/dead-letters/counts?count_by=event&status=400")
    causes = [(one["count"], one["status"], one["reason"]) for one in found["counts"]]

    assert [(3, 400, "invalid email"), (1, 401, "the receiver answered 401 Unauthorized")] == causes
    assert (4, 0) == (found["total"], found["others"])
    assert [(3, "track", "Order")] == [(one["count"], one["type"], one["name"]) for one in by_event["counts"]]


async def test_one_shows_its_event_what_was_sent_what_came_back_and_each_attempt(post):
    await post.give_up("m")
    _, found = await post.asked("GET", "/dead-letters")
    [listed] = found["dead_letters"]
    _, one = await post.asked("GET", f"/dead-letters/{listed['id']}")

    assert ("m", "letter", MAILED["request"]) == (one["event"]["messageId"], one["event_from"], one["request"])
    assert ("no such address", [400]) == (one["response"]["body"], [each["status"] for each in one["history"]])
    assert ("web", post.id, True) == (one["source"], one["destination"], one["has_body"])
    assert "event" not in listed


async def test_one_whose_body_has_expired_shows_the_event_that_the_log_has(post):
    await post.give_up("m")
    await post.ledger.expire(before_ms=post.now_ms + 1)
    _, found = await post.asked("GET", "/dead-letters")
    _, one = await post.asked("GET", f"/dead-letters/{found['dead_letters'][0]['id']}")

    assert ("m", "log", None, False) == (one["event"]["messageId"], one["event_from"], one["request"], one["has_body"])


async def test_the_call_of_a_queued_action_is_never_shown(post):
    record = Record(source=ACTIONS_SOURCE, message_id="a", type=ACTION, body=b"sealed", received_at_ms=0)
    await post.keep(queued.CURSOR_NAME, 9, record)
    _, found = await post.asked("GET", "/dead-letters?destination=actions")
    [listed] = found["dead_letters"]
    _, one = await post.asked("GET", f"/dead-letters/{listed['id']}")

    assert ("actions", "a", None) == (one["destination"], one["message_id"], one["event"])


async def test_those_that_are_meant_are_sent_again_and_no_others(post):
    await post.give_up("a")
    await post.give_up("b", status=401)
    answer = await post.asked("POST", "/dead-letters/redrive", {"destination": post.id, "status": 401})
    _, waiting = await post.asked("GET", "/dead-letters/waiting")
    _, found = await post.asked("GET", "/dead-letters")

    assert (200, {"destination": post.id, "redriven": 1, "expired": 0}) == answer
    assert [{"destination": post.id, "marked": 1, "in_line": 0}] == waiting["waiting"]
    assert [("b", True), ("a", False)] == [(one["message_id"], one["is_waiting"]) for one in found["dead_letters"]]
    assert (200, {"destination": None, "kept": 1}) == await post.asked("POST", "/dead-letters/keep", {"all": True})


async def test_an_id_is_enough_to_say_whose_it_is(post):
    await post.give_up("a")
    await post.give_up("b")
    _, found = await post.asked("GET", "/dead-letters?message_id=a")
    _, done = await post.asked("POST", "/dead-letters/redrive", {"ids": [found["dead_letters"][0]["id"]]})
    _, waiting = await post.asked("GET", "/dead-letters/waiting")

    assert (1, 1) == (done["redriven"], waiting["waiting"][0]["marked"])


async def test_what_is_thrown_away_is_gone(post):
    await post.give_up("a")
    await post.give_up("b", status=401)
    _, done = await post.asked("POST", "/dead-letters/discard", {"text": "invalid", "status": 401})

    assert (1, ["a"]) == (done["discarded"], await post.found())


REFUSED = {
    "no word which": ("redrive", {}, 400, "Say which dead letters"),
    "no word which to throw away": ("discard", {}, 400, "Say which dead letters"),
    "an id of nobody": ("redrive", {"ids": [77]}, 404, "There is no dead letter 77"),
    "a destination of nobody": ("redrive", {"destination": "dst_nobody"}, 404, "dst_nobody"),
    "a moment that is none": ("redrive", {"since": "soon"}, 400, "since is an age"),
    "a source of nobody": ("discard", {"source": "shop"}, 404, "There is no source 'shop'"),
}


async def test_nonsense_is_refused_and_nothing_happens(post):
    await post.give_up("a")
    for case, (verb, body, expected, words) in REFUSED.items():
        status, answer = await post.asked("POST", f"/dead-letters/{verb}", body)
        assert (expected, True) == (status, words in answer["error"]["message"]), case
    assert ["a"] == await post.found()


async def test_a_query_that_makes_no_sense_is_refused(post):
    for query in ("?limit=0", "?status=many", "?color=red", "/counts?count_by=color"):
        assert 400 == (await post.asked("GET", f"/dead-letters{query}"))[0], query


async def test_one_that_nobody_has_the_event_of_any_more_is_said_so(post, rooms):
    record = Record(source="gone", message_id="m", type="track", body=b"{}", received_at_ms=0)
    await post.keep(post.id, 99, record)
    await post.ledger.expire(before_ms=post.now_ms + 1)
    _, found = await post.asked("GET", "/dead-letters")
    status, answer = await post.asked("POST", "/dead-letters/redrive", {"ids": [found["dead_letters"][0]["id"]]})

    assert 409 == status
    assert "the log has forgotten the event" in answer["error"]["message"]


async def test_changing_them_is_for_operators(post, rooms):
    await post.give_up("a")
    made = await rooms.database.write(
        lambda connection: keys.create(connection, name="v", role="viewer", project_id=None, clock=rooms.clock)
    )
    token = made[1]

    for verb in ("redrive", "keep", "discard"):
        assert 403 == (await post.asked("POST", f"/dead-letters/{verb}", {"all": True}, key=token))[0], verb
    assert 200 == (await post.asked("GET", "/dead-letters", key=token))[0]


async def test_a_mapping_is_tried_on_the_letters_themselves_and_leaves_them_as_they_are(post):
    for number in range(3):
        await post.give_up(f"m{number}", name="Order" if number else "Else")
    body = {"dead_letters": {"name": "Order"}, "last": 1, "mapping": {"who": {"@path": "$.userId"}}}
    _, found = await post.asked("POST", f"/destinations/{post.id}/test", body)
    [shown] = found["results"]

    assert (2, 2, 0) == (found["matching"], found["tried"], found["expired"])
    assert [{"state": "ready", "reason": None, "count": 2}] == found["states"]
    assert ("m2", {"who": "ada"}) == (shown["message_id"], json.loads(shown["requests"][0]["body"]))
    assert ("invalid email", MAILED["request"]) == (shown["letter"]["reason"], shown["letter"]["request"])
    assert ["m2", "m1", "m0"] == await post.found()


async def test_letters_are_tried_from_the_log_once_their_bodies_have_expired(post):
    await post.give_up("m")
    await post.keep(post.id, 99, Record(source="gone", message_id="x", type="track", body=b"{}", received_at_ms=0))
    await post.ledger.expire(before_ms=post.now_ms + 1)
    _, found = await post.asked("POST", f"/destinations/{post.id}/test", {"dead_letters": {}})

    assert (2, 1, 1) == (found["matching"], found["tried"], found["expired"])
    assert ["m"] == [one["message_id"] for one in found["results"]]


async def test_a_trial_on_letters_that_makes_no_sense_is_refused(post):
    path, letters = f"/destinations/{post.id}/test", {"dead_letters": {}}
    for body, status in (
        ({**letters, "send": True}, 400),
        ({**letters, "events": [{}]}, 400),
        ({**letters, "last": 21}, 400),
        ({"dead_letters": {"destination": "dst_other"}}, 400),
        (letters, 404),
    ):
        assert status == (await post.asked("POST", path, body))[0], body
