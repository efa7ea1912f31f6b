"""Every key a kratos.yml may hold, and what becomes of it here. Facts, nothing else.

Source: Kratos's configuration schema. A rule is about the keys below its anchor; `*` stands for one name or number.
Where a rule has no keys it is about the anchor itself, and what is below is somebody else's to judge.
"""

from dataclasses import dataclass

from headwater.actions.known_hooks import CLOSED_EDITION_METHODS, FLOWS, METHODS
from headwater.cli.kratos_findings import KEPT, LEFT_OUT, SETTING, TAKEN
from headwater.identity.courier.kinds import KINDS, SMS, STUB


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What becomes of some keys. In the advice `{value}` is what stands there."""

    outcome: str
    anchor: str
    keys: tuple[str, ...] = ()
    advice: str = ""


def _rule(outcome: str, anchor: str, keys: str = "", advice: str = "") -> Rule:
    return Rule(outcome=outcome, anchor=anchor, keys=tuple(keys.split()), advice=advice)


LATER = "has no effect yet: comes in a later release, with what is written here"
NOT_HERE = "nothing to do: Headwater has no such thing"
TLS = "end TLS in front of Headwater, and name that proxy with --trusted-proxy"
ADMIN = "start `headwater serve` with --admin-listen 127.0.0.1:4434, or call /admin with a key"
BASE_URL = "a proxy in front decides what of Headwater is seen where; see --public-url"
HASHING = "nothing to do: Headwater bounds how much is hashed at once by itself"
REQUEST = "url method body headers auth additionalProperties"
RP = "config/rp/id config/rp/display_name config/rp/origins"

PEOPLE = (
    _rule(TAKEN, "identity", "default_schema_id"),
    _rule(TAKEN, "identity/schemas/*", "id url selfservice_selectable"),
    _rule(TAKEN, "selfservice", "default_browser_return_url allowed_return_urls"),
    _rule(TAKEN, "hashers", "algorithm bcrypt/cost"),
    _rule(TAKEN, "hashers/argon2", "memory iterations parallelism salt_length key_length"),
    _rule(LEFT_OUT, "hashers/argon2", "expected_duration expected_deviation dedicated_memory", HASHING),
    _rule(TAKEN, "security/account_enumeration", "mitigate"),
    _rule(
        LEFT_OUT,
        "security/disallow_ref_in_identity_schemas",
        advice="nothing to do: a schema may only ever refer to itself",
    ),
    _rule(KEPT, "organizations", advice=LATER),
    _rule(KEPT, "enterprise", "identity_schema_fallback_url_template", "has no effect: give every schema by name"),
)

METHOD_RULES = (
    _rule(
        TAKEN,
        "selfservice/methods/password",
        "enabled config/min_password_length config/identifier_similarity_check_enabled config/haveibeenpwned_enabled"
        " config/haveibeenpwned_host config/max_breaches config/ignore_network_errors config/common_passwords_enabled",
    ),
    _rule(TAKEN, "selfservice/methods/password/config/migrate_hook", "enabled config"),
    _rule(
        TAKEN,
        "selfservice/methods/code",
        "enabled passwordless_enabled config/lifespan config/max_submissions"
        " config/missing_credential_fallback_enabled",
    ),
    _rule(
        KEPT, "selfservice/methods/code/mfa_enabled", advice=LATER + "; until then nobody is asked for a second code"
    ),
    _rule(TAKEN, "selfservice/methods/link", "enabled config/lifespan config/base_url"),
    _rule(TAKEN, "selfservice/methods/profile", "enabled"),
    _rule(
        KEPT,
        "selfservice/methods/totp",
        "enabled config/issuer",
        LATER + "; until then nobody is asked for a second factor",
    ),
    _rule(KEPT, "selfservice/methods/lookup_secret", "enabled", LATER),
    _rule(
        KEPT, "selfservice/methods/webauthn", f"enabled config/passwordless {RP} config/rp/origin config/rp/icon", LATER
    ),
    _rule(
        KEPT,
        "selfservice/methods/passkey",
        f"enabled {RP} config/attestation config/authenticator_selection config/timeouts",
        LATER,
    ),
    _rule(TAKEN, "selfservice/methods/oidc", "enabled config/base_redirect_uri"),
    _rule(
        TAKEN,
        "selfservice/methods/oidc/config/providers/*",
        "id provider label client_id client_secret issuer_url auth_url token_url mapper_url scope requested_claims"
        " microsoft_tenant subject_source apple_team_id apple_private_key_id apple_private_key"
        " additional_id_token_audiences claims_source pkce account_linking_mode update_identity_on_login"
        " aal2_acr_values aal2_amr_values",
    ),
    _rule(
        KEPT,
        "selfservice/methods/oidc/config/providers/*/organization_id",
        advice="Headwater has no organizations yet: nobody is offered this provider",
    ),
    _rule(
        KEPT,
        "selfservice/methods/oidc/config/providers/*/fedcm_config_url",
        advice="has no effect: people sign in by the provider's own page",
    ),
    _rule(
        KEPT,
        "selfservice/methods/oidc/config/providers/*/net_id_token_origin_header",
        advice="has no effect: people sign in by the provider's own page",
    ),
    _rule(KEPT, "selfservice/methods/saml", advice=LATER),
    _rule(KEPT, "selfservice/methods/b2b", advice=LATER),
    _rule(KEPT, "selfservice/methods/captcha", advice=LATER),
    _rule(
        KEPT, "oauth2_provider", "url headers override_return_to", "has no effect: Headwater answers no OAuth2 login"
    ),
)

SESSIONS = (
    _rule(TAKEN, "session", "lifespan earliest_possible_extend whoami/required_aal"),
    _rule(TAKEN, "session/cookie", "name domain path same_site persistent"),
    _rule(TAKEN, "cookies", "domain path same_site"),
    _rule(
        LEFT_OUT,
        "session/cookie/secure",
        advice="nothing to do: cookies are Secure when --public-url begins with https://",
    ),
    _rule(
        LEFT_OUT, "cookies/secure", advice="nothing to do: cookies are Secure when --public-url begins with https://"
    ),
    _rule(TAKEN, "session/whoami/tokenizer/templates/*", "jwks_url claims_mapper_url subject_source ttl"),
)

COURIER = (
    _rule(TAKEN, "courier", "delivery_strategy message_retries"),
    _rule(TAKEN, "courier/smtp", "connection_uri from_address from_name headers local_name"),
    _rule(
        KEPT,
        "courier/smtp",
        "client_cert_path client_key_path",
        "has no effect yet: sign in to the mail server with a user and a password in connection_uri",
    ),
    _rule(TAKEN, "courier/http", "request_config"),
    _rule(TAKEN, "courier/channels/*", "id type request_config"),
    _rule(
        LEFT_OUT, "courier/worker", "pull_count pull_wait", "nothing to do: messages leave as soon as they are written"
    ),
)

ANSWERING = (
    _rule(
        TAKEN,
        "serve/public/cors",
        "enabled allowed_origins allow_credentials allowed_headers exposed_headers max_age",
    ),
    _rule(
        LEFT_OUT,
        "serve/public/cors",
        "allowed_methods options_passthrough debug",
        "nothing to do: every method of the public API is allowed, and preflights are answered",
    ),
    _rule(SETTING, "serve/public/base_url", advice="start `headwater serve` with --public-url {value}"),
    _rule(SETTING, "serve/public/host", advice="start `headwater serve` with --listen {value}:PORT"),
    _rule(SETTING, "serve/public/port", advice="start `headwater serve` with --listen HOST:{value}"),
    _rule(SETTING, "serve/public/socket", "owner group mode", "let a proxy in front listen on the socket"),
    _rule(SETTING, "serve/public/tls", "cert key", TLS),
    _rule(LEFT_OUT, "serve/public/request_log", "disable_for_health", NOT_HERE),
    _rule(SETTING, "serve/admin/base_url", advice=ADMIN),
    _rule(SETTING, "serve/admin/host", advice=ADMIN),
    _rule(SETTING, "serve/admin/port", advice="start `headwater serve` with --admin-listen 127.0.0.1:{value}"),
    _rule(SETTING, "serve/admin/socket", "owner group mode", "start `headwater serve` with --admin-listen unix:PATH"),
    _rule(SETTING, "serve/admin/tls", "cert key", ADMIN + "; that is on this machine, and needs no TLS"),
    _rule(LEFT_OUT, "serve/admin/request_log", "disable_for_health", NOT_HERE),
    _rule(TAKEN, "clients/web_hook", "header_allowlist"),
    _rule(TAKEN, "actions/web_hook", "header_allowlist"),
    _rule(TAKEN, "clients/smtp", "disallow_private_ip_ranges"),
    _rule(TAKEN, "clients/http", "disallow_private_ip_ranges private_ip_exception_urls"),
)

MACHINE = (
    _rule(SETTING, "dsn", advice="start `headwater serve` with --data DIR; people come along by `import identities`"),
    _rule(SETTING, "log/level", advice="start `headwater serve` with --logger-level debug, info, warning or error"),
    _rule(LEFT_OUT, "log", "format leak_sensitive_values redaction_text", "nothing to do: secrets are never logged"),
    _rule(LEFT_OUT, "tracing", advice="has no equal yet: collect what Headwater logs"),
    _rule(
        LEFT_OUT,
        "secrets",
        "default cookie cipher pagination",
        "nothing to do: Headwater makes its own key, so everybody signs in anew",
    ),
    _rule(LEFT_OUT, "ciphers", "algorithm", "nothing to do: what is secret is kept under AES-256-GCM"),
    _rule(LEFT_OUT, "database", "cleanup", "nothing to do: what has expired is removed by itself"),
    _rule(LEFT_OUT, "preview", "default_read_consistency_level", NOT_HERE),
    _rule(LEFT_OUT, "version", advice="nothing to do"),
    _rule(LEFT_OUT, "revision", advice="nothing to do"),
    _rule(LEFT_OUT, "dev", advice="nothing to do: a server on loopback is good for development as it is"),
    _rule(LEFT_OUT, "help", advice="nothing to do"),
    _rule(LEFT_OUT, "config", advice="nothing to do"),
    _rule(LEFT_OUT, "sqa-opt-out", advice="nothing to do: Headwater sends nobody anything about you"),
    _rule(LEFT_OUT, "watch-courier", advice="nothing to do: the courier always runs"),
    _rule(
        LEFT_OUT,
        "expose-metrics-port",
        advice="not needed: metrics are at /metrics/prometheus, without a key on --admin-listen",
    ),
)

FLAGS = (
    _rule(
        TAKEN,
        "feature_flags",
        "use_continue_with_transitions faster_session_extend legacy_continue_with_verification_ui",
    ),
    _rule(
        KEPT,
        "feature_flags",
        "cacheable_sessions cacheable_sessions_max_age choose_recovery_address legacy_allow_insecure_origins"
        " legacy_oidc_registration_node_group"
        " legacy_require_verified_login_error password_profile_registration_node_group refresh_login_choose_address",
        "has no effect: Headwater does what Kratos does without it",
    ),
)

# Ours and Ory Network's, which a file from here or there may hold.
OTHERS = (_rule(TAKEN, "pages"), _rule(TAKEN, "identity/after"), _rule(TAKEN, "cors_public", "enabled origins"))

FLOW_KEYS = {
    "login": "style",
    "registration": "enabled style enable_legacy_one_step login_hints",
    "settings": "privileged_session_max_age required_aal",
    "recovery": "enabled use notify_unknown_recipients",
    "verification": "enabled use notify_unknown_recipients",
}


def _flow_rules() -> tuple[Rule, ...]:
    rules = [
        _rule(TAKEN, "selfservice/flows/error", "ui_url"),
        _rule(TAKEN, "selfservice/flows/logout", "after/default_browser_return_url"),
        _rule(
            KEPT,
            "selfservice/flows/logout/clear_browser_data",
            advice="has no effect yet: signing out removes Headwater's own cookies",
        ),
    ]
    for flow in FLOWS:
        anchor = f"selfservice/flows/{flow}"
        after = ["after", *(f"after/{method}" for method in METHODS[flow])]
        keys = [f"{place}/{key}" for place in after for key in ("hooks", "default_browser_return_url")]
        rules.append(_rule(TAKEN, anchor, f"ui_url lifespan {FLOW_KEYS[flow]} before/hooks {' '.join(keys)}"))
        others = [name for name in CLOSED_EDITION_METHODS if name not in METHODS[flow]]
        rules += [_rule(KEPT, f"{anchor}/after/{name}", "hooks default_browser_return_url", LATER) for name in others]
    return tuple(rules)


def _template_rules() -> tuple[Rule, ...]:
    rules = [_rule(TAKEN, "courier/template_override_path")]
    for kind in KINDS.values():
        if kind.name == STUB:
            continue
        anchor = "/".join(part for part in ("courier/templates", kind.name, kind.variant) if part)
        rules += [_rule(TAKEN, f"{anchor}/{channel}", "subject body") for channel in kind.channels]
        if SMS not in kind.channels:
            rules.append(_rule(LEFT_OUT, f"{anchor}/{SMS}", advice="nothing to do: this is never sent as an SMS"))
    return tuple(rules)


RULES = (
    *PEOPLE,
    *METHOD_RULES,
    *SESSIONS,
    *COURIER,
    *ANSWERING,
    *MACHINE,
    *FLAGS,
    *OTHERS,
    *_flow_rules(),
    *_template_rules(),
)

# What a file that doesn't say gets from Kratos, and something else from us.
DIFFERENT_DEFAULTS = {
    "clients/http/disallow_private_ip_ranges": "Kratos calls private addresses unless told not to; Headwater only while"
    " it listens on loopback, with HEADWATER_PRIVATE_ADDRESSES, or where private_ip_exception_urls names them",
    "selfservice/methods/password/config/haveibeenpwned_enabled": "Kratos asks the breach list unless told not to;"
    " Headwater calls nobody until this is true",
    "hashers/algorithm": "Kratos hashes new passwords with bcrypt, Headwater with argon2, unless told;"
    " hashes of both are good",
}
CORS_ORIGINS = "Kratos lets every site call with the person's cookies unless told; name yours here"
