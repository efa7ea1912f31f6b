"""Which pages on other origins may call the public API with the person's cookies (`serve.public.cors`)."""

from dataclasses import dataclass

from headwater.identity.config.section import Section, problem

DEFAULT_ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Cookie",
    "Max-Age",
    "X-Session-Token",
    "X-XSRF-TOKEN",
    "X-CSRF-TOKEN",
)
DEFAULT_EXPOSED_HEADERS = ("Content-Type",)
MOST_SECONDS = 86_400
ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsConfig:
    """Origins are exact (`https://app.example.org`) or of one wildcard label (`https://*.example.org`)."""

    is_enabled: bool
    origins: tuple[str, ...]
    allows_credentials: bool
    allowed_headers: tuple[str, ...]
    exposed_headers: tuple[str, ...]
    max_age_seconds: int


def parse(cors: Section, shared: Section) -> CorsConfig:
    """Read `serve.public.cors`, and `cors_public` in Ory Network's shape beside it. Raises ConfigProblem."""
    origins = (*cors.texts("allowed_origins", ()), *shared.texts("origins", ()))
    allows_credentials = cors.flag("allow_credentials", default=True)
    if ANY in origins and allows_credentials:
        raise problem(
            cors.at("allowed_origins"),
            "can't be * while credentials are allowed: every site could act as the person. Name the origins.",
        )
    return CorsConfig(
        is_enabled=cors.flag("enabled", default=False) or shared.flag("enabled", default=False),
        origins=origins,
        allows_credentials=allows_credentials,
        allowed_headers=cors.texts("allowed_headers", DEFAULT_ALLOWED_HEADERS),
        exposed_headers=cors.texts("exposed_headers", DEFAULT_EXPOSED_HEADERS),
        max_age_seconds=cors.integer("max_age", 0, least=0, most=MOST_SECONDS),
    )
