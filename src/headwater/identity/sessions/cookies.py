"""The cookies we set. Never readable by scripts; only over TLS once our public URL says https."""

import re
from typing import Any, Literal

from litestar.datastructures import Cookie

from headwater.core.secrets import Secret
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import csrf

HEADER_MEMBERS = ("key", "path", "value", "max_age", "expires", "domain", "secure", "httponly", "samesite")
# What needs no quotes; our own values never do.
PLAIN = re.compile(r"[A-Za-z0-9_.-]*")
NO_VALUE = '""'
SAME_SITE: dict[str, Literal["strict", "lax", "none"]] = {"Strict": "strict", "Lax": "lax", "None": "none"}


class _PlainCookie(Cookie):
    """A cookie that writes its own line: litestar copies each member in depth and asks the standard library for it."""

    def to_encoded_header(self) -> tuple[bytes, bytes]:
        if PLAIN.fullmatch(f"{self.key}{self.value}") is None or self.expires is not None:
            return super().to_encoded_header()
        parts = (
            f"{self.key}={self.value or NO_VALUE}",
            f"Domain={self.domain}" if self.domain else "",
            "HttpOnly" if self.httponly else "",
            "" if self.max_age is None else f"Max-Age={self.max_age}",
            f"Path={self.path}",
            f"SameSite={self.samesite}",
            "Secure" if self.secure else "",
        )
        return b"set-cookie", "; ".join(filter(None, parts)).encode("latin-1")

    @property
    def dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in HEADER_MEMBERS}


def is_secure(public_url: str) -> bool:
    return public_url.startswith("https://")


def own_names(config: IdentityConfig, *, public_url: str) -> frozenset[str]:
    """Return the names of the cookies that are ours: they let their bearer act as the person."""
    return frozenset({config.session.cookie.name, csrf.cookie_name(public_url)})


def for_session(token: Secret, config: IdentityConfig, *, public_url: str) -> Cookie:
    """Return the session cookie."""
    return _cookie(
        config.session.cookie.name,
        token.reveal(),
        config,
        public_url=public_url,
        max_age=int(config.session.seconds) if config.session.cookie.is_persistent else None,
    )


def without_session(config: IdentityConfig, *, public_url: str) -> Cookie:
    """Return what makes a browser forget the session cookie."""
    return _cookie(config.session.cookie.name, "", config, public_url=public_url, max_age=0)


def for_csrf(value: str, config: IdentityConfig, *, public_url: str) -> Cookie:
    """Return the anti-CSRF cookie."""
    return _cookie(csrf.cookie_name(public_url), value, config, public_url=public_url, max_age=csrf.COOKIE_SECONDS)


def _cookie(name: str, value: str, config: IdentityConfig, *, public_url: str, max_age: int | None) -> Cookie:
    is_https = is_secure(public_url)
    # Browsers refuse SameSite=None without Secure.
    same_site = config.session.cookie.same_site if is_https else "Lax"
    return _PlainCookie(
        key=name,
        value=value,
        path=config.session.cookie.path,
        domain=config.session.cookie.domain,
        max_age=max_age,
        secure=is_https,
        httponly=True,
        samesite=SAME_SITE[same_site],
    )
