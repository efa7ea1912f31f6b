"""Many events over a life of ups and downs, restarts among them: in the end each one is accounted for."""

import random

import pytest
import simulated
from accounting import last_words, settled_by
from delivering import event, until, webhook, world
from simulated import simulating, status

from headwater.core.outcomes import State

EVENTS, MANY_EVENTS = 4_000, 1_000_000
APPENDED_AT_ONCE = 500
BATCH = 100
RESTARTS = 3
POISON_IN, KEPT_IN = 997, 331
SICKNESSES = (status(500), status(429, Retry_After=2), simulated.reset, simulated.half_close, simulated.babble)
SICK_REQUESTS_IN = 50
QUIET_LOOKS = 5
PATIENCE_SECONDS = 3_000.0


def name_of(number):
    return f"poison{number}" if number % POISON_IN == 1 else f"m{number}"


def is_kept(number):
    return number % KEPT_IN == 0


def record(number):
    return event(name_of(number), integrations={"All": False} if is_kept(number) else None)


def expected(offsets, *, poisoned):
    """Return what has to become of each event, by its offset."""
    return {
        offset: State.FILTERED
        if is_kept(number)
        else poisoned
        if name_of(number).startswith("poison")
        else State.DELIVERED
        for number, offset in enumerate(offsets)
    }


class Life:
    """Falls ill now and then for a few requests; a poisonous event is refused whenever it comes."""

    def __init__(self, seed):
        self._chance = random.Random(seed)
        self._sickness, self._left = None, 0

    def __call__(self, ids):
        if not self._left and self._chance.randrange(SICK_REQUESTS_IN) == 0:
            self._sickness, self._left = self._chance.choice(SICKNESSES), self._chance.randrange(1, 30)
        if self._left:
            self._left -= 1
            return self._sickness
        return status(400) if any(name.startswith("poison") for name in ids) else simulated.OK


class Quiet:
    """Tells whether nothing has moved for a while: only then the clock may go on, or patience ends before its time."""

    def __init__(self):
        self._last, self._times = None, 0

    def is_there(self, settled):
        self._times = self._times + 1 if settled == self._last else 0
        self._last = settled
        return self._times >= QUIET_LOOKS


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("count", [EVENTS, pytest.param(MANY_EVENTS, marks=pytest.mark.soak)])
async def test_received_is_delivered_and_rejected_and_filtered_event_by_event(tmp_path, count):
    async with simulating() as ill, simulating() as well, world(tmp_path) as w:
        ill.life = Life(20261128)
        tools = [webhook(name, one.url(), batch_size=BATCH, batch_seconds=0) for name, one in (("i", ill), ("w", well))]
        offsets = []
        await w.start(*tools)
        restart_at = {count * part // (RESTARTS + 1) // APPENDED_AT_ONCE for part in range(1, RESTARTS + 1)}
        for part, first in enumerate(range(0, count, APPENDED_AT_ONCE)):
            numbers = range(first, min(first + APPENDED_AT_ONCE, count))
            offsets += await w.append(*[record(number) for number in numbers])
            if part in restart_at:
                await w.restart()
            w.clock.advance(1.0)

        quiet = Quiet()

        async def is_settled():
            sums = await w.report.sums()
            settled = [settled_by(sums[one.id].figures) if one.id in sums else 0 for one in tools]
            if quiet.is_there(settled):
                w.clock.advance(1.0)
            return settled == [count, count]

        await until(is_settled, what="every event settled", seconds=PATIENCE_SECONDS)
        assert expected(offsets, poisoned=State.REJECTED) == last_words(w.path, "i")
        assert expected(offsets, poisoned=State.DELIVERED) == last_words(w.path, "w")
        names = {name_of(number) for number in range(count) if not is_kept(number)}
        assert set(well.taken) == names
        assert set(ill.taken) == {name for name in names if not name.startswith("poison")}
