"""Dead letters as pages: searched, counted by cause, one shown whole, sent again, kept, thrown away. A real ledger."""

import json

import pytest
from console_floor import console_on

from headwater.console.pages import dead_letters
from headwater.core.clock import epoch_ms
from headwater.core.event import Record
from headwater.core.outcomes import State
from headwater.deliver.ledger import Ledger
from headwater.deliver.settlement import Attempt, DeadLetter, Settlement

MARKUP = "<script>alert('1')</script>\"'"
MAILED = {
    "request": {"method": "POST", "url": "https://tool.example.com/", "headers": {"X-A": MARKUP}, "body": MARKUP},
    "response": {"status": 400, "headers": {}, "body": MARKUP},
}


class Post:
    """A destination, and the ledger that has its dead letters."""

    def __init__(self, floor):
        self.floor = floor
        self.ledger = Ledger(floor.rooms.folder.deliver_database, sealer=floor.rooms.sealer)
        floor.rooms.change_letters = self.change

    async def open(self):
        self.web = await self.floor.api("POST", "/api/sources", json={"name": "web"})
        wish = {"kind": "webhook", "sources": ["web"], "settings": {"url": "https://t.example/"}, "name": "Tool"}
        self.id = (await self.floor.api("POST", "/api/destinations", json=wish))["id"]
        self.at = f"/console/destinations/{self.id}/dead-letters"
        return self

    async def change(self, order):
        return await self.ledger.change_letters(order, now_ms=epoch_ms(self.floor.rooms.clock.now()))

    async def give_up(self, *message_ids, status=400, reason="invalid email", name="Order", user="ada"):
        letters, attempts, at_ms = [], [], epoch_ms(self.floor.rooms.clock.now())
        for message_id in message_ids:
            body = json.dumps({"type": "track", "messageId": message_id, "userId": user, "event": name}).encode()
            record = Record(
                source=self.web["id"], message_id=message_id, type="track", body=body, received_at_ms=0, user_id=user
            )
            [stored] = await self.floor.rooms.log.append([record])
            common = {"offset": stored.offset, "at_ms": at_ms, "status": status, "reason": reason}
            attempts.append(
                Attempt(
                    **common,
                    number=1,
                    message_id=message_id,
                    source=record.source,
                    outcome="rejected",
                    duration_ms=7,
                    detail=None,
                )
            )
            letters.append(
                DeadLetter(
                    **common,
                    record=record,
                    detail=json.dumps(MAILED).encode(),
                    state=State.REJECTED,
                    attempts=1,
                    code=f"HTTP_{status}",
                )
            )
        settled = Settlement(watermark=stored.offset, ranges=b"", attempts=attempts, dead_letters=letters)
        await self.ledger.settle(self.id, settled)

    async def left(self):
        found = await self.floor.api("GET", f"/api/dead-letters?destination={self.id}")
        return [one["message_id"] for one in found["dead_letters"]]


@pytest.fixture
async def post(tmp_path):
    async with console_on(tmp_path) as floor:
        made = await Post(floor).open()
        yield made
        await made.ledger.close()


async def test_they_are_searched_by_what_is_known_of_them_and_counted_by_cause(post):
    await post.give_up("m1", "m2")
    await post.give_up("m3", status=422, reason="no such plan", user="bob")
    ada = await post.floor.operator()
    every = await ada.see(post.at)
    link = next(part for part in ada.html.split('"') if "code=HTTP_422" in part).replace("&amp;", "&")
    alike = await ada.see(link)
    by_user = await ada.see(f"{post.at}?user=bob")
    by_text = await ada.see(f"{post.at}?text=EMAIL&since=1h")

    assert "Send all 3 again" in every
    for words in (alike, by_user):
        assert "Send it again" in words
        assert "no such plan" in words
        assert "invalid email" not in words
    assert "Send these 2 again" in by_text


async def test_a_search_that_makes_no_sense_is_said_and_kept(post):
    ada = await post.floor.operator()
    words = await ada.see(f"{post.at}?since=yesterday&user=ada")

    assert 400 == ada.status
    assert "since is an age" in words
    assert 'value="yesterday"' in ada.html


async def test_many_are_shown_page_by_page(post):
    await post.give_up(*(f"m{number:03}" for number in range(60)))
    ada = await post.floor.operator()
    await ada.see(post.at)
    first = [name for name in range(1, 61) if f'/dead-letters/{name}"' in ada.html]
    older = next(part for part in ada.html.split('"') if "before=" in part).replace("&amp;", "&")
    await ada.see(older)
    second = [name for name in range(1, 61) if f'/dead-letters/{name}">' in ada.html]

    assert (50, 10) == (len(first), len(second))
    assert not set(first) & set(second)


async def test_of_very_many_the_newest_are_counted_and_all_are_meant(post, monkeypatch):
    monkeypatch.setattr(dead_letters, "COUNTED", 3)
    await post.give_up("old", reason="too old to be counted")
    await post.give_up("m1", "m2", "m3")
    ada = await post.floor.operator()
    words = await ada.see(post.at)
    counts = await post.floor.api("GET", f"/api/dead-letters/counts?destination={post.id}&newest=3")
    await ada.send(f"{post.at}/discard")

    assert "Counted among the newest 3." in words
    assert "Send all again" in words
    assert (3, True, ["invalid email"]) == (counts["total"], counts["is_cut"], [c["reason"] for c in counts["counts"]])
    assert [] == await post.left()


async def test_one_is_shown_whole_and_sent_again_alone(post):
    await post.give_up("m1", "m2")
    ada = await post.floor.operator()
    words = await ada.see(f"{post.at}/1")
    after = await ada.send(f"{post.at}/redrive", id="1")
    again = await ada.see(f"{post.at}/1")

    for part in ("invalid email", "POST https://tool.example.com/", '"userId": "ada"', "400"):
        assert part in words, part
    assert "/console/trace?message_id=m1" in ada.html
    assert "1 waits to be sent again" in after
    assert "It waits to be sent again." in again


async def test_those_that_wait_are_kept_after_all(post):
    await post.give_up("m1", "m2")
    ada = await post.floor.operator()
    await ada.see(post.at)
    await ada.send(f"{post.at}/redrive")
    both = ada.words
    words = await ada.send(f"{post.at}/keep")

    assert "2 wait to be sent again" in both
    assert "stay what they are" in words
    assert "to be sent again" not in words


async def test_only_what_is_searched_for_is_thrown_away(post):
    await post.give_up("m1")
    await post.give_up("m2", status=422, reason="no such plan")
    ada = await post.floor.operator()
    await ada.see(f"{post.at}?status=422")
    hidden = '<input type="hidden" name="status" value="422">' in ada.html
    await ada.send(f"{post.at}/discard", status="422")

    assert hidden
    assert ["m1"] == await post.left()


async def test_a_viewer_reads_them_and_is_offered_nothing(post):
    await post.give_up("m1")
    viewer = await post.floor.operator("viewer")
    for path in (post.at, f"{post.at}/1"):
        await viewer.see(path)

        assert '<form method="post" action="/console/destinations' not in viewer.html, path
    await viewer.send(f"{post.at}/discard")

    assert 403 == viewer.status
    assert ["m1"] == await post.left()


async def test_markup_in_events_requests_and_answers_is_text(post):
    await post.give_up("<script>alert", reason=MARKUP, name=MARKUP, user=MARKUP)
    ada = await post.floor.operator()
    destination = f"/console/destinations/{post.id}"
    for path in (
        destination,
        post.at,
        f"{post.at}?text=%3Cscript%3Ealert&user=%22%3E%3Cscript%3Ealert",
        f"{post.at}/1",
    ):
        await ada.see(path)

        assert "<script>alert" not in ada.html, path
        assert "&lt;script&gt;alert" in ada.html, path


async def test_the_destinations_page_has_its_errors_by_cause_its_deliveries_and_where_they_went(post):
    await post.give_up("m1", "m2")
    ada = await post.floor.operator()
    words = await ada.see(f"/console/destinations/{post.id}")

    assert "invalid email" in words
    assert f'{post.at}/2"' in ada.html
    assert "/console/trace?message_id=m2" in ada.html
    assert "2" in words
    every = await ada.see("/console/destinations")
    assert "Tool" in every
    assert f'href="{post.at}">2<' in ada.html


async def test_queued_actions_have_a_page_of_theirs(post):
    ada = await post.floor.operator()

    assert "Dead letters of queued Actions" in await ada.see("/console/destinations/actions/dead-letters")


async def test_one_alone_is_called_it(post):
    await post.give_up("m1")
    ada = await post.floor.operator()
    words = await ada.see(post.at)

    assert "Send it again" in words
    assert "all 1" not in ada.html


async def test_the_checklist_tells_why_the_first_event_did_not_arrive(post):
    ada = await post.floor.operator()
    before = await ada.see("/console/start")
    await post.give_up("m1", reason="no such plan")
    words = await ada.see("/console/start")

    assert "The newest attempt failed" not in before
    assert "The newest attempt failed: no such plan" in words
    assert f"/console/destinations/{post.id}/edit" in ada.html
    assert "send another event" in words
