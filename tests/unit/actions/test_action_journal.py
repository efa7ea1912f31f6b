"""The delivery log of Actions: written soon, without anybody's secrets, and never without bound."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from journal_stage import (
    API_KEY,
    BASIC,
    CSRF,
    NOW_MS,
    PASSWORD,
    PHONE,
    SEALER,
    SESSION,
    Stage,
    attempt,
    context,
    firing,
    journal,
    request,
    until,
)
from structlog.testing import capture_logs

from headwater.actions import firing as firings
from headwater.actions.journal import catching_up, tables, view, withholding
from headwater.actions.journal.keeper import JournalKeeper
from headwater.actions.journal.limits import DAY_MS, JournalLimits
from headwater.actions.journal.view import JournalView, Wanted
from headwater.core.clock import ManualClock, SystemClock
from headwater.core.event import ACTION, ACTIONS_SOURCE, Record, Stored
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.deliver.queued import QueuedAction, QueuedRequest
from headwater.log.event_log import Scanned
from headwater.net.outbound import Response

HERE = Path(__file__).parent


async def test_what_is_noted_is_in_the_file_a_tenth_of_a_second_later(tmp_path):
    async with journal(tmp_path) as stage:
        [row] = await stage.kept(firing())

        assert ("trigger-1", "crm", "ada-id", "failed") == (row.trigger_id, row.action_id, row.identity_id, row.state)
        assert (attempt(0, status=500, reason="the receiver answered 500 Internal Server Error"),) == row.attempts


async def test_noting_writes_nothing_itself(tmp_path):
    async with journal(tmp_path) as stage:
        for number in range(100):
            stage.keeper.note(firing(f"t{number}"))

        assert 0 == stage.count("firings")


def test_a_kill_takes_nothing_that_was_noted_a_tenth_of_a_second_before(tmp_path):
    command = [sys.executable, HERE / "journal_process.py", tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE) as process:
        assert b"killed now\n" == process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)

    survivor = JournalView(tmp_path / "actions.db", SEALER)
    [row] = asyncio.run(survivor.find(Wanted(), limit=10))
    parts = asyncio.run(survivor.parts("trigger-1"))
    survivor.close()
    assert ("trigger-1", "out of order") == (row.trigger_id, parts["response"]["body"])


async def test_a_stop_writes_what_was_noted_a_moment_before(tmp_path):
    async with journal(tmp_path) as stage:
        stage.keeper.note(firing())
    stage.keeper.note(firing("too-late"))

    assert (1, 1) == (stage.count("firings"), stage.keeper.not_kept)


async def test_ctx_request_and_response_come_back_opened(tmp_path):
    async with journal(tmp_path) as stage:
        await stage.kept(firing())
        parts = await stage.view.parts("trigger-1")

        assert {"status": 500, "headers": {"content-type": "text/plain"}, "body": "out of order"} == parts["response"]
        assert "https://receiver.test/hook?token=withheld" == parts["request"]["url"]
        assert {"phone": PHONE} == parts["context"]["identity"]["traits"]


async def test_no_credential_and_nothing_personal_is_in_the_files_bytes(tmp_path):
    echo = Response(status=401, headers=(("x-echo", API_KEY),), body=f"{BASIC} {PASSWORD} {SESSION}".encode())
    loud = firing(
        response=echo,
        reason=f"{API_KEY} is wrong",
        attempts=(attempt(0, reason=f"{PASSWORD} is wrong"),),
        state="failed",
    )
    async with journal(tmp_path) as stage:
        await stage.kept(loud)
        content = stage.bytes()

    found = [
        one
        for one in (BASIC, PASSWORD, API_KEY, SESSION, CSRF, PHONE, "url-password", "query-token", "out of order")
        if one.encode() in content
    ]
    assert [] == found
    assert b"crm" in content  # it is the right file


async def test_whoever_may_read_bodies_learns_no_key_and_gets_no_session_from_them(tmp_path):
    echo = Response(
        status=401,
        headers=(("x-echo", API_KEY), ("set-cookie", "receiver=its-own-session")),
        body=f'{{"authorization": "{BASIC}", "password": "{PASSWORD}", "cookie": "{SESSION}"}}'.encode(),
    )
    told = request(body=f'{{"phone": "{PHONE}", "cookie": "{SESSION}"}}'.encode())  # by expose_session_cookie
    async with journal(tmp_path) as stage:
        await stage.kept(firing(request=told, response=echo))
        parts = await stage.view.parts("trigger-1")

    shown = repr(parts)
    secrets = (
        BASIC,
        PASSWORD,
        API_KEY,
        SESSION,
        CSRF,
        "its-own-session",
        "url-password",
        "query-token",
        "url-code",
        "captcha-0123",
    )
    assert [] == [one for one in secrets if one in shown]
    assert {"ory_kratos_session": "withheld", "theme": "withheld"} == parts["context"]["request_cookies"]
    assert ({"captcha_token": "withheld", "plan": "pro"}, ["Firefox"]) == (
        parts["context"]["transient_payload"],
        parts["context"]["request_headers"]["User-Agent"],
    )


async def test_bodies_sealed_for_one_firing_open_as_no_other(tmp_path):
    async with journal(tmp_path) as stage:
        await stage.kept(firing("ada"), firing("mallory"))
        with sqlite3.connect(stage.path) as connection:
            connection.execute("UPDATE bodies SET sealed = (SELECT sealed FROM bodies WHERE firing = 1)")

        assert "context" in await stage.view.parts("ada")
        assert {} == await stage.view.parts("mallory")


async def test_another_installations_key_costs_the_bodies_only(tmp_path):
    async with journal(tmp_path) as stage:
        await stage.kept(firing())
        stranger = JournalView(stage.path, Sealer(b"x" * 32))

        assert ["trigger-1"] == [row.trigger_id for row in await stranger.find(Wanted(), limit=10)]
        assert {} == await stranger.parts("trigger-1")
        stranger.close()


async def test_a_sign_up_submitted_again_is_one_firing_with_the_attempts_of_both(tmp_path):
    again = firing(state="delivered", reason=None, attempts=(attempt(0, status=500, reason="x"), attempt(5_000)))
    async with journal(tmp_path) as stage:
        await stage.kept(firing(attempts=(attempt(0, status=500, reason="x"),)))
        [row] = await stage.kept(again)

        assert ("delivered", None) == (row.state, row.reason)
        assert [500, 200] == [one.status for one in row.attempts]  # noted twice, counted once


@pytest.mark.parametrize("state", ["interrupted", "not_rendered"])
async def test_what_receivers_and_jsonnet_say_of_people_is_sealed_and_goes_with_its_state(tmp_path, state):
    async with journal(tmp_path) as stage:
        [row] = await stage.kept(firing(state=state, reason=f"{PHONE} is banned", attempts=()))
        parts = await stage.view.parts("trigger-1")
        assert PHONE not in row.reason
        assert f"{PHONE} is banned" == parts["reason"]
        assert PHONE.encode() not in stage.bytes()

        [row] = await stage.kept(firing(state="delivered", reason=None))
        assert row.reason is None
        assert "reason" not in await stage.view.parts("trigger-1")


async def test_what_the_second_note_does_not_know_stays(tmp_path):
    async with journal(tmp_path) as stage:
        await stage.kept(firing())
        [row] = await stage.kept(
            firing(state="pending", mode="queued", attempts=(), context=None, request=None, response=None)
        )
        parts = await stage.view.parts("trigger-1")

        assert ("pending", "queued", 1) == (row.state, row.mode, len(row.attempts))
        assert ("out of order", "ada-id") == (parts["response"]["body"], parts["context"]["identity"]["id"])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["c", "b", "a"]),
        ({"identity_id": "bob-id"}, ["b"]),
        ({"flow": "registration"}, ["c", "a"]),
        ({"flow": "flow-b"}, ["b"]),
        ({"action": "mailer"}, ["c", "b"]),
        ({"action": "/hooks/c"}, ["c"]),
        ({"trigger_id": "b"}, ["b"]),
        ({"state": "delivered"}, ["b"]),
        ({"project_id": "project-2"}, ["c"]),
        ({"project_id": "project-2", "identity_id": "bob-id"}, []),
        ({"since_ms": NOW_MS + 2}, ["c", "b"]),
        ({"identity_id": "ada-id", "state": "failed", "action": "mailer"}, ["c"]),
    ],
)
async def test_is_searched_by(tmp_path, wanted, found):
    async with journal(tmp_path) as stage:
        rows = await stage.kept(
            firing("a", at_ms=NOW_MS + 1),
            firing(
                "b",
                at_ms=NOW_MS + 2,
                identity_id="bob-id",
                flow="login",
                flow_id="flow-b",
                action_id="mailer",
                state="delivered",
            ),
            firing("c", at_ms=NOW_MS + 3, action_id="mailer", path="/hooks/c", project_id="project-2"),
        )

        assert 3 == len(rows)
        assert found == [row.trigger_id for row in await stage.rows(**wanted)]


@pytest.mark.parametrize("lead", ["identity_id", "flow_id", "action_id", "path", "trigger_id"])
async def test_a_search_is_led_by_an_index_and_sorts_nothing(tmp_path, lead):
    wanted = {"flow_id": "flow", "action_id": "action"}.get(lead, lead)
    value = "/hooks/0" if lead == "path" else "x"
    async with journal(tmp_path) as stage:
        opened = tables.open_for_reading(stage.path)
        values = view._values(Wanted(**{"action" if lead == "path" else wanted: value}), limit=5, before=None)
        plan = " ".join(row[3] for row in opened.execute("EXPLAIN QUERY PLAN " + view._FIND_BY[lead], values))
        opened.close()

        assert f"({lead}=?" in plan
        assert "TEMP B-TREE" not in plan or lead == "trigger_id"


@pytest.mark.parametrize("state", tables.LAST_WORDS)
async def test_what_went_wrong_is_found_among_very_many_by_an_index_of_its_own(tmp_path, state):
    async with journal(tmp_path) as stage:
        rows = await stage.kept(
            firing("old", at_ms=NOW_MS + 1, state=state),
            firing("waits", at_ms=NOW_MS + 2, state=firings.PENDING),
            firing("new", at_ms=NOW_MS + 3, state=state),
        )
        opened = tables.open_for_reading(stage.path)
        values = view._values(Wanted(state=state, since_ms=1), limit=5, before=None)
        plan = " ".join(row[3] for row in opened.execute("EXPLAIN QUERY PLAN " + view._FIND_LAST_WORD, values))
        opened.close()

        assert 3 == len(rows)
        assert ["new", "old"] == [row.trigger_id for row in await stage.rows(state=state)]
        assert "firings_of_a_last_word (state=? AND at_ms>?" in plan
        assert "TEMP B-TREE" not in plan
        assert view._FIND_LAST_WORD == view._statement(
            Wanted(state=state, action="crm"), {**values, "action_id": "crm"}
        )
        assert ["new", "old"] == [row.trigger_id for row in await stage.rows(state=state, action="crm")]
        assert [] == await stage.rows(state=state, action="another")


async def test_a_file_of_the_release_before_is_brought_up_to_date(tmp_path):
    async with journal(tmp_path) as stage:
        await stage.kept(firing("old", state=firings.FAILED))
    with closing(sqlite3.connect(stage.path)) as earlier:
        earlier.execute("DROP INDEX firings_of_a_last_word")
        earlier.execute("PRAGMA user_version = 1")
    assert tables.open_for_reading(stage.path) is None
    async with journal(tmp_path) as stage:
        assert ["old"] == [row.trigger_id for row in await stage.rows(state=firings.FAILED)]


async def test_bodies_are_gone_after_a_week_and_rows_after_a_month(tmp_path):
    async with journal(tmp_path) as stage:
        await stage.kept(firing("old"))
        stage.clock.advance(8 * DAY_MS / 1000)
        await until(lambda: stage.count("bodies") == 0)
        assert ["old"] == [row.trigger_id for row in await stage.rows()]

        def is_gone_a_month_later():
            stage.clock.advance(23 * DAY_MS / 1000)
            return stage.count("firings") == 0

        await until(is_gone_a_month_later)


async def test_a_flood_keeps_the_newest_rows_and_no_more_than_the_limit(tmp_path):
    limits = JournalLimits(rows=50, sweep_every_rows=10, rows_per_removal=7)
    async with journal(tmp_path, limits=limits) as stage:
        await stage.kept(*(firing(f"t{number}", at_ms=NOW_MS + number) for number in range(200)))
        await until(lambda: stage.count("firings") == 50)

        assert [f"t{number}" for number in range(199, 149, -1)] == [row.trigger_id for row in await stage.rows()]
        assert stage.count("bodies") == 50


async def test_large_bodies_go_before_their_rows(tmp_path):
    limits = JournalLimits(body_bytes=100_000, sweep_every_rows=1, rows_per_removal=1)
    async with journal(tmp_path, limits=limits) as stage:
        large = Response(status=200, body=b"x" * 16_000)
        await stage.kept(*(firing(f"t{number}", at_ms=NOW_MS + number, response=large) for number in range(20)))

        def size():
            with sqlite3.connect(stage.path) as connection:
                return connection.execute("SELECT sum(size) FROM bodies").fetchone()[0]

        await until(lambda: size() <= 100_000)
        assert (20, {}) == (stage.count("firings"), await stage.view.parts("t0"))
        assert await stage.view.parts("t19")


async def test_what_is_too_much_to_write_is_dropped_newest_first_and_counted(tmp_path):
    limits = JournalLimits(waiting_firings=10)
    with capture_logs() as lines:
        async with journal(tmp_path, limits=limits) as stage:
            for number in range(25):
                stage.keeper.note(firing(f"t{number}", at_ms=NOW_MS + number))
            rows = await stage.written(firing("t9"))

            assert [f"t{number}" for number in range(9, -1, -1)] == [row.trigger_id for row in rows]
            assert 15 == stage.keeper.not_kept
    warned = [line for line in lines if line["event"] == "action_deliveries_not_kept"]
    assert 1 == len(warned)  # not a line for each


async def test_bodies_in_line_take_up_a_bounded_room(tmp_path):
    async with journal(tmp_path, limits=JournalLimits(waiting_bytes=100_000)) as stage:
        large = Response(status=200, body=b"x" * 40_000)
        for number in range(5):
            stage.keeper.note(firing(f"t{number}", response=large))

        assert 3 == stage.keeper.not_kept
        rows = await stage.written(firing("t1"))
        assert 2 == len(rows)
        await stage.kept(firing("later", response=large))  # what was written takes up none


async def test_a_full_disk_costs_no_flow_anything_and_what_waits_is_written_when_there_is_room(tmp_path):
    limits = JournalLimits(waiting_firings=3)
    with capture_logs() as lines:
        async with journal(tmp_path, limits=limits) as stage:
            blocker = sqlite3.connect(stage.path, isolation_level=None)
            connection = stage.keeper._file._connection
            connection.execute("PRAGMA busy_timeout = 0")
            blocker.execute("BEGIN IMMEDIATE")  # as a full disk: every write is refused
            for number in range(5):
                stage.keeper.note(firing(f"t{number}", at_ms=NOW_MS + number))
            await until(stage.lingers)
            stage.clock.advance(0.1)
            await until(lambda: any(line["event"] == "action_deliveries_not_kept" for line in lines))
            blocker.execute("ROLLBACK")
            blocker.close()

            async def are_there():
                stage.clock.advance(1)
                return [row.trigger_id for row in await stage.rows()] == ["t2", "t1", "t0"]

            await until(are_there)
            assert 2 == stage.keeper.not_kept


async def test_what_can_not_be_written_costs_the_others_nothing(tmp_path):
    deep = {}
    for _ in range(100_000):
        deep = {"a": deep}
    odd = firing("odd", context={"flow": {}, "deep": deep}, reason="lone \ud800 surrogate")
    broken = firing("broken", attempts=("no attempt",))
    async with journal(tmp_path) as stage:
        rows = await stage.kept(odd, broken, firing("fine"))

        assert {"odd", "fine"} == {row.trigger_id for row in rows}
        assert 1 == stage.keeper.not_kept
        assert "context" not in await stage.view.parts("odd")
    while deep:  # a hundred thousand dicts inside each other are let go one by one
        deep = deep["a"]


SURROGATE = "a\udcff"
UNFIT = {
    "a byte in a header": firing("unfit", response=Response(status=200, headers=(("x-evil", SURROGATE),))),
    "a byte in a header that is shown": firing("unfit", request=request(headers=(("Content-Type", SURROGATE),))),
    "a text that is none": firing("unfit", identity_id=SURROGATE),
    "a number too large": firing("unfit", at_ms=2**70),
    "nothing where something must be": firing("unfit", project_id=None),
    "an object": firing("unfit", flow=object()),
    "an attempt that is none": firing("unfit", attempts=(attempt(0, request_id=SURROGATE),)),
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT.keys())
async def test_a_receiver_of_mallorys_can_not_end_the_delivery_log(tmp_path, unfit):
    async with journal(tmp_path) as stage:
        await stage.kept(firing("before"), unfit, firing("beside"))
        rows = await stage.kept(firing("after"))

        assert {"before", "beside", "after"} == {row.trigger_id for row in rows}
        assert 1 == stage.keeper.not_kept
        assert "context" in await stage.view.parts("beside")


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT.keys())
async def test_a_stop_right_after_what_can_not_be_written_is_a_stop(tmp_path, unfit):
    stage = Stage(tmp_path)
    stage.keeper.note(unfit)
    stage.keeper.note(firing("fine"))
    odd = Record(source=ACTIONS_SOURCE, message_id=SURROGATE, type=ACTION, body=b"", received_at_ms=0)
    stage.keeper.moved([Stored(offset=7, record=odd)])
    await stage.close()

    assert (1, 2) == (stage.count("firings"), stage.keeper.not_kept)


async def test_one_found_in_the_log_that_can_not_be_read_costs_the_others_found_nothing(tmp_path):
    odd = Record(source=ACTIONS_SOURCE, message_id="odd", type=ACTION, body=b"", received_at_ms=0)
    async with journal(tmp_path) as stage:
        await stage.keeper.keep_found([Stored(offset=3, record=odd), logged(5)])

        assert [("trigger-5", 5)] == [(row.trigger_id, row.offset) for row in await stage.rows()]
        assert 1 == stage.keeper.not_kept


async def test_where_a_queued_one_is_in_the_log_is_remembered_and_survives_its_resubmission(tmp_path):
    record = Record(source=ACTIONS_SOURCE, message_id="trigger-1", type="action", body=b"", received_at_ms=0)
    other = Record(source="web", message_id="trigger-1", type="track", body=b"", received_at_ms=0)
    pending = firing(mode="queued", state="pending")
    async with journal(tmp_path) as stage:
        stage.keeper.note(pending)
        stage.keeper.moved([Stored(offset=7, record=record), Stored(offset=8, record=other)])
        await stage.written(pending)
        [row] = await stage.kept(firing(mode="queued", state="cancelled"))

        assert 7 == row.offset


async def test_a_file_of_a_newer_release_is_refused_with_one_clear_line(tmp_path):
    tables.open_for_writing(tmp_path / "actions.db").close()
    with sqlite3.connect(tmp_path / "actions.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(tables.NewerJournalError, match=r"actions\.db was written by a newer release"):
        JournalKeeper(tmp_path / "actions.db", sealer=SEALER, clock=SystemClock())


async def test_a_damaged_file_keeps_no_server_from_starting(tmp_path):
    (tmp_path / "actions.db").write_bytes(b"this is no database, it is a letter to mallory" * 100)
    with capture_logs() as lines:
        keeper = JournalKeeper(tmp_path / "actions.db", sealer=SEALER, clock=ManualClock(SystemClock().now()))
        keeper.start()
        keeper.note(firing())
        await keeper.close()

    assert 1 == keeper.not_kept
    assert "action_deliveries_not_kept" in {line["event"] for line in lines}


async def test_there_is_nothing_to_read_before_anything_was_kept(tmp_path):
    empty = JournalView(tmp_path / "actions.db", SEALER)

    assert ([], {}) == (await empty.find(Wanted(), limit=10), await empty.parts("x"))
    empty.close()


async def test_notes_may_come_from_other_threads(tmp_path):
    async with journal(tmp_path) as stage:
        await asyncio.to_thread(stage.keeper.note, firing())
        rows = await stage.written(firing())

        assert 1 == len(rows)


def test_the_ctx_handed_in_is_left_as_it_is():
    told = context()
    withholding.context(told)

    assert context() == told


class OneLog:
    """A log whose end is reached in steps of two records."""

    def __init__(self, *offsets):
        self._offsets = offsets

    async def scan(self, *, after, limit, sources):
        assert sources == {ACTIONS_SOURCE}
        beyond = [offset for offset in self._offsets if offset > after][: min(limit, 2)]
        up_to = beyond[-1] if beyond else after
        is_end = up_to == self._offsets[-1]
        return Scanned(records=[logged(offset) for offset in beyond], up_to=up_to, is_end=is_end)


def logged(offset):
    action = QueuedAction(
        trigger_id=f"trigger-{offset}",
        action_id="crm",
        flow="registration",
        project_id="project-1",
        identity_id="ada-id",
        request=QueuedRequest(method="POST", url="https://receiver.test/"),
    )
    body = queued.seal(action, SEALER)
    record = Record(source=ACTIONS_SOURCE, message_id=action.trigger_id, type=ACTION, body=body, received_at_ms=NOW_MS)
    return Stored(offset=offset, record=record)


async def test_what_a_dead_process_had_no_time_to_note_is_found_in_the_log_at_the_next_start(tmp_path):
    async with journal(tmp_path) as stage:
        await stage.kept(firing("trigger-5", mode="queued", state="pending"))
        stage.keeper.moved([logged(5)])
    async with journal(tmp_path) as stage:
        await catching_up.run(stage.keeper, reader=OneLog(3, 5, 6, 7, 9))
        await catching_up.run(stage.keeper, reader=OneLog(3, 5, 6, 7, 9))
        found = {row.trigger_id: row for row in await stage.rows()}

    assert {"trigger-5", "trigger-6", "trigger-7", "trigger-9"} == set(found)
    lost = found["trigger-6"]
    assert (lost.identity_id, lost.flow, lost.mode, lost.state) == ("ada-id", "registration", "queued", "pending")
    assert 6 == lost.offset
    assert "password" == found["trigger-5"].method  # more is known of it than the log says


async def test_what_a_dead_process_left_in_the_outbox_is_noted_when_it_is_moved_to_the_log(tmp_path):
    async with journal(tmp_path) as stage:
        stage.keeper.moved([logged(6)])
    async with journal(tmp_path) as stage:
        (row,) = await stage.rows(identity_id="ada-id")

    assert ("trigger-6", "pending", 6) == (row.trigger_id, row.state, row.offset)


async def test_a_note_that_comes_after_its_record_was_moved_says_the_rest(tmp_path):
    async with journal(tmp_path) as stage:
        stage.keeper.moved([logged(6)])
        (row,) = await stage.kept(firing("trigger-6", mode="queued", state="pending"))

    assert (6, "password") == (row.offset, row.method)


async def test_a_log_that_can_not_be_read_costs_the_start_nothing_and_is_told(tmp_path):
    class Damaged:
        async def scan(self, **_):
            raise sqlite3.DatabaseError("malformed")

    async with journal(tmp_path) as stage:
        with capture_logs() as logs:
            await catching_up.run(stage.keeper, reader=Damaged())

    assert [("action_deliveries_not_followed", "malformed")] == [(line["event"], line["reason"]) for line in logs]
