"""A data folder with something in every part of it, and backups of it made in this process."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import create_engine

from fresh_database import put_fresh_core
from headwater.backup import contents, putting_back
from headwater.backup.shelf import Shelf
from headwater.backup.taking import Taking
from headwater.core.clock import ManualClock
from headwater.core.event import Record
from headwater.deliver import ledger_schema
from headwater.lake import manifest, manifest_book, manifest_tables
from headwater.lake.manifest import LakeFile
from headwater.log import outbox, segments
from headwater.log.event_log import Position
from headwater.log.log_limits import LogLimits
from headwater.log.segment_writer import Append, SegmentWriter
from headwater.store.database import sqlite_url
from headwater.store.folder import DataFolder
from headwater.store.writer import TOPICS

START = datetime(2026, 11, 29, tzinfo=UTC)
CURSOR = "INSERT OR REPLACE INTO cursors VALUES ('webhook', ?, x'')"


def record(message_id):
    return Record(source="src_1", message_id=message_id, type="track", body=b"{}", received_at_ms=1)


class Stage:
    """Its writers are those of a server; `append` rolls a segment every four records."""

    def __init__(self, folder: Path):
        self.data = DataFolder(folder / "data")
        self.data.lock()
        self.data.sealing_key()
        put_fresh_core(self.data.core_database)
        self.core = create_engine(sqlite_url(self.data.core_database))
        self.backup = folder / "backup"
        self.clock = ManualClock(START)
        self.log = SegmentWriter(self.data.log, clock=self.clock, limits=LogLimits(segment_records=4))
        self.ledger = ledger_schema.open_ledger(self.data.deliver_database)
        self.data.lake.mkdir()
        self.lake = manifest_tables.open_for_writing(self.data.lake / manifest.NAME)
        self.data.mail.mkdir()
        (self.data.mail / "1.eml").write_text("welcome")
        self._files = 0

    def append(self, *message_ids, position=0):
        at = Position("outbox", position) if position else None
        for message_id in message_ids:
            self.log.commit([Append([record(message_id)], at)])

    def enqueue(self, *message_ids):
        with self.core.begin() as connection:
            connection.info[TOPICS] = set()
            outbox.enqueue(connection, [record(message_id) for message_id in message_ids])

    def deliver_up_to(self, offset):
        self.ledger.execute(CURSOR, (offset,))

    def flush_lake(self, content: bytes, *, cursor: int, removed=()):
        """Put one more file into the lake, and into its manifest."""
        self._files += 1
        path = f"data/src_1/tracks/day=2026-11-29/1-{cursor}-{self._files}.parquet"
        (self.data.lake / path).parent.mkdir(parents=True, exist_ok=True)
        (self.data.lake / path).write_bytes(content)
        file = LakeFile(
            path=path,
            source="src_1",
            table="tracks",
            day="2026-11-29",
            kind=manifest.PARQUET,
            first_offset=1,
            last_offset=cursor,
            rows=1,
            bytes=len(content),
        )
        ids = msgspec.structs.replace(file, path=f"ids/src_1/1-{cursor}-{self._files}.ids", kind=manifest.IDS)
        (self.data.lake / ids.path).parent.mkdir(parents=True, exist_ok=True)
        (self.data.lake / ids.path).write_bytes(b"sixteen bytes id")
        change = manifest_book.Change(
            cursor=cursor, next_file=self._files + 1, added=[file, ids], removed=[one.path for one in removed]
        )
        manifest_book.commit(self.lake, change, now_ms=1)
        return file

    def take(self, *, ready=None, held=None):
        """Make a backup; `ready` and `held` are called just before and just after its moment."""
        with Shelf(self.backup, data=self.data.path) as shelf:
            try:
                return Taking(self.data, shelf, wire=Wire(ready, held), clock=self.clock).run()
            except BaseException:
                shelf.discard()
                raise

    def restored(self, *, screen=None, aside="replaced-1"):
        """Put the backup back beside the data; return its folder."""
        target = DataFolder(self.backup.parent / "restored")
        target.lock(may_be_half=True)
        try:
            screen = screen or Screen()
            putting_back.put(contents.read(self.backup), self.backup, target, aside=aside, screen=screen)
            putting_back.done(target)
        finally:
            target.unlock()
        return target.path

    def kept(self, path):
        """Where the backup has the copy of a file."""
        return self.backup / next(file.stored for file in contents.read(self.backup).files if file.path == path)

    def close(self):
        self.log.close()
        self.ledger.close()
        self.lake.close()
        self.core.dispose()
        self.data.unlock()


class Wire:
    def __init__(self, ready, held):
        self._called = {"ready": ready, "held": held}

    def say(self, note):
        call = self._called.get(note.kind)
        if call is not None:
            call()

    def wait_for_go(self):
        pass


class Screen:
    """Watches a restore; `advance` may be told to break down after so many bytes."""

    def __init__(self, *, breaks_while="", error=None):
        self.did = []
        self._breaks_while, self._error = breaks_while, error

    def begin(self, what, _total_bytes):
        self.did.append(what)

    def advance(self, _size):
        if self.did[-1] == self._breaks_while:
            raise self._error


def message_ids(data: Path):
    found = []
    for number in segments.numbers(data / "log"):
        connection = segments.connect(segments.path_of(data / "log", number), mode="ro")
        found += [one.record.message_id for one in segments.records_after(connection, 0, limit=10**6)]
        connection.close()
    return found
