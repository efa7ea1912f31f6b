"""The console's files, under names that change with their content: browsers may keep them for good.

Those in `static/vendor` come from npm (hatch_build.py) and may be missing: pages ask for them with `asset_or_none`, and
work without.
"""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from headwater.core.errors import NotFoundError

DIGEST_CHARACTERS = 16
FOREVER = "public, max-age=31536000, immutable"
PATH = "/console/assets"
VENDOR = "vendor"
# Pictures of a few hundred bytes only grow by it.
COMPRESSED = ("css", "js")
COMPRESSION = 6  # the most saves the editor 0.3 KB, and costs half as much time again
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class NoSuchAssetError(NotFoundError):
    """There is no such file. Reload the page that asked for it."""

    code = "no_such_asset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as it is served."""

    content: bytes
    media_type: str


class Assets:
    """All of them. `paths` is where each is, by its name in the package."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.paths: dict[str, str] = {}
        self._by_name: dict[str, Asset] = {}
        self._gzipped: dict[str, bytes] = {}
        for name, content in files.items():
            stem, _, suffix = name.rpartition(".")
            served = f"{stem}-{hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS]}.{suffix}"
            self.paths[name] = f"{PATH}/{served}"
            self._by_name[served] = Asset(content=content, media_type=MEDIA_TYPES[suffix])

    def get(self, served: str) -> Asset:
        """Return a file by the last part of its path. Raises NoSuchAssetError."""
        try:
            return self._by_name[served]
        except KeyError:
            raise NoSuchAssetError from None

    def gzipped_or_none(self, served: str) -> bytes | None:
        """Return a file as it takes less of the wire, None where it would not. Raises NoSuchAssetError."""
        content = self.get(served).content
        if not served.endswith(COMPRESSED):
            return None
        if served not in self._gzipped:  # at the first request: a start has better things to do
            self._gzipped[served] = gzip.compress(content, COMPRESSION, mtime=0)
        return self._gzipped[served]


def load(folder: Traversable | None = None) -> Assets:
    """Read the files from the package, or from a folder like its own."""
    static = folder or resources.files("headwater.console").joinpath("static")
    return Assets({**dict(_files(static)), **dict(_files(static.joinpath(VENDOR)))})


def _files(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    if not folder.is_dir():
        return
    for file in folder.iterdir():
        if file.name.rpartition(".")[2] in MEDIA_TYPES:
            yield file.name, file.read_bytes()
