"""Of people who may not be processed nothing is sent: not live, not again, not what was planned before."""

from contextlib import asynccontextmanager

import msgspec
import pytest
from delivering import SECRETS, START, event, receiving, until, webhook, world

from fresh_database import fresh_database
from headwater.core.clock import ManualClock, SystemClock
from headwater.core.outcomes import Filtered, RetryLater, State
from headwater.deliver import suppression
from headwater.deliver.dry_runs import DryRuns
from headwater.deliver.metrics import codes
from headwater.deliver.replays import names
from headwater.mapping.sandbox import Sandbox
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.store.errors import DatabaseError
from headwater.workspace import suppressions
from headwater.workspace.configuration import Replay, Routing, Selection
from headwater.workspace.suppressed import SuppressedUsers

FILTERED = (State.FILTERED, "USER_SUPPRESSED")


class List:
    """The real list, over a real database."""

    def __init__(self, database):
        self.users, self._database = SuppressedUsers(database), database

    async def add(self, *user_ids):
        await self._database.write(lambda c: suppressions.add(c, user_ids, clock=ManualClock(START)))
        await self.users.reload()

    async def remove(self, *user_ids):
        await self._database.write(lambda c: suppressions.remove(c, user_ids))
        await self.users.reload()


@pytest.fixture
def suppressed(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    yield List(database)
    database.close()


@asynccontextmanager
async def stage(tmp_path, suppressed, **options):
    async with receiving() as receiver, world(tmp_path, suppressed=suppressed.users, **options) as made:
        yield made, receiver


async def verdict(w, offset, hook):
    delivery = await w.delivery(offset, hook)
    return delivery.state, delivery.reason


def has_verdict(w, offset, hook, expected):
    async def met():
        return await verdict(w, offset, hook) == expected

    return until(met, what=str(expected))


async def test_a_suppressed_person_is_filtered_and_nobody_else(tmp_path, suppressed):
    await suppressed.add("mallory")
    async with stage(tmp_path, suppressed) as (w, receiver):
        hook = webhook("crm", receiver.url)
        ours, theirs = await w.append(event("m1", user_id="mallory"), event("m2"))
        await w.start(hook)
        await w.until_state(theirs, hook, State.DELIVERED)

        await has_verdict(w, ours, hook, FILTERED)
        assert ["m2"] == receiver.seen


async def test_a_change_of_the_list_is_in_force_at_once(tmp_path, suppressed):
    async with stage(tmp_path, suppressed) as (w, receiver):
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        for number, change in enumerate((suppressed.add, suppressed.remove)):
            await change("ada")
            [offset] = await w.append(event(f"m{number}"))
            await w.until_state(offset, hook, (State.FILTERED, State.DELIVERED)[number])

        assert ["m1"] == receiver.seen


async def test_a_retry_that_comes_due_after_the_suppression_is_not_sent(tmp_path, suppressed):
    async with stage(tmp_path, suppressed) as (w, receiver):
        receiver.answer = lambda _: (429, {"Retry-After": "60"})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append(event("m1"))
        await w.until_state(offset, hook, State.RETRYING)
        await suppressed.add("ada")
        w.clock.advance(120)

        await has_verdict(w, offset, hook, FILTERED)
        assert ["m1"] == receiver.seen


async def test_what_was_planned_while_the_destination_was_down_is_not_sent_when_it_is_back(tmp_path, suppressed):
    async with stage(tmp_path, suppressed) as (w, receiver):
        receiver.answer = lambda _: (503, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        offsets = await w.append(*(event(f"m{n}", user_id=("ada", "grace")[n % 2]) for n in range(40)))
        await until(lambda: len(receiver.seen) >= 10)
        await suppressed.add("ada")
        receiver.answer = lambda _: (200, {})
        receiver.seen.clear()
        await w.advance_until(lambda: len(receiver.counts) == 20, step=5.0)
        await w.until_state(offsets[-1], hook, State.DELIVERED)

        await has_verdict(w, offsets[0], hook, FILTERED)
        assert {f"m{number}" for number in range(1, 40, 2)} == set(receiver.seen)


async def test_what_waits_behind_the_persons_earlier_event_is_not_sent(tmp_path, suppressed):
    async with stage(tmp_path, suppressed) as (w, receiver):
        receiver.gate.clear()
        hook = msgspec.structs.replace(webhook("crm", receiver.url), routing=Routing(order="per-user"))
        _, second = await w.append(event("m1"), event("m2"))
        await w.start(hook)
        await until(lambda: receiver.seen == ["m1"])
        await suppressed.add("ada")
        receiver.gate.set()

        await has_verdict(w, second, hook, FILTERED)
        assert ["m1"] == receiver.seen


async def test_neither_a_replay_nor_a_redrive_sends_it(tmp_path, suppressed):
    async with stage(tmp_path, suppressed) as (w, receiver):
        receiver.answer = lambda _: (400, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append(event("m1"))
        await w.until_state(offset, hook, State.REJECTED)
        receiver.answer = lambda _: (200, {})
        await suppressed.add("ada")
        assert 1 == await w.redrive("crm")
        await has_verdict(w, offset, hook, FILTERED)

        everything = Selection(since_ms=0, until_ms=2**62)
        replay = Replay(id="rpl_1", destination_id="crm", selection=everything, after=0, up_to=offset, created_at_ms=0)
        w.replays = [replay]
        await w.engine.reconfigure()

        async def is_over():
            found = (await w.report.replays()).get(names.name_of(replay))
            return found if found and found.finished_at_ms else None

        found = await until(is_over, what="the replay's end")
        assert (1, 1, 0) == (found.total, found.done, found.delivered)
        assert ["m1"] == receiver.seen


@pytest.fixture
async def dry_runs(suppressed):
    sandbox, outbound = Sandbox(clock=SystemClock()), Outbound(AddressPolicy(allow_private=True))
    yield DryRuns(
        evaluator=sandbox,
        sender=outbound,
        clock=ManualClock(START),
        read_secret=SECRETS.__getitem__,
        suppressed=suppressed.users,
    )
    await outbound.close()


async def test_a_dry_run_says_so_before_it_speaks_of_consent(dry_runs, suppressed):
    await suppressed.add("ada")
    tried = await dry_runs.run(webhook("crm", "http://crm.test/"), event("m1"), is_sent=True)

    assert [("connected_source", "passed"), ("supported_type", "passed"), ("suppression", "stopped")] == [
        (one["step"], one["verdict"]) for one in tried.steps
    ]
    assert ("filtered", "USER_SUPPRESSED", [], []) == (tried.state, tried.reason, tried.requests, tried.answers)


class Broken:
    is_nobody = False

    async def among(self, _user_ids):
        raise DatabaseError


async def test_while_the_list_can_not_be_read_everybody_waits():
    (found,) = await suppression.verdicts([event("m1")], suppressed=Broken())

    assert isinstance(found, RetryLater)


async def test_an_event_without_a_user_id_is_nobodys(suppressed):
    await suppressed.add("ada")
    records = [event("m1", user_id=None), event("m2")]

    assert [None, Filtered("USER_SUPPRESSED")] == await suppression.verdicts(records, suppressed=suppressed.users)
    assert "USER_SUPPRESSED" == codes.of_filtered("USER_SUPPRESSED")  # what it is counted by
