"""The data folder: who holds it, where its files are, the installation's key, and how to reach the server.

One process at a time holds the folder's lock. Everything in it is for its owner's eyes only.
"""

import fcntl
import os
import sys
import time
from pathlib import Path
from typing import IO

import msgspec

from headwater.core.errors import FolderInUseError, HeadwaterError
from headwater.core.secrets import KEY_BYTES, new_key

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600
OTHERS_NOTHING = 0o077
LOCK_TRIES = 5
LOCK_PAUSE_SECONDS = 0.02


class FolderError(HeadwaterError):
    """The data folder can't be used."""

    code = "bad_folder"
    status = 400


class HalfRestoredError(HeadwaterError):
    """This data folder is half restored from a backup. Run `headwater restore` again; nothing starts on it before."""

    code = "half_restored"
    status = 409


class ServerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """`server.json`: where the running server is, and a token that dies with it."""

    url: str
    token: str
    pid: int


class DataFolder:
    """One folder on disk. Naming it touches nothing; `lock` makes it, and closes it to other users."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    @property
    def core_database(self) -> Path:
        return self.path / "core.db"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def mail(self) -> Path:
        """Captured mail, a file each."""
        return self.path / "mail"

    @property
    def actions_database(self) -> Path:
        """The delivery log of Actions."""
        return self.path / "actions.db"

    @property
    def live_database(self) -> Path:
        return self.path / "live.db"

    @property
    def syncs_database(self) -> Path:
        """What became of syncs into warehouses."""
        return self.path / "syncs.db"

    @property
    def deliver_database(self) -> Path:
        return self.path / "deliver.db"

    @property
    def lake(self) -> Path:
        """What the lake keeps: Parquet, the archive, and `lake.db`, which says which files are valid."""
        return self.path / "lake"

    @property
    def half_restored(self) -> Path:
        """Is there while a backup is being put back: then nothing else here is to be trusted."""
        return self.path / "half-restored"

    @property
    def server_file(self) -> Path:
        return self.path / "server.json"

    def lock(self, *, may_be_half: bool = False) -> None:
        """Make the folder if absent, and hold it until this process ends.

        Raises FolderInUseError when another process does, FolderError when it can't be one, HalfRestoredError unless
        it `may_be_half`. From here on this process makes files for their owner only.
        """
        os.umask(OTHERS_NOTHING)
        try:
            self.path.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            self.path.chmod(OWNER_ONLY_FOLDER)
        except OSError as error:
            raise FolderError(f"The data folder {self.path} can't be used: {error.strerror}.") from error
        handle = open(self.path / "lock", "a+", encoding="utf-8")  # noqa: SIM115  held for the process's life
        for _ in range(LOCK_TRIES):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(LOCK_PAUSE_SECONDS)  # a CLI that looks whether a server runs holds it for a moment
            else:
                self._lock = handle
                self._refuse_half(may_be_half=may_be_half)
                return
        handle.close()
        raise FolderInUseError(
            f"Another headwater process holds {self.path}. Stop it, or choose another folder with --data."
        )

    def _refuse_half(self, *, may_be_half: bool) -> None:
        if self.half_restored.exists() and not may_be_half:
            self.unlock()
            raise HalfRestoredError(
                f"{self.path} is half restored from a backup. Run `headwater restore` again;"
                " nothing starts on it before."
            )

    def unlock(self) -> None:
        """Let go of the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def sealing_key(self) -> bytes:
        """Return the installation's key, made at first use. Lose it and sealed values are lost."""
        path = self.path / "secret.key"
        if not path.exists():
            _write_private(path, new_key())
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise FolderError(f"{path} is damaged: it must hold {KEY_BYTES} bytes. Restore it from a backup.")
        return key

    def publish_server(self, info: ServerInfo) -> None:
        """Tell the CLI where the running server is."""
        _write_private(self.server_file, msgspec.json.encode(info))

    def withdraw_server(self) -> None:
        """The server is gone."""
        self.server_file.unlink(missing_ok=True)

    def running_server(self) -> ServerInfo | None:
        """Return the server that holds this folder, or None. A file left by a killed server counts as none."""
        try:
            info = msgspec.json.decode(self.server_file.read_bytes(), type=ServerInfo)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise FolderError(f"{self.server_file} is damaged; remove it and start the server again.") from error
        return info if self._is_held() else None

    def _is_held(self) -> bool:
        """Tell whether some process holds the folder: a pid may be anybody's by now, a lock dies with its holder."""
        with (self.path / "lock").open("a+", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False


def _write_private(path: Path, content: bytes) -> None:
    """Write whole or not at all, readable by the owner only."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    if sys.platform == "win32":  # pragma: no cover
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
