"""What replays are begun and counted with: the desk, built, and who counts for it."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from headwater.api.replay_desk import Count, ReplayDesk
from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Sealer
from headwater.deliver.replays import counted
from headwater.deliver.replays.counted import Counted
from headwater.deliver.replays.selected import Selected
from headwater.deliver.report import DeliveryReport
from headwater.lake import erasure_desk
from headwater.lake.archive_reader import ArchiveReader
from headwater.lake.depot.cache import Cache
from headwater.lake.depot.place import Place
from headwater.log.event_log import Reader
from headwater.store.database import Database
from headwater.wiring.link import Link
from headwater.workspace import destinations
from headwater.workspace.configuration import Replay


def archive_reader(log: Reader, lake: Path, *, database: Database, place: Place | None, clock: Clock) -> ArchiveReader:
    """Return what reads the log, and below it the archive, wherever the lake is at home."""
    cache = None if place is None else Cache(lake, place)

    def bring(paths: Sequence[str]) -> None:
        if cache is not None:
            cache.fetch(paths, now_ms=epoch_ms(clock.now()))

    return ArchiveReader(
        log,
        lake,
        erasures=lambda: erasure_desk.unsettled(database, lake),
        bring=None if cache is None else bring,
    )


def desk(
    *,
    database: Database,
    reader: ArchiveReader,
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
        stretch=lambda since_ms, until_ms: reader.stretch(since_ms=since_ms, until_ms=until_ms),
        report=report,
        clock=clock,
        sealer=sealer,
        count=count,
        follow=follow,
        oldest_at=lambda: None if (oldest := oldest_at()) is None or reader.reaches_back() else oldest,
    )


def counted_by(link: Link) -> Count:
    """Return what asks the other process to count."""

    async def count(replay: Replay, after: int) -> Counted:
        answer = await link.ask("count", {"replay": msgspec.to_builtins(replay), "after": after})
        return msgspec.convert(answer, Counted)

    return count
