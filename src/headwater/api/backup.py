"""/api/backup: the whole data folder, copied to another folder of the same machine while everything runs."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Protocol

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from headwater.web.access import needs

ACCEPTED = 202


class MakingBackups(Protocol):
    """What makes backups, one at a time."""

    @property
    def newest(self) -> Any:
        """How far the newest one is."""

    def begin(self, folder: Path) -> Awaitable[Any]:
        """Begin one. Raises BadBackupFolderError, BackupUnderWayError."""


class NewBackup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`folder`: where to, a whole path on the server's machine. The installation's key is in what is written there."""

    folder: str


def routes(*, backups: MakingBackups) -> Router:
    @post("/", guards=[needs("backups.write")], status_code=ACCEPTED)
    async def begin(data: JSONBody[NewBackup]) -> dict[str, Any]:
        shown: dict[str, Any] = msgspec.to_builtins(await backups.begin(Path(data.folder)))
        return shown

    @get("/", guards=[needs("backups.write")])
    async def newest() -> dict[str, Any]:
        shown: dict[str, Any] = msgspec.to_builtins(backups.newest)
        return shown

    return Router("/api/backup", route_handlers=[begin, newest])
