"""The identity-config document as this room understands it: a frozen tree, with Kratos's defaults.

`check` is asked before a document is stored, `parse` once per revision after.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from headwater.actions import occasion
from headwater.identity.config import defaults
from headwater.identity.config.hashing import Argon2, Bcrypt, Hashing
from headwater.identity.config.section import KIB, Section, problem
from headwater.identity.people import schema
from headwater.identity.people.schema import IdentitySchema

default_document = defaults.default_document

HOUR_SECONDS = 3600.0
DEFAULT_SESSION_SECONDS = 24 * HOUR_SECONDS
DEFAULT_SCHEMA_ID = "default"
DEFAULT_SESSION_COOKIE = "ory_kratos_session"
SAME_SITE = ("Strict", "Lax", "None")

MIN_PASSWORD_LENGTH = 8
LEAST_PASSWORD_LENGTH = 6
MOST_PASSWORD_LENGTH = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordMethod:
    """Registration and login with a password, and what one must be like."""

    is_enabled: bool
    min_length: int
    checks_similarity: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieConfig:
    """How the session cookie is set. `is_persistent` cookies outlive the browser."""

    name: str
    domain: str | None
    path: str
    same_site: str
    is_persistent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityConfig:
    """Everything this room needs of a project's configuration. `document` is for the room `actions`."""

    project_id: str
    document: dict[str, Any]
    schemas: dict[str, IdentitySchema]
    default_schema_id: str
    registration_is_enabled: bool
    registration_seconds: float
    password: PasswordMethod
    hashing: Hashing
    session_seconds: float
    cookie: CookieConfig
    allowed_return_urls: tuple[str, ...]
    header_allowlist: tuple[str, ...]

    @property
    def default_schema(self) -> IdentitySchema:
        return self.schemas[self.default_schema_id]


def check(document: dict[str, Any]) -> None:
    """Raise ConfigProblem, naming path and reason, if this room couldn't run with `document`."""
    parse(document, project_id="")


def parse(document: dict[str, Any], *, project_id: str) -> IdentityConfig:
    """Return `document` as a frozen tree. Raises ConfigProblem naming the path that is wrong."""
    root = Section(document)
    schemas = _schemas(root.section("identity"))
    default_id = root.section("identity").text("default_schema_id", DEFAULT_SCHEMA_ID)
    if default_id not in schemas:
        raise problem("/identity/default_schema_id", f"names {default_id!r}, which is not among identity.schemas")
    selfservice = root.section("selfservice")
    registration = selfservice.section("flows").section("registration")
    registration.text("style", "profile_first", allowed=("unified", "profile_first"))
    session = root.section("session")
    return IdentityConfig(
        project_id=project_id,
        document=document,
        schemas=schemas,
        default_schema_id=default_id,
        registration_is_enabled=registration.flag("enabled", default=True),
        registration_seconds=registration.duration_seconds("lifespan", HOUR_SECONDS),
        password=_password(selfservice.section("methods").section("password")),
        hashing=_hashing(root.section("hashers")),
        session_seconds=session.duration_seconds("lifespan", DEFAULT_SESSION_SECONDS),
        cookie=_cookie(session.section("cookie"), root.section("cookies")),
        allowed_return_urls=selfservice.texts("allowed_return_urls", ()),
        header_allowlist=occasion.header_allowlist(document),
    )


def _schemas(identity: Section) -> dict[str, IdentitySchema]:
    entries = identity.raw("schemas")
    path = identity.at("schemas")
    if not isinstance(entries, list) or not entries:
        raise problem(path, "must be a list with at least one schema")
    sections = [Section(entry, f"{path}/{index}") for index, entry in enumerate(entries)]
    loaded = [_schema(section) for section in sections]
    counted = Counter(item.id for item in loaded)
    for index, item in enumerate(loaded):
        if counted[item.id] > 1:
            raise problem(f"{path}/{index}/id", f"is used twice: {item.id!r}")
    return {item.id: item for item in loaded}


def _schema(section: Section) -> IdentitySchema:
    schema_id = section.text("id", "")
    url = section.text("url", "")
    for key, value in (("id", schema_id), ("url", url)):
        if not value:
            raise problem(section.at(key), "is missing")
    is_selectable = section.flag("selfservice_selectable", default=False)
    return schema.load(schema_id, url, path=section.at("url"), is_selectable=is_selectable)


def _password(method: Section) -> PasswordMethod:
    policy = method.section("config")
    if policy.flag("haveibeenpwned_enabled", default=False):
        # Silence would promise a check that isn't made.
        raise problem(policy.at("haveibeenpwned_enabled"), "can't be true yet: this release asks no breach service")
    return PasswordMethod(
        is_enabled=method.flag("enabled", default=True),
        min_length=policy.integer(
            "min_password_length", MIN_PASSWORD_LENGTH, least=LEAST_PASSWORD_LENGTH, most=MOST_PASSWORD_LENGTH
        ),
        checks_similarity=policy.flag("identifier_similarity_check_enabled", default=True),
    )


def _hashing(hashers: Section) -> Hashing:
    """Bounds are those Ory sets for imported hashes: beyond them one sign-up could starve the machine."""
    argon2, default = hashers.section("argon2"), Argon2()
    bcrypt = Bcrypt(cost=hashers.section("bcrypt").integer("cost", Bcrypt().cost, least=4, most=15))
    configured = Argon2(
        memory_bytes=argon2.size_bytes("memory", default.memory_bytes, least=KIB**2, most=KIB**3),
        iterations=argon2.integer("iterations", default.iterations, least=1, most=10),
        parallelism=argon2.integer("parallelism", default.parallelism, least=1, most=16),
        salt_bytes=argon2.integer("salt_length", default.salt_bytes, least=16, most=64),
        key_bytes=argon2.integer("key_length", default.key_bytes, least=16, most=64),
    )
    algorithm = hashers.text("algorithm", "argon2", allowed=("argon2", "bcrypt"))
    return bcrypt if algorithm == "bcrypt" else configured


def _cookie(own: Section, shared: Section) -> CookieConfig:
    return CookieConfig(
        name=own.text("name", DEFAULT_SESSION_COOKIE),
        domain=own.text("domain", shared.text("domain", "")) or None,
        path=own.text("path", shared.text("path", "/")),
        same_site=own.text("same_site", shared.text("same_site", "Lax", allowed=SAME_SITE), allowed=SAME_SITE),
        is_persistent=own.flag("persistent", default=True),
    )
