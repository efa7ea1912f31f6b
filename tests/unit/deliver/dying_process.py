"""A readers' process that kills itself with SIGKILL at one point of its work, or runs until it is killed.

    dying_process.py FOLDER URL BATCH_SIZE POINT NTH

`answered`: the NTH answer has come, and nothing of it is noted. `written`: the NTH save is in its transaction, whole,
which isn't committed. `saved`: it is, and the lane hasn't heard of it. `-`: at none.
"""

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path

from delivering import KEY, webhook

from headwater.core.clock import SystemClock
from headwater.core.secrets import Sealer
from headwater.deliver.engine import Engine
from headwater.deliver.ledger import Ledger
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.mapping.sandbox import Sandbox
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound


class Death:
    """Comes at the NTH time that something gets to `point`."""

    def __init__(self, point, nth):
        self._point = point
        self._left = itertools.count(nth, -1)

    def at(self, point):
        if point == self._point and next(self._left) <= 1:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingSender:
    def __init__(self, sender, death):
        self._sender = sender
        self._death = death

    async def send(self, request):
        response = await self._sender.send(request)
        self._death.at("answered")
        return response


class DyingLedger(Ledger):
    def __init__(self, path, *, sealer, death):
        super().__init__(path, sealer=sealer)
        self._death = death

    def _settle_all(self, batch):
        super()._settle_all(batch)
        self._death.at("written")

    def _save(self, batch):
        errors = super()._save(batch)
        self._death.at("saved")
        return errors


async def main(folder, url, batch_size, point, nth):
    sealer, death = Sealer(KEY), Death(point, nth)

    async def configuration():
        return [webhook("crm", url, batch_size=batch_size, batch_seconds=0)]

    async def replays():
        return []

    engine = Engine(
        reader=SqliteLogReader(folder / "log"),
        ledger=DyingLedger(folder / "deliver.db", sealer=sealer, death=death),
        sender=DyingSender(Outbound(AddressPolicy(allow_private=True)), death),
        clock=SystemClock(),
        sealer=sealer,
        read_secret={}.__getitem__,
        configuration=configuration,
        replays=replays,
        evaluator=Sandbox(clock=SystemClock()),
    )
    await engine.start()
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])))
