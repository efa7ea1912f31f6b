"""Where a person may be sent after a flow: to us, or to what the operator allowed. Against open redirects."""

import re
import string
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, urlsplit

from headwater.core.errors import BadRequestError

DEFAULT_PORTS = {"http": 80, "https": 443}
# What may stand in a Location header as it is; a line break in it would end the header.
PRINTABLE = string.digits + string.ascii_letters + string.punctuation
IN_ASCII = re.compile("[!-~]*")  # the same letters


class ReturnToForbiddenError(BadRequestError):
    """Requested return_to URL is not allowed. Add it to selfservice.allowed_return_urls."""

    code = "self_service_flow_return_to_forbidden"


def checked(url: str | None, *, public_url: str, allowed: Iterable[str]) -> str | None:
    """Return `url`, fit for a header, if a person may be sent there. Raises ReturnToForbiddenError."""
    if not url:
        return None
    if not any(_is_under(url, base) for base in (public_url, *allowed)):
        raise ReturnToForbiddenError
    return in_ascii(url)


def in_ascii(url: str) -> str:
    """Return `url` as headers can carry it: what browsers show as letters of the world is sent percent-encoded."""
    # The library walks through each letter.
    return url if IN_ASCII.fullmatch(url) else quote(url, safe=PRINTABLE, errors="replace")


def _is_under(url: str, base: str) -> bool:
    # Line breaks and the like: urlsplit and browsers drop some of them, each in its own way.
    if any(character.isspace() or not character.isprintable() for character in url):
        return False
    try:
        wanted, given = urlsplit(url), urlsplit(base)
        same_place = _origin(wanted) == _origin(given)
    except ValueError:
        return False
    # A browser reads `\` as `/`: https://evil.example\@us/ would leave us.
    return same_place and "\\" not in url and wanted.path.startswith(given.path.rstrip("/"))


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or DEFAULT_PORTS.get(url.scheme)
