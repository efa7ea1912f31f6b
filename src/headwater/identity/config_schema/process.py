"""What a Kratos process is told, and what Ory Network may hold beside: known, kept, and followed only in part. Pure."""

from headwater.identity.config_schema.nodes import (
    Node,
    choice,
    duration,
    flag,
    idle,
    members,
    named,
    secret,
    several,
    text,
    texts,
    whole,
)

DATA = "start `headwater serve` with --data DIR; people come along by `headwater import identities`"
LOGGER = "start `headwater serve` with --logger-level; secrets are never logged"
OWN_KEY = "Headwater makes its own keys"
NO_OAUTH2 = "Headwater answers no OAuth2 login"
NOTHING = "Headwater has no such thing"
AS_KRATOS_WITHOUT = "Headwater does what Kratos does without it"
CLEANED = "what has expired is removed by itself"


def sections() -> dict[str, Node]:
    """Return the top-level keys of which nothing is followed."""
    return {
        "dsn": idle(secret("The database."), DATA),
        "log": idle(_log(), LOGGER),
        "tracing": idle(members("Traces.", {}, is_open=True), "collect what Headwater logs"),
        "secrets": idle(_secrets(), OWN_KEY),
        "ciphers": idle(members("How secrets are kept.", {"algorithm": _cipher()}), OWN_KEY),
        "database": idle(members("The database.", {"cleanup": _cleanup()}), CLEANED),
        "oauth2_provider": idle(_oauth2(), NO_OAUTH2),
        "preview": idle(_preview(), NOTHING),
        "organizations": idle({"type": "array", "description": "The older place of methods.b2b."}, NOTHING),
        "enterprise": idle(_enterprise(), "give every schema by name"),
        "version": idle(text("The release of Kratos that it was written for."), NOTHING),
        "revision": idle(text("A name for this state of it."), "each change gets a revision_id"),
        "dev": idle(flag("Whether for development."), NOTHING),
        "help": idle(flag("A flag of Kratos's command."), NOTHING),
        "config": idle(texts("A flag of Kratos's command."), NOTHING),
        "sqa-opt-out": idle(flag("Whether to tell Ory nothing.", default=False), "Headwater tells nobody anything"),
        "watch-courier": idle(flag("A flag of Kratos's command.", default=False), "the courier always runs"),
        "expose-metrics-port": idle(
            whole("A flag of Kratos's command.", default=0), "metrics are at `/metrics/prometheus` of `--admin-listen`"
        ),
    }


def feature_flags() -> Node:
    """Return `feature_flags`, of which three are followed."""
    followed = {
        "use_continue_with_transitions": "Whether apps are told what comes next, instead of led there.",
        "faster_session_extend": "Whether extending a session answers without it.",
        "legacy_continue_with_verification_ui": "Whether registration always offers to verify.",
    }
    others = (
        "cacheable_sessions",
        "choose_recovery_address",
        "enforce_identity_schema_guards",
        "legacy_allow_insecure_origins",
        "legacy_oidc_registration_node_group",
        "legacy_require_verified_login_error",
        "refresh_login_choose_address",
        "webhook_response_directives",
    )
    group = choice("The group of the traits' nodes.", ("password", "default"), what="group", default="default")
    known = {
        **{name: flag(about, default=False) for name, about in followed.items()},
        **{name: idle(flag("A flag of Kratos's.", default=False), AS_KRATOS_WITHOUT) for name in others},
        "cacheable_sessions_max_age": idle(duration("How long sessions are cached."), AS_KRATOS_WITHOUT),
        "password_profile_registration_node_group": idle(group, AS_KRATOS_WITHOUT),
    }
    return members("Ways of an older or newer Kratos.", known)


def _log() -> Node:
    levels = ("trace", "debug", "info", "warning", "error", "fatal", "panic")
    known = {
        "level": choice("How much.", levels, what="level"),
        "format": choice("How.", ("json", "text"), what="format"),
        "leak_sensitive_values": flag("Whether secrets, too."),
        "redaction_text": text("What stands in their place."),
    }
    return members("The log of the process.", known)


def _secrets() -> Node:
    keys = several(secret(""), "Keys, the newest first.")
    return {**members("Keys of Kratos.", dict.fromkeys(("default", "cookie", "pagination", "cipher"), keys))}


def _cipher() -> Node:
    return choice("By which cipher.", ("noop", "aes", "xchacha20-poly1305"), what="cipher", default="noop")


def _cleanup() -> Node:
    known = {
        "batch_size": whole("How many rows at a time.", least=1),
        "sleep": members("How long in between.", {"tables": duration("")}),
        "older_than": duration("How old they must be."),
    }
    return members("What is removed, and when.", known)


def _oauth2() -> Node:
    known = {
        "url": text("Hydra's admin API."),
        "headers": named({**text(""), "writeOnly": True}, "Headers of calls to it."),
        "override_return_to": flag("Whether it decides where people end.", default=False),
    }
    return members("An OAuth2 server that asks us who somebody is.", known)


def _preview() -> Node:
    known = {
        "default_read_consistency_level": choice(
            "How fresh lists are.", ("strong", "eventual"), what="level", default="strong"
        ),
        "enable_native_saml_engine": flag("Another SAML.", default=False),
    }
    return members("What Ory is trying.", known)


def _enterprise() -> Node:
    about = "Where schemas are looked for that nobody named."
    return members("What only Ory's licensed editions follow.", {"identity_schema_fallback_url_template": text(about)})
