"""A readers' process for the crash test: delivers what the log of a folder holds to one URL until it is killed."""

import asyncio
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


async def main(folder, url):
    sealer = Sealer(KEY)

    async def configuration():
        return [webhook("crm", url)]

    async def replays():
        return []

    engine = Engine(
        reader=SqliteLogReader(folder / "log"),
        ledger=Ledger(folder / "deliver.db", sealer=sealer),
        sender=Outbound(AddressPolicy(allow_private=True)),
        clock=SystemClock(),
        sealer=sealer,
        read_secret={}.__getitem__,
        configuration=configuration,
        replays=replays,
        evaluator=Sandbox(clock=SystemClock()),
    )
    await engine.start()
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
