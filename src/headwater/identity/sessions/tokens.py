"""Where a request says whose session it is in, in Ory's order: own header, cookie, bearer. The first found decides."""

from collections.abc import Mapping

from headwater.core.secrets import Secret

HEADER = "x-session-token"
BEARER = "bearer"


def first_or_none(*, header: str, cookies: Mapping[str, str], cookie_name: str, authorization: str) -> Secret | None:
    """Return the token that counts, None if the request has none."""
    text = header or cookies.get(cookie_name, "")
    if not text and authorization:
        scheme, _, credentials = authorization.partition(" ")
        text = credentials.strip() if scheme.lower() == BEARER else ""
    return Secret(text) if text else None
