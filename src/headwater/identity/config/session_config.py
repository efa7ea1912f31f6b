"""Sessions: how long, in which cookie, and as which tokens (`session`, `cookies`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from headwater.identity.config.flows_config import HIGHEST_AVAILABLE, REQUIRED_AALS
from headwater.identity.config.section import Section, problem

DEFAULT_SESSION_SECONDS = 24 * 3600.0
DEFAULT_TOKEN_SECONDS = 60.0
DEFAULT_SESSION_COOKIE = "ory_kratos_session"
SAME_SITE = ("Strict", "Lax", "None")
DOMAIN = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*", re.IGNORECASE)
SUBJECTS = ("id", "external_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieConfig:
    """How the session cookie is set. `is_persistent` cookies outlive the browser."""

    name: str
    domain: str | None
    path: str
    same_site: str
    is_persistent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTemplate:
    """How a session becomes a JWT: whose key signs it, which Jsonnet says what is in it. Urls are as configured."""

    name: str
    seconds: float
    jwks_url: str = field(repr=False)  # holds private keys
    claims_mapper_url: str | None
    subject_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """What a session is. A session may be extended once less than `extendable_within_seconds` is left (None: ever)."""

    seconds: float
    cookie: CookieConfig
    required_aal: str
    extendable_within_seconds: float | None
    templates: Mapping[str, TokenTemplate]


def parse(session: Section, cookies: Section, *, has_own_host: bool = False) -> SessionConfig:
    """Read `session`, whose cookie falls back to `cookies`. Raises ConfigProblem.

    On a project's own host (`has_own_host`) the cookie is that host's alone: its siblings are other projects.
    """
    whoami = session.section("whoami")
    templates = whoami.section("tokenizer").section("templates")
    earliest = session.text("earliest_possible_extend", "")
    return SessionConfig(
        seconds=session.duration_seconds("lifespan", DEFAULT_SESSION_SECONDS),
        cookie=_cookie(session.section("cookie"), cookies, has_own_host=has_own_host),
        required_aal=whoami.text("required_aal", HIGHEST_AVAILABLE, allowed=REQUIRED_AALS),
        extendable_within_seconds=session.duration_seconds("earliest_possible_extend", 0) if earliest else None,
        templates={name: _template(name, templates.section(name)) for name in templates.value},
    )


def _cookie(own: Section, shared: Section, *, has_own_host: bool) -> CookieConfig:
    domain = _domain(own) or _domain(shared)
    return CookieConfig(
        name=own.text("name", DEFAULT_SESSION_COOKIE),
        domain=None if has_own_host else domain,
        path=own.text("path", shared.text("path", "/")),
        same_site=own.text("same_site", shared.text("same_site", "Lax", allowed=SAME_SITE), allowed=SAME_SITE),
        is_persistent=own.flag("persistent", default=True),
    )


def _domain(cookie: Section) -> str | None:
    """Return the domain, which browsers take as a bare host name only: with anything else they drop the cookie."""
    domain = cookie.text("domain", "")
    if domain and not DOMAIN.fullmatch(domain):
        raise problem(
            cookie.at("domain"), f"must be a host name such as example.org, without scheme or port: {domain!r}"
        )
    return domain or None


def _template(name: str, template: Section) -> TokenTemplate:
    jwks_url = template.text("jwks_url", "")
    if not jwks_url:
        raise problem(template.at("jwks_url"), "is missing: the key that signs the token")
    return TokenTemplate(
        name=name,
        seconds=template.duration_seconds("ttl", DEFAULT_TOKEN_SECONDS),
        jwks_url=jwks_url,
        claims_mapper_url=template.text("claims_mapper_url", "") or None,
        subject_source=template.text("subject_source", "id", allowed=SUBJECTS),
    )
