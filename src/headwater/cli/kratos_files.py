"""The files a kratos.yml names: found beside it, read within bounds, and never from where it has no business.

A configuration that somebody else wrote could name any file of whoever imports it, and have it mailed out in a
template: so nothing is read outside the file's own folder and those that were allowed.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from headwater.core.errors import BadRequestError

MAX_BYTES = 256 * 1024
MAX_TOTAL_BYTES = 4 * 1024 * 1024
KIB = 1024
FILE = "file://"


class UnreadableFileError(BadRequestError):
    """A file that the configuration names can't be read."""

    code = "unreadable_file"


class Files:
    """Reads what lies in `folder`, or in one of `allowed`."""

    def __init__(self, folder: Path, *, allowed: Sequence[Path] = ()) -> None:
        self._folder = folder.resolve()
        self._roots = (self._folder, *(path.resolve() for path in allowed))
        self._left_bytes = MAX_TOTAL_BYTES

    def find(self, url: str, *, is_folder: bool = False) -> Path:
        """Return what `url` (file:// or a path) names. Raises UnreadableFileError.

        Paths of another machine, such as /etc/config/kratos/identity.schema.json of a container, are looked for
        beside the file, by as much of their end as is there.
        """
        name = unquote(url.removeprefix(FILE))
        parts = [part for part in PurePosixPath(name).parts if part not in ("/", ".")]
        if not parts or "\0" in name:
            raise UnreadableFileError("names no file")
        outside = False
        for candidate in (self._folder / name, *self._beside(parts)):
            real = candidate.resolve()
            if not (real.is_dir() if is_folder else real.is_file()):
                continue
            if any(real.is_relative_to(root) for root in self._roots):
                return real
            outside = True
        if outside:
            raise UnreadableFileError(
                f"stands outside {self._folder}; copy it there, or allow its folder with --allow-path DIR"
            )
        what = "folder" if is_folder else "file"
        raise UnreadableFileError(f"is not there: put the {what} {parts[-1]!r} beside the kratos.yml")

    def read(self, path: Path) -> bytes:
        """Return what is in a file that `find` found. Raises UnreadableFileError."""
        try:
            with path.open("rb") as handle:
                content = handle.read(MAX_BYTES + 1)
        except OSError as error:
            raise UnreadableFileError(f"can't be read: {error.strerror}") from error
        if len(content) > MAX_BYTES:
            raise UnreadableFileError(f"is larger than {MAX_BYTES // KIB} KiB")
        self._left_bytes -= len(content)
        if self._left_bytes < 0:
            raise UnreadableFileError(f"would make more than {MAX_TOTAL_BYTES // KIB} KiB of files in all")
        return content

    def name(self, path: Path) -> str:
        """Return how to call a file that was found."""
        return str(path.relative_to(self._folder)) if path.is_relative_to(self._folder) else str(path)

    def _beside(self, parts: Sequence[str]) -> Iterator[Path]:
        for start in range(len(parts)):
            yield from (root.joinpath(*parts[start:]) for root in self._roots)
