"""Erasures as operators see them: asked for, in force at once, and how far the lake is with each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from headwater.core.clock import Clock, from_epoch_ms, iso_ms
from headwater.lake import erasure_book, manifest
from headwater.lake.erasure_book import Erasing, ErasureState
from headwater.lake.erasures import Erasure
from headwater.store.database import Database
from headwater.workspace import lake_erasures
from headwater.workspace.lake_erasures import LakeErasure

WAITING, ERASING, DONE = "waiting", "erasing", "done"


class ErasureDesk:
    """What was asked for is in `database`, what became of it in the manifest of the lake below `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        database: Database,
        clock: Clock,
        newest_offset: Callable[[], int],
        follow: Callable[[], Awaitable[None]],
    ) -> None:
        self._folder = folder
        self._database = database
        self._clock = clock
        self._newest_offset = newest_offset
        self._follow = follow

    async def erase(self, *, user_ids: Sequence[str], anonymous_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Have people erased: of what came until now no query shows anything from here on. Raises BadRequestError."""
        made = await self._database.write(
            lambda connection: lake_erasures.add(
                connection,
                user_ids=user_ids,
                anonymous_ids=anonymous_ids,
                up_to=self._newest_offset(),
                clock=self._clock,
            )
        )
        await self._follow()
        return await self._shown(made)

    async def newest(self, *, before: int | None, limit: int) -> list[dict[str, Any]]:
        """Return the newest, with how far each is."""
        return await self._shown(
            await self._database.read(lambda connection: lake_erasures.newest(connection, before=before, limit=limit))
        )

    async def _shown(self, found: Sequence[LakeErasure]) -> list[dict[str, Any]]:
        erasing = await asyncio.to_thread(erasure_book.read, self._folder / manifest.NAME)
        return [_shown(one, erasing.states.get(one.id)) for one in found]


async def unsettled(database: Database, folder: Path) -> Sequence[Erasure]:
    """Return those of whom something may still be in the lake's files, or come into one."""
    asked = await every(database)
    if not asked:
        return ()
    erasing: Erasing = await asyncio.to_thread(erasure_book.read, folder / manifest.NAME)
    return [one for one in asked if not erasing.is_settled(one.id, up_to=one.up_to)]


async def every(database: Database) -> Sequence[Erasure]:
    """Return all that were ever asked for, oldest first."""
    return [
        Erasure(
            id=one.id,
            user_id=one.user_id,
            anonymous_id=one.anonymous_id,
            up_to=one.up_to,
            asked_at_ms=one.asked_at_ms,
            number=one.number,
        )
        for one in await database.read(lake_erasures.since)
    ]


def _shown(asked: LakeErasure, state: ErasureState | None) -> dict[str, Any]:
    done_at_ms = None if state is None else state.done_at_ms
    return {
        "number": asked.number,
        "id": asked.id,
        "user_id": asked.user_id,
        "anonymous_id": asked.anonymous_id,
        "state": WAITING if state is None else ERASING if done_at_ms is None else DONE,
        "files_done": 0 if state is None else state.files_done,
        "files": None if state is None else state.files,
        "asked_at": iso_ms(from_epoch_ms(asked.asked_at_ms)),
        "done_at": None if done_at_ms is None else iso_ms(from_epoch_ms(done_at_ms)),
    }
