"""Against cross-site request forgery: a browser's flow is submitted with a token that only its browser can have.

The token is derived from a cookie, changes with every page (so that compression can't be used to guess it) and
never shows the cookie.
"""

import functools
import hashlib
import hmac

from headwater.core import ids, secrets
from headwater.core.errors import ForbiddenError

HEADER = "x-csrf-token"
COOKIE_SECONDS = 365 * 24 * 3600
SEPARATOR = "."
REMEMBERED_NAMES = 64

REASON = (
    "Please retry the flow and optionally clear your cookies. The request was rejected to protect you from "
    "Cross-Site-Request-Forgery (CSRF) which could cause account takeover, leaking personal information, and other "
    "serious security issues."
)
NO_COOKIE = "The HTTP Cookie Header is empty or not set."
COOKIE_MISSING = "The HTTP Cookie Header was set but did not include the anti-CSRF cookie."
TOKEN_MISMATCH = "The HTTP Cookie Header was set and a CSRF token was sent but they do not match."  # noqa: S105  a sentence


class CsrfError(ForbiddenError):
    """The request was rejected to protect you from cross-site request forgery."""

    code = "security_csrf_violation"


@functools.lru_cache(maxsize=REMEMBERED_NAMES)
def cookie_name(public_url: str) -> str:
    """Return Ory's name: two installations on one host keep their cookies apart."""
    return "csrf_token_" + hashlib.sha256(public_url.encode()).hexdigest()


def new_cookie() -> str:
    return ids.new_token("")


def token(cookie: str) -> str:
    """Return a fresh token for the form of the browser that holds `cookie`."""
    nonce = ids.new_short_id("")
    return nonce + SEPARATOR + _mac(cookie, nonce)


def require(cookies: dict[str, str], sent: str, *, name: str) -> None:
    """Raise CsrfError unless `sent` was derived from the cookie that came with it (compared in constant time)."""
    cookie = required_cookie(cookies, name=name)
    nonce, _, mac = sent.partition(SEPARATOR)
    if not secrets.is_same(mac, _mac(cookie, nonce)):
        raise CsrfError(REASON, reject_reason=TOKEN_MISMATCH)


def require_owner(cookies: dict[str, str], csrf_sha256: str | None, *, name: str) -> None:
    """Raise CsrfError unless the flow was started by the browser that asks (an attacker's flow stays theirs)."""
    cookie = required_cookie(cookies, name=name)
    if csrf_sha256 is None or not secrets.is_same(secrets.fingerprint(cookie), csrf_sha256):
        raise CsrfError(REASON, reject_reason=TOKEN_MISMATCH)


def required_cookie(cookies: dict[str, str], *, name: str) -> str:
    """Return the anti-CSRF cookie. Raises CsrfError without one."""
    cookie = cookies.get(name, "")
    if not cookie:
        raise CsrfError(REASON, reject_reason=COOKIE_MISSING if cookies else NO_COOKIE)
    return cookie


def _mac(cookie: str, nonce: str) -> str:
    return hmac.digest(cookie.encode(), nonce.encode(), "sha256").hex()
