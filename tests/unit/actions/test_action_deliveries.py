"""One answer about one firing, whoever sent it: what was noted, and for queued ones what the ledger says since."""

import json

import pytest
import pytest_asyncio
from journal_stage import NOW_MS, SEALER, START, Stage, attempt, context, firing, request

from headwater.actions.journal.deliveries import IN_THE_OUTBOX, ActionDeliveries
from headwater.actions.journal.view import Wanted
from headwater.core.clock import ManualClock
from headwater.core.event import ACTION, ACTIONS_SOURCE, Record
from headwater.core.outcomes import State
from headwater.deliver import exchange, queued
from headwater.deliver.cursor import Cursor
from headwater.deliver.ledger import Ledger
from headwater.deliver.queued import QueuedAction, QueuedRequest
from headwater.deliver.report import DeliveryReport
from headwater.deliver.settlement import Attempt, DeadLetter, Retry, Settlement
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.net.outbound import Response

SECRET = "receiver-key-0123"


class Everything:
    """A journal, a log and a ledger, and the answers made from the three."""

    def __init__(self, folder):
        self.journal = Stage(folder)
        self.writer = SqliteLogWriter(folder / "log", clock=ManualClock(START))
        self.reader = SqliteLogReader(folder / "log")
        self.ledger = Ledger(folder / "deliver.db", sealer=SEALER)
        self.report = DeliveryReport(folder / "deliver.db", SEALER)
        self.deliveries = ActionDeliveries(
            view=self.journal.view, reader=self.reader, report=self.report, sealer=SEALER
        )

    async def fired(self, trigger_id, **changes):
        """A queued Action fires, and the relay has moved it; return its offset."""
        note = queued_firing(trigger_id, **changes)
        self.journal.keeper.note(note)
        stored = await self.logged(trigger_id)
        self.journal.keeper.moved([stored])
        await self.journal.written(note)
        return stored.offset

    async def logged(self, trigger_id, *, project_id="project-1"):
        action = QueuedAction(
            trigger_id=trigger_id,
            action_id="crm",
            flow="registration",
            project_id=project_id,
            identity_id="ada-id",
            request=QueuedRequest(
                method="POST", url="https://receiver.test/", headers=(("X-Key", SECRET),), body=b"told"
            ),
        )
        record = Record(
            source=ACTIONS_SOURCE,
            message_id=trigger_id,
            type=ACTION,
            body=queued.seal(action, SEALER),
            received_at_ms=NOW_MS,
        )
        await self.writer.append([record])
        return (await self.reader.find(trigger_id))[0]

    async def settled(self, offset, outcome, *, number=1, **rows):
        """The readers' process tried it."""
        status = {"delivered": 200, "retry_later": 503, "rejected": 400}[outcome]
        failed = None if outcome == "delivered" else exchange.describe(request(), Response(status=status, body=b"no"))
        row = Attempt(
            offset=offset,
            number=number,
            message_id="m",
            source=ACTIONS_SOURCE,
            at_ms=NOW_MS + 1_000 * number,
            outcome=outcome,
            status=status,
            reason=None if failed is None else f"the receiver answered {status}",
            duration_ms=5,
            detail=failed,
        )
        cursor = Cursor(0)
        cursor.settle(1, offset)
        settlement = Settlement(watermark=offset, ranges=cursor.encoded_ranges(), attempts=[row], **rows)
        await self.ledger.settle(queued.CURSOR_NAME, settlement)

    async def retrying(self, offset, record):
        retry = Retry(offset=offset, due_at_ms=NOW_MS, attempts=1, last_number=1, first_at_ms=NOW_MS, record=record)
        await self.settled(offset, "retry_later", retries=[retry])

    async def given_up(self, offset, record):
        letter = DeadLetter(
            offset=offset,
            at_ms=NOW_MS,
            state=State.REJECTED,
            reason="the receiver answered 400",
            attempts=1,
            record=record,
            detail=None,
        )
        await self.settled(offset, "rejected", dead_letters=[letter])

    async def find(self, *, limit=100, **wanted):
        return (await self.deliveries.find(Wanted(**wanted), limit=limit)).deliveries

    async def close(self):
        await self.journal.close()
        self.report.close()
        self.reader.close()
        await self.ledger.close()
        await self.writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def all_of_it(tmp_path):
    made = Everything(tmp_path)
    yield made
    await made.close()


def queued_firing(trigger_id, **changes):
    values = {"mode": "queued", "state": "pending", "reason": None, "attempts": (), "response": None}
    return firing(trigger_id, **(values | changes))


async def test_a_queued_one_says_what_the_readers_made_of_it(all_of_it):
    names = ("waiting", "delivered", "retrying", "rejected")
    offsets = {name: await all_of_it.fired(name, at_ms=NOW_MS + number) for number, name in enumerate(names)}
    records = {name: (await all_of_it.reader.find(name))[0].record for name in names}
    await all_of_it.given_up(offsets["rejected"], records["rejected"])
    await all_of_it.retrying(offsets["retrying"], records["retrying"])
    await all_of_it.settled(offsets["delivered"], "retry_later", number=1)
    await all_of_it.settled(offsets["delivered"], "delivered", number=2)
    found = await all_of_it.find()

    assert [("rejected", "rejected"), ("retrying", "retrying"), ("delivered", "delivered")] == [
        (one.trigger_id, one.state) for one in found[:3]
    ]
    assert ["the receiver answered 400", "the receiver answered 503", None] == [one.reason for one in found[:3]]
    assert [[400], [503], [503, 200]] == [[each.status for each in one.attempts] for one in found[:3]]
    assert {"queued"} == {each.mode for one in found for each in one.attempts}


async def test_one_that_is_not_in_the_log_yet_is_pending_in_the_outbox(all_of_it):
    await all_of_it.journal.kept(queued_firing("owed"))
    [found] = await all_of_it.find()

    assert ("pending", IN_THE_OUTBOX, []) == (found.state, found.reason, found.attempts)


async def test_an_inline_try_and_the_readers_tries_are_one_list(all_of_it):
    """`response.on_error: queue`: tried while somebody waited, then owed."""
    tried = (attempt(0, status=503, reason="the receiver answered 503"),)
    offset = await all_of_it.fired("held", attempts=tried, reason="the receiver answered 503")
    await all_of_it.settled(offset, "delivered")
    [found] = await all_of_it.find()

    assert ("delivered", None) == (found.state, found.reason)
    assert [("inline", 503), ("queued", 200)] == [(one.mode, one.status) for one in found.attempts]


async def test_a_relay_that_died_before_it_told_is_no_loss(all_of_it):
    note = queued_firing("told-by-nobody")
    await all_of_it.journal.kept(note)
    stored = await all_of_it.logged("told-by-nobody")
    await all_of_it.settled(stored.offset, "delivered")

    assert ["delivered"] == [one.state for one in await all_of_it.find()]


async def test_an_inline_one_is_what_was_noted(all_of_it):
    await all_of_it.journal.kept(firing("inline"), firing("said-no", state="interrupted", reason="Not from here."))

    assert {"inline": "failed", "said-no": "interrupted"} == {
        one.trigger_id: one.state for one in await all_of_it.find()
    }


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("delivered", ["queued-delivered", "inline-delivered"]),
        ("retrying", ["queued-retrying"]),
        ("pending", ["queued-pending"]),
        ("cancelled", []),
    ],
)
async def test_a_state_is_looked_for_where_it_stands_now_not_where_it_stood(all_of_it, state, found):
    await all_of_it.journal.kept(firing("inline-delivered", state="delivered"))
    offset = await all_of_it.fired("queued-delivered", at_ms=NOW_MS + 1)
    await all_of_it.settled(offset, "delivered")
    offset = await all_of_it.fired("queued-retrying", at_ms=NOW_MS + 2)
    await all_of_it.retrying(offset, (await all_of_it.reader.find("queued-retrying"))[0].record)
    await all_of_it.fired("queued-pending", at_ms=NOW_MS + 3)

    assert found == [one.trigger_id for one in await all_of_it.find(state=state)]
    assert found[:1] == [one.trigger_id for one in await all_of_it.find(state=state, limit=1)]


async def test_a_state_that_is_rare_is_found_behind_many_others(all_of_it):
    many = [firing(f"t{number}", at_ms=NOW_MS + number + 1, state="pending") for number in range(450)]
    await all_of_it.journal.kept(firing("rare", state="delivered"), firing("rarer", state="cancelled"), *many)

    assert ["rare"] == [one.trigger_id for one in await all_of_it.find(state="delivered")]
    assert ["rarer"] == [one.trigger_id for one in await all_of_it.find(state="cancelled")]


async def test_one_whose_note_was_lost_is_told_from_the_log(all_of_it):
    stored = await all_of_it.logged("lost-note")
    await all_of_it.settled(stored.offset, "delivered")
    found = await all_of_it.deliveries.one_or_none("lost-note")

    assert ("crm", "ada-id", "queued", "delivered") == (found.action_id, found.identity_id, found.mode, found.state)
    parts = await all_of_it.deliveries.parts("lost-note")
    assert (None, "told", None) == (parts["context"], parts["request"]["body"], parts["response"])
    assert SECRET not in json.dumps(parts)


async def test_no_project_sees_anothers_by_list_by_id_or_from_the_log(all_of_it):
    await all_of_it.journal.kept(firing("ours"), firing("theirs", project_id="project-2"))
    await all_of_it.logged("theirs-unnoted", project_id="project-2")
    one_or_none = all_of_it.deliveries.one_or_none

    assert ["ours"] == [one.trigger_id for one in await all_of_it.find(project_id="project-1")]
    assert [None, None] == [await one_or_none(name, project_id="project-1") for name in ("theirs", "theirs-unnoted")]
    assert "theirs-unnoted" == (await one_or_none("theirs-unnoted", project_id="project-2")).trigger_id


async def test_the_last_answer_is_the_one_that_is_shown(all_of_it):
    failed = firing(response=Response(status=500, body=b"inline answer")).response
    offset = await all_of_it.fired("held", response=failed)
    parts = await all_of_it.deliveries.parts("held")
    assert "inline answer" == parts["response"]["body"]

    await all_of_it.settled(offset, "retry_later")
    parts = await all_of_it.deliveries.parts("held")
    assert ("no", context()["identity"]) == (parts["response"]["body"], parts["context"]["identity"])

    await all_of_it.settled(offset, "delivered", number=2)
    assert (await all_of_it.deliveries.parts("held"))["response"] is None  # not the failure's


async def test_what_never_fired_is_nothing(all_of_it):
    assert await all_of_it.deliveries.one_or_none("nobody") is None
    assert {"context": None, "request": None, "response": None} == await all_of_it.deliveries.parts("nobody")
