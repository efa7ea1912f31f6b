"""The browser's own client over HTTP: the script that a page's snippet loads, and the parts it loads later."""

from typing import Protocol

from headwater.core.errors import NotFoundError
from headwater.web.call import Reply

# The script's name stays when a new release brings another; a part's name carries a hash of its content.
SCRIPT_CACHE = ("cache-control", "public, max-age=300")
PART_CACHE = ("cache-control", "public, max-age=31536000, immutable")
JAVASCRIPT = (
    ("content-type", "application/javascript; charset=utf-8"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-resource-policy", "cross-origin"),
)
NOT_BUILT = "The browser bundle was not built. Install Node.js with npm, then run `make setup` again."


class Bundle(Protocol):
    """The built files, if they were built."""

    @property
    def is_built(self) -> bool:
        """Tell whether there is anything to serve."""

    def standalone(self) -> bytes | None:
        """Return the script that a page's snippet loads."""

    def chunk(self, name: str) -> bytes | None:
        """Return a part by its file name, None when there is no such part."""


def script(bundle: Bundle | None) -> Reply:
    """Return the script, or why there is none."""
    return _reply(bundle, None if bundle is None else bundle.standalone(), SCRIPT_CACHE)


def part(bundle: Bundle | None, name: str) -> Reply:
    """Return a part of the client, or why there is none."""
    return _reply(bundle, None if bundle is None else bundle.chunk(name), PART_CACHE)


def missing(reason: str) -> Reply:
    """Return a 404 that a person finds in the browser's network tab. A comment, whoever runs it as a script."""
    return Reply(status=NotFoundError.status, body=f"/* {reason} */\n".encode(), headers=JAVASCRIPT)


def _reply(bundle: Bundle | None, content: bytes | None, cache: tuple[str, str]) -> Reply:
    if content is not None:
        return Reply(status=200, body=content, headers=(*JAVASCRIPT, cache))
    is_built = bundle is not None and bundle.is_built
    return missing("This release of the browser bundle has no such file." if is_built else NOT_BUILT)
