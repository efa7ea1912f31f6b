"""How far an import is, in a small file beside its input: what is in it survives the import's sudden end.

Each project an installation has gets a file of its own: what was imported here was not imported there.
"""

import os
from pathlib import Path

import msgspec

from headwater.cli.identity_files import Fingerprint
from headwater.core.errors import BadRequestError

SUFFIX = ".headwater-import"
ID_LETTERS = 8
OWNER_ONLY = 0o600


class DamagedProgressError(BadRequestError):
    """The progress of an import can't be read. Remove its file to start over."""

    code = "damaged_progress"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """The state after a batch. The next one, of at most `batch_size` rows, may have been stored or not."""

    file: Fingerprint
    began_at: str
    batch_size: int
    number: int = 0
    end: int = 0
    imported: int = 0
    recognised: int = 0
    refused: int = 0
    report_bytes: int = 0
    is_finished: bool = False


def path_of(file: str, *, project: str) -> Path:
    """Return where the progress of importing `file` into `project` is kept."""
    source = Path(file)
    return source.with_name(f"{source.name}.{project[:ID_LETTERS]}{SUFFIX}")


def load(path: Path) -> Progress | None:
    """Return what is kept there, None for nothing. Raises DamagedProgressError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Progress)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise DamagedProgressError(f"{path} can't be read. Remove it to start over.") from error


def save(path: Path, progress: Progress) -> None:
    """Keep it, whole or not at all, so that it is there after a power cut, too. Raises OSError."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(msgspec.json.encode(progress))
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)
