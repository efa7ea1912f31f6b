"""What replays are begun and counted with: the desk, built, and who counts for it."""

from collections.abc import Awaitable, Callable

import msgspec
from sqlalchemy import Connection

from headwater.api.replay_desk import Count, ReplayDesk
from headwater.core.clock import Clock
from headwater.core.secrets import Sealer
from headwater.deliver.replays import counted
from headwater.deliver.replays.counted import Counted
from headwater.deliver.replays.selected import Selected
from headwater.deliver.report import DeliveryReport
from headwater.log.event_log import Reader
from headwater.store.database import Database
from headwater.wiring.link import Link
from headwater.workspace import destinations
from headwater.workspace.configuration import Replay


def desk(
    *,
    database: Database,
    reader: Reader,
    report: DeliveryReport,
    clock: Clock,
    sealer: Sealer,
    elsewhere: Callable[[], Count | None],
    follow: Callable[[], Awaitable[None]],
    oldest_at: Callable[[], str | None],
) -> ReplayDesk:
    """Return the desk. It is `elsewhere` that is counted where anybody delivers, so that no ack waits for it."""

    async def count(replay: Replay, after: int) -> Counted:
        if (asked := elsewhere()) is not None:
            return await asked(replay, after)

        def read(connection: Connection) -> Selected:
            found = destinations.get(connection, replay.destination_id, sealer=sealer)
            return Selected(replay.selection, found)

        return await counted.step(reader, await database.read(read), after=after, up_to=replay.up_to)

    return ReplayDesk(
        database=database,
        reader=reader,
        report=report,
        clock=clock,
        sealer=sealer,
        count=count,
        follow=follow,
        oldest_at=oldest_at,
    )


def counted_by(link: Link) -> Count:
    """Return what asks the other process to count."""

    async def count(replay: Replay, after: int) -> Counted:
        answer = await link.ask("count", {"replay": msgspec.to_builtins(replay), "after": after})
        return msgspec.convert(answer, Counted)

    return count
