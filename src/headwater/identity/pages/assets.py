"""The pages' two files, under names that change with their content: browsers may keep them for good."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

DIGEST_CHARACTERS = 16
FOREVER = "public, max-age=31536000, immutable"
# Relative to a page, so that it holds at whatever host and below whatever path we are reached.
FOLDER = "assets/"
STYLES = "pages.css"
TRIGGERS = "triggers.js"
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as it is served."""

    path: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """All of them, by the name in their address; and the two that templates ask for."""

    by_file_name: Mapping[str, Asset]
    styles: Asset
    triggers: Asset


def load() -> Assets:
    """Read the files from the package."""
    styles, triggers = _load(STYLES), _load(TRIGGERS)
    by_file_name = {item.path.removeprefix(FOLDER): item for item in (styles, triggers)}
    return Assets(by_file_name=by_file_name, styles=styles, triggers=triggers)


def _load(name: str) -> Asset:
    content = resources.files("headwater.identity.pages").joinpath("static", name).read_bytes()
    stem, _, suffix = name.rpartition(".")
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS]
    return Asset(path=f"{FOLDER}{stem}-{digest}.{suffix}", content=content, media_type=MEDIA_TYPES[suffix])
