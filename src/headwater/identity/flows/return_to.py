"""Where a person may be sent after a flow: to us, or to what the operator allowed. Against open redirects."""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from headwater.core.errors import BadRequestError

DEFAULT_PORTS = {"http": 80, "https": 443}


class ReturnToForbiddenError(BadRequestError):
    """Requested return_to URL is not allowed. Add it to selfservice.allowed_return_urls."""

    code = "self_service_flow_return_to_forbidden"


def checked(url: str | None, *, public_url: str, allowed: Iterable[str]) -> str | None:
    """Return `url` if a person may be sent there. Raises ReturnToForbiddenError."""
    if not url:
        return None
    if not any(_is_under(url, base) for base in (public_url, *allowed)):
        raise ReturnToForbiddenError
    return url


def _is_under(url: str, base: str) -> bool:
    try:
        wanted, given = urlsplit(url), urlsplit(base)
        same_place = _origin(wanted) == _origin(given)
    except ValueError:
        return False
    # A browser reads `\` as `/`: https://evil.example\@us/ would leave us.
    return same_place and "\\" not in url and wanted.path.startswith(given.path.rstrip("/"))


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or DEFAULT_PORTS.get(url.scheme)
