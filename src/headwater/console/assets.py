"""The console's own files, under names that change with their content: browsers may keep them for good."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from headwater.core.errors import NotFoundError

DIGEST_CHARACTERS = 16
FOREVER = "public, max-age=31536000, immutable"
PATH = "/console/assets"
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


def load() -> Assets:
    """Read the files from the package."""
    return Assets(dict(_files()))


def _files() -> Iterator[tuple[str, bytes]]:
    for file in resources.files("headwater.console").joinpath("static").iterdir():
        if file.name.rpartition(".")[2] in MEDIA_TYPES:
            yield file.name, file.read_bytes()
