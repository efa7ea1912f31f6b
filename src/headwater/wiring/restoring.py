"""`headwater restore`: a backup becomes a data folder, which is then opened once as a server would, and described."""

import secrets
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from headwater import settings
from headwater.backup import contents, putting_back
from headwater.backup.backup_errors import RestoreFailedError
from headwater.backup.contents import Contents
from headwater.backup.putting_back import Screen
from headwater.core.clock import SystemClock
from headwater.core.errors import HeadwaterError
from headwater.deliver import ledger_schema
from headwater.lake import manifest, manifest_tables
from headwater.lake.warehouses import sync_tables
from headwater.live import live_tables
from headwater.store import tables
from headwater.store.folder import DataFolder
from headwater.wiring import diagnostics
from headwater.wiring.rooms import Rooms

URL = "http://127.0.0.1"
COUNTED = {
    "projects": tables.projects,
    "people": tables.identities,
    "sources": tables.sources,
    "destinations": tables.destinations,
}


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was put back, and what was found in it. `moved_to`: where what was there before is now."""

    data: str
    release: str
    taken_at: str
    files: int
    bytes: int
    missing: tuple[str, ...]
    found: dict[str, Any]
    moved_to: str | None = None


async def restore(backup: Path, data: Path, *, is_forced: bool, screen: Screen) -> Restored:
    """Put the backup back; when this returns a server may start there. Raises HeadwaterError, which says what to do."""
    diagnostics.configure("warning")
    folder = DataFolder(data)
    _refuse_running(folder)
    needed_bytes = contents.read(backup).bytes
    putting_back.check_target(folder, backup, needed_bytes=needed_bytes, is_forced=is_forced)
    with putting_back.checked(backup, screen=screen) as found:
        folder.lock(may_be_half=True)
        try:
            return await _put(found, backup, folder, screen=screen)
        finally:
            folder.unlock()


async def _put(found: Contents, backup: Path, folder: DataFolder, *, screen: Screen) -> Restored:
    aside = f"{putting_back.ASIDE}{SystemClock().now():%Y%m%dT%H%M%S}"
    try:
        moved = putting_back.put(found, backup, folder, aside=aside, screen=screen)
        screen.begin("opening it as a server would", 0)
        seen = await _opened(folder)
    except (OSError, sqlite3.Error) as error:
        raise _half(folder, str(error)) from error
    except HeadwaterError as error:
        raise _half(folder, error.message) from error
    putting_back.done(folder)
    return Restored(
        data=str(folder.path),
        release=found.release,
        taken_at=found.taken_at,
        files=len(found.files),
        bytes=found.bytes,
        missing=found.missing,
        found=seen,
        moved_to=None if moved is None else str(moved),
    )


async def _opened(folder: DataFolder) -> dict[str, Any]:
    """Open every file as `serve` and its readers do; older ones are migrated. Raises what keeps them from starting."""
    chosen = settings.load({}, {"data": str(folder.path)})
    async with Rooms(chosen, folder, url=URL, local_token=secrets.token_urlsafe(), listener=None) as rooms:
        counts = await rooms.database.read(_counts)
        log = (await rooms.status())["log"]
    for path, opened in (
        (folder.deliver_database, ledger_schema.open_ledger),
        (folder.live_database, live_tables.open_for_writing),
        (folder.syncs_database, sync_tables.open_for_writing),
        (folder.lake / manifest.NAME, manifest_tables.open_for_writing),
    ):
        if path.exists():
            opened(path).close()
    return {**counts, "events": log["events"], "newest_offset": log["newest_offset"], **_lake(folder)}


def _counts(connection: Connection) -> dict[str, int]:
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in COUNTED.items()
    }


def _lake(folder: DataFolder) -> dict[str, int]:
    book = manifest.Manifest.open_for_reading(folder.lake / manifest.NAME)
    try:
        totals = book.totals()
    finally:
        book.close()
    return {"lake_rows": totals.rows, "lake_files": totals.parquet_files + totals.archive_files}


def _refuse_running(folder: DataFolder) -> None:
    """Say so before a large backup is read."""
    if folder.path.is_dir() and folder.running_server() is not None:
        folder.lock(may_be_half=True)  # which raises


def _half(folder: DataFolder, reason: str) -> RestoreFailedError:
    return RestoreFailedError(
        f"The restore was not finished: {reason} What is in {folder.path} is half of it, and nothing starts on it;"
        " run `headwater restore` again, which begins anew."
    )
