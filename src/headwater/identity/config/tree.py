"""The identity-config document as this room understands it: a frozen tree, with Kratos's defaults.

`check` is asked before a document is stored, `parse` once per revision after.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from headwater.actions import client_rules, occasion
from headwater.actions.chain_book import ChainBook
from headwater.identity.config import (
    cors_config,
    courier_config,
    defaults,
    flows_config,
    methods_config,
    session_config,
    social_secrets,
)
from headwater.identity.config.cors_config import CorsConfig
from headwater.identity.config.courier_config import CourierConfig
from headwater.identity.config.flows_config import FlowsConfig
from headwater.identity.config.hashing import Argon2, Bcrypt, Hashing
from headwater.identity.config.methods_config import Methods
from headwater.identity.config.section import KIB, Section, problem
from headwater.identity.config.session_config import SessionConfig
from headwater.identity.people import schema
from headwater.identity.people.schema import IdentitySchema
from headwater.net.address_rules import AddressRules
from headwater.web import project_hosts

default_document = defaults.default_document

DEFAULT_SCHEMA_ID = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityConfig:
    """Everything this room needs of a project's configuration. `document` is as written, `chains` are its Actions.

    `rules`: whom its own requests may reach (`clients.http`). `hides_accounts`: registration, too, answers alike
    whether an account exists (`mitigate`).
    """

    project_id: str
    document: dict[str, Any]
    chains: ChainBook
    schemas: dict[str, IdentitySchema]
    default_schema_id: str
    flows: FlowsConfig
    methods: Methods
    hashing: Hashing
    session: SessionConfig
    courier: CourierConfig
    cors: CorsConfig
    allowed_return_urls: tuple[str, ...]
    header_allowlist: tuple[str, ...]
    rules: AddressRules
    hides_accounts: bool
    always_shows_verification: bool  # Ory's legacy_continue_with_verification_ui

    @property
    def default_schema(self) -> IdentitySchema:
        return self.schemas[self.default_schema_id]

    def schema_of(self, schema_id: str) -> IdentitySchema:
        """Return the schema of a stored person; the default one if theirs was taken out of the configuration."""
        return self.schemas.get(schema_id, self.default_schema)


def check(document: dict[str, Any]) -> None:
    """Raise ConfigProblem, naming path and reason, if this room couldn't run with `document`."""
    parse(document, project_id="", public_url="")
    social_secrets.check(Section(document).section("selfservice").section("methods").section("oidc"))


def parse(document: dict[str, Any], *, project_id: str, public_url: str) -> IdentityConfig:
    """Return `document` as a frozen tree. Raises ConfigProblem naming the path that is wrong."""
    if "" in document:
        raise problem("/", "is the key with no name; to run on a whole file: headwater import kratos-config FILE")
    root = Section(document)
    schemas = _schemas(root.section("identity"))
    default_id = root.section("identity").text("default_schema_id", DEFAULT_SCHEMA_ID)
    if default_id not in schemas:
        raise problem("/identity/default_schema_id", f"names {default_id!r}, which is not among identity.schemas")
    selfservice = root.section("selfservice")
    security = root.section("security").section("account_enumeration")
    return IdentityConfig(
        project_id=project_id,
        document=document,
        chains=ChainBook(document),
        schemas=schemas,
        default_schema_id=default_id,
        flows=flows_config.parse(selfservice, public_url=public_url),
        methods=methods_config.parse(selfservice.section("methods")),
        hashing=_hashing(root.section("hashers")),
        session=session_config.parse(
            root.section("session"),
            root.section("cookies"),
            has_own_host=project_hosts.slug_or_none(urlsplit(public_url).netloc) is not None,
        ),
        courier=courier_config.parse(root.section("courier"), clients=root.section("clients")),
        cors=cors_config.parse(root.section("serve").section("public").section("cors"), root.section("cors_public")),
        allowed_return_urls=selfservice.texts("allowed_return_urls", ()),
        header_allowlist=occasion.header_allowlist(document),
        rules=client_rules.of(document),
        hides_accounts=security.flag("mitigate", default=False),
        always_shows_verification=root.section("feature_flags").flag(
            "legacy_continue_with_verification_ui", default=False
        ),
    )


def _schemas(identity: Section) -> dict[str, IdentitySchema]:
    sections = identity.sections("schemas")
    if not sections:
        raise problem(identity.at("schemas"), "must be a list with at least one schema")
    loaded = [_schema(section) for section in sections]
    counted = Counter(item.id for item in loaded)
    for index, item in enumerate(loaded):
        if counted[item.id] > 1:
            raise problem(f"{identity.at('schemas')}/{index}/id", f"is used twice: {item.id!r}")
    return {item.id: item for item in loaded}


def _schema(section: Section) -> IdentitySchema:
    schema_id = section.text("id", "")
    url = section.text("url", "")
    for key, value in (("id", schema_id), ("url", url)):
        if not value:
            raise problem(section.at(key), "is missing")
    is_selectable = section.flag("selfservice_selectable", default=False)
    return schema.load(schema_id, url, path=section.at("url"), is_selectable=is_selectable)


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
