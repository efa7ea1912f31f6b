"""How people may prove who they are, and what each way asks of them (`selfservice.methods`)."""

from dataclasses import dataclass

from headwater.identity.config import social_reader
from headwater.identity.config.section import Section
from headwater.identity.config.social_config import SocialMethod

HOUR_SECONDS = 3600.0
MIN_PASSWORD_LENGTH = 8
LEAST_PASSWORD_LENGTH = 6
MOST_PASSWORD_LENGTH = 72
BREACH_HOST = "api.pwnedpasswords.com"
MOST_BREACHES = 1_000_000
MAX_SUBMISSIONS = 5
MOST_SUBMISSIONS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordMethod:
    """Registration and login with a password, and what one must be like.

    `asks_breaches` sends the first five digits of a password's SHA-1 to `breach_host`; off unless configured, as
    nothing calls home.
    """

    is_enabled: bool
    min_length: int
    checks_similarity: bool
    refuses_common: bool
    asks_breaches: bool
    breach_host: str
    max_breaches: int
    ignores_breach_errors: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMethod:
    """One-time codes: for recovery and verification when enabled, for login and registration when `is_passwordless`."""

    is_enabled: bool
    is_passwordless: bool
    seconds: float
    max_submissions: int
    finds_missing_credential: bool  # an address in the traits is enough, without a credential of type code


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMethod:
    """One-time links: for recovery and verification."""

    is_enabled: bool
    seconds: float
    base_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Methods:
    """All of them."""

    password: PasswordMethod
    code: CodeMethod
    link: LinkMethod
    social: SocialMethod
    profile_is_enabled: bool


def parse(methods: Section) -> Methods:
    """Read `selfservice.methods`. Raises ConfigProblem."""
    return Methods(
        password=_password(methods.section("password")),
        code=_code(methods.section("code")),
        link=_link(methods.section("link")),
        social=social_reader.parse(methods.section("oidc")),
        profile_is_enabled=methods.section("profile").flag("enabled", default=True),
    )


def _password(method: Section) -> PasswordMethod:
    policy = method.section("config")
    return PasswordMethod(
        is_enabled=method.flag("enabled", default=True),
        min_length=policy.integer(
            "min_password_length", MIN_PASSWORD_LENGTH, least=LEAST_PASSWORD_LENGTH, most=MOST_PASSWORD_LENGTH
        ),
        checks_similarity=policy.flag("identifier_similarity_check_enabled", default=True),
        refuses_common=policy.flag("common_passwords_enabled", default=True),
        asks_breaches=policy.flag("haveibeenpwned_enabled", default=False),
        breach_host=policy.text("haveibeenpwned_host", BREACH_HOST),
        max_breaches=policy.integer("max_breaches", 0, least=0, most=MOST_BREACHES),
        ignores_breach_errors=policy.flag("ignore_network_errors", default=True),
    )


def _code(method: Section) -> CodeMethod:
    details = method.section("config")
    return CodeMethod(
        is_enabled=method.flag("enabled", default=True),
        is_passwordless=method.flag("passwordless_enabled", default=False),
        seconds=details.duration_seconds("lifespan", HOUR_SECONDS),
        max_submissions=details.integer("max_submissions", MAX_SUBMISSIONS, least=1, most=MOST_SUBMISSIONS),
        finds_missing_credential=details.flag("missing_credential_fallback_enabled", default=False),
    )


def _link(method: Section) -> LinkMethod:
    details = method.section("config")
    return LinkMethod(
        is_enabled=method.flag("enabled", default=False),
        seconds=details.duration_seconds("lifespan", HOUR_SECONDS),
        base_url=details.text("base_url", "") or None,
    )
