"""More than a hundred ways to get an identity-config wrong: what is changed, where that is told, in which words.

Words that stand together in one text must stand together in the message.
"""

from typing import Any

from documents import changed, channel, provider, web_hook, without

FLOWS = "/selfservice/flows"
AFTER = f"{FLOWS}/registration/after"
HOOKS = f"{AFTER}/hooks"
HOOK = f"{HOOKS}/0"
CONFIG = f"{HOOK}/config"
METHODS = "/selfservice/methods"
PASSWORD = f"{METHODS}/password/config"
PROVIDERS = f"{METHODS}/oidc/config/providers"
PROVIDER = f"{PROVIDERS}/0"
CORS = "/serve/public/cors"
TEMPLATES = "/session/whoami/tokenizer/templates"
DURATION = 'must be a duration such as "1h" or "15m", not'

Row = tuple[dict[str, Any], str, str]


def row(path: str, value: Any, words: str, *, at: str | None = None) -> Row:
    """`at`: where it is told, if that isn't where it stands."""
    return changed((path, value)), at or path, words


def hook(item: Any, words: str, *, at: str = HOOK) -> Row:
    return row(f"{HOOKS}/-", item, words, at=at)


def social(item: Any, words: str, *, at: str = "") -> Row:
    return row(f"{PROVIDERS}/-", item, words, at=f"{PROVIDER}{at}")


def lacking(path: str) -> dict[str, Any]:
    document = changed()
    *steps, last = path.removeprefix("/").split("/")
    place: Any = document
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    del place[last]
    return document


UNKNOWN_KEYS = [
    row("/selfservce", {}, "Did you mean 'selfservice'?"),
    row("/Session", {}, "Did you mean 'session'?"),
    row("/courrier", {}, "Did you mean 'courier'?"),
    row("/feature_flag", {}, "Did you mean 'feature_flags'?"),
    row("/methods", {}, "It belongs to /selfservice."),
    row("/haveibeenpwned_enabled", True, f"It belongs to {PASSWORD}."),
    row("/a~1b~0c", 1, "an unknown key: 'a/b~c'"),
    row("/nonsense", 1, "GET /api/identity-config.schema.json has them all"),
    (changed() | {"": {}}, "/", "is a key with no name"),
    row("/identity/schema", [], "Did you mean 'schemas'?"),
    row("/identity/after/create", {"hooks": []}, "Did you mean 'created'? Allowed: created, deleted, updated."),
    row("/identity/after/created/hook", [], "Did you mean 'hooks'?"),
    row("/selfservice/method", {}, "Did you mean 'methods'?"),
    row("/selfservice/whitelisted_return_urls", [], "Did you mean 'allowed_return_urls'?"),
    row(f"{FLOWS}/signup", {}, "Allowed: error, login, logout, recovery, registration, settings, verification."),
    row(f"{FLOWS}/registrations", {}, "Did you mean 'registration'?"),
    row(f"{FLOWS}/login/lifespn", "1h", "Did you mean 'lifespan'?"),
    row(f"{FLOWS}/login/required_aal", "aal1", "Allowed: after, before, enabled, lifespan, style, ui_url."),
    row(f"{FLOWS}/login/hooks", [], "Allowed: after, before"),
    row(f"{FLOWS}/login/before/password", {"hooks": []}, "Allowed: hooks."),
    row(f"{AFTER}/hook", [], "Did you mean 'hooks'?"),
    row(f"{AFTER}/pasword", {"hooks": []}, "Did you mean 'password'?"),
    row(f"{AFTER}/totp", {"hooks": []}, "an unknown key: 'totp'"),
    row(f"{AFTER}/password/hook", [], "Did you mean 'hooks'?"),
    row(f"{METHODS}/passwords", {}, "Did you mean 'password'?"),
    row(f"{METHODS}/password/min_password_length", 9, f"It belongs to {PASSWORD}."),
    row(f"{PASSWORD}/min_lenght", 9, "Allowed: common_passwords_enabled, haveibeenpwned_enabled"),
    row(f"{PASSWORD}/min_password_lenght", 9, "Did you mean 'min_password_length'?"),
    row(f"{METHODS}/code/config/lifespam", "1h", "Did you mean 'lifespan'?"),
    row(f"{METHODS}/code/passwordless", True, "Did you mean 'passwordless_enabled'?"),
    row(f"{METHODS}/oidc/config/provider", [], "Did you mean 'providers'?"),
    row(f"{METHODS}/passkey/config/rp/origin", "x", "Did you mean 'origins'?"),
    row("/session/cookie/samesite", "Lax", "Did you mean 'same_site'?"),
    row("/session/whoami/require_aal", "aal1", "Did you mean 'required_aal'?"),
    row("/courier/smtp/connection_url", "smtp://x", "Did you mean 'connection_uri'?"),
    row("/courier/templates/recovery_cod", {}, "Did you mean 'recovery_code'?"),
    row("/courier/templates/recovery_code/valid/mail", {}, "Did you mean 'email'?"),
    row("/courier/templates/recovery_code/valid/email/body/text", "x", "Allowed: html, plaintext."),
    row("/courier/sms", {}, "Allowed: channels, delivery_strategy"),
    row("/hashers/argon2/salt_lenght", 16, "Did you mean 'salt_length'?"),
    row(f"{CORS}/allowed_origin", [], "Did you mean 'allowed_origins'?"),
    row("/clients/http/disallow_private_ips", True, "Did you mean 'disallow_private_ip_ranges'?"),
    row("/pages/css_variables/--headwater-acent", "#fff", "--headwater-accent"),
    row("/security/account_enumeration/mitigated", True, "Did you mean 'mitigate'?"),
    row("/feature_flags/cacheable_session", True, "Did you mean 'cacheable_sessions'?"),
    row("/secrets/cookies", [], "Did you mean 'cookie'?"),
]

WRONG_TYPES = [
    row("/selfservice", [], "must be an object, not a list"),
    row("/session", None, "must be an object, not null; to do without it, remove the key"),
    row("/courier", "smtp://mail.example.org", "must be an object, not a text"),
    row("/feature_flags", True, "must be an object, not true or false"),
    row("/identity/schemas", {}, "must be a list, not an object"),
    row("/identity/schemas/-", "preset://email", "must be an object, not a text", at="/identity/schemas/1"),
    row("/selfservice/allowed_return_urls", "https://a.example", "must be a list, not a text"),
    row(
        "/selfservice/allowed_return_urls/-", 7, "must be a text, not a number", at="/selfservice/allowed_return_urls/0"
    ),
    row(FLOWS, [], "must be an object, not a list"),
    row(f"{FLOWS}/registration", None, "must be an object, not null"),
    row(f"{FLOWS}/registration/enabled", "yes", "must be true or false, not a text ('yes')"),
    row(f"{FLOWS}/registration/enabled", 1, "must be true or false, not a number (1)"),
    row(f"{FLOWS}/registration/enabled", None, "must be true or false, not null"),
    row(f"{FLOWS}/login/ui_url", ["https://a.example"], "must be a text, not a list"),
    row(f"{FLOWS}/login/ui_url", None, "must be a text, not null"),
    row(f"{FLOWS}/login/style", 3, "must be one of unified, identifier_first, not a number"),
    row(f"{METHODS}/password", True, "must be an object, not true or false"),
    row(f"{PASSWORD}/min_password_length", "8", "must be a whole number, not a text ('8')"),
    row(f"{PASSWORD}/min_password_length", 8.5, "must be a whole number, not a number (8.5)"),
    row(f"{PASSWORD}/max_breaches", False, "must be a whole number, not true or false (false)"),
    row(f"{METHODS}/saml/config/providers", {}, "must be a list, not an object"),
    row("/hashers/bcrypt/cost", "12", "must be a whole number, not a text ('12')"),
    row("/courier/message_retries", [], "must be a whole number, not a list"),
    row("/courier/smtp/headers", [], "must be an object, not a list"),
    row("/courier/smtp/headers", {"X-A": 1}, "must be a text, not a number", at="/courier/smtp/headers/X-A"),
    row("/courier/channels", {"id": "sms"}, "must be a list, not an object"),
    row(f"{TEMPLATES}", [], "must be an object, not a list"),
    row(f"{CORS}/allowed_origins", "*", "must be a list, not a text"),
    row(f"{CORS}/max_age", "1h", "must be a whole number, not a text ('1h')"),
    row("/cors_public/origins", {}, "must be a list, not an object"),
    row("/clients/web_hook/header_allowlist", "Cookie", "must be a list, not a text"),
    row("/pages/css_variables", [], "must be an object, not a list"),
    row("/organizations", {}, "must be a list, not an object"),
    row("/dev", "true", "must be true or false, not a text ('true')"),
]

VALUES = [
    row(f"{FLOWS}/login/lifespan", "1 hour", f"{DURATION} '1 hour'"),
    row(f"{FLOWS}/login/lifespan", "60", f"{DURATION} '60'"),
    row(f"{FLOWS}/login/lifespan", "-1h", f"{DURATION} '-1h'"),
    row(f"{FLOWS}/login/lifespan", "1d", f"{DURATION} '1d'"),
    row(f"{FLOWS}/login/lifespan", 3600, f"{DURATION} a number"),
    row(f"{FLOWS}/login/lifespan", "9" * 65 + "s", "at most 64 characters"),
    row(f"{FLOWS}/settings/privileged_session_max_age", "soon", f"{DURATION} 'soon'"),
    row("/session/lifespan", "P1D", f"{DURATION} 'P1D'"),
    row("/session/earliest_possible_extend", " 1h", f"{DURATION} ' 1h'"),
    row(f"{METHODS}/code/config/lifespan", "1h\n", DURATION),
    row("/hashers/argon2/memory", "128", "must be a size such as 64MB, not '128'"),
    row("/hashers/argon2/memory", "128MiB", "must be a size such as 64MB, not '128MiB'"),
    row("/hashers/argon2/memory", "-1MB", "must be a size such as 64MB, not '-1MB'"),
    row("/hashers/argon2/memory", "2GB", "must be between"),
    row("/hashers/argon2/iterations", 0, "must be between 1 and 10, not 0"),
    row("/hashers/argon2/parallelism", 17, "must be between 1 and 16, not 17"),
    row("/hashers/argon2/salt_length", 15, "must be between 16 and 64, not 15"),
    row("/hashers/bcrypt/cost", 16, "must be between 4 and 15, not 16"),
    row(f"{PASSWORD}/min_password_length", 5, "must be between 6 and 72, not 5"),
    row(f"{PASSWORD}/min_password_length", -8, "must be between 6 and 72, not -8"),
    row(f"{PASSWORD}/min_password_length", 10**400, "not a number with very many digits"),
    row(f"{PASSWORD}/max_breaches", -1, "must be between 0 and 1000000, not -1"),
    row(f"{METHODS}/code/config/max_submissions", 256, "must be between 1 and 255, not 256"),
    row("/courier/message_retries", -1, "must be between 0 and 100, not -1"),
    row(f"{CORS}/max_age", 86_401, "must be between 0 and 86400, not 86401"),
    row("/serve/public/port", 70_000, "must be between 1 and 65535, not 70000"),
    row("/expose-metrics-port", -1, "must be at least 0, not -1"),
    row(
        "/cookies/same_site", "lax", "an unknown SameSite value: 'lax'. Did you mean 'Lax'? Allowed: Lax, None, Strict"
    ),
    row("/session/whoami/required_aal", "aal3", "Did you mean 'aal1'? Allowed: aal1, highest_available"),
    row(f"{FLOWS}/login/style", "profile_first", "Allowed: identifier_first, unified"),
    row(f"{FLOWS}/recovery/use", "sms", "an unknown method: 'sms'. Allowed: code, link"),
    row("/hashers/algorithm", "scrypt", "Did you mean 'bcrypt'? Allowed: argon2, bcrypt"),
    row("/courier/delivery_strategy", "SMTP", "Allowed: captured, http, smtp"),
    row(f"{METHODS}/passkey/config/attestation/preference", "always", "Allowed: direct, enterprise, indirect, none"),
    row("/log/level", "warn", "Did you mean 'warning'?"),
    row("/pages/css_variables/--headwater-accent", "url(x)", "must be a colour such as #0b57d0, not 'url(x)'"),
    row("/pages/css_variables/--headwater-radius", "8px}", "must be a length such as 8px or 0.5rem, not '8px}'"),
]

MISSING = [
    (lacking("/identity"), "/identity", "is missing; it must be an object"),
    (lacking("/identity/schemas"), "/identity/schemas", "is missing; it must be a list"),
    row("/identity/schemas", [], "must be a list with at least 1, not with 0"),
    (lacking("/identity/schemas/0/url"), "/identity/schemas/0/url", "is missing; it must be a text"),
    (lacking("/identity/schemas/0/id"), "/identity/schemas/0/id", "is missing; it must be a text"),
    row(f"{TEMPLATES}/api", {"ttl": "1m"}, "is missing; it must be a text", at=f"{TEMPLATES}/api/jwks_url"),
    row("/courier/channels/-", {"id": "sms"}, "is missing; it must be", at="/courier/channels/0/request_config"),
    row(
        "/courier/channels/-",
        channel(request_config={}),
        "is missing; it must be a text",
        at="/courier/channels/0/request_config/url",
    ),
    row("/courier/http", {"request_config": {}}, "is missing", at="/courier/http/request_config/url"),
    row("/courier/delivery_strategy", "smtp", "needs a mail server", at="/courier/smtp/connection_uri"),
    row(
        f"{PASSWORD}/migrate_hook",
        {"enabled": True, "config": {}},
        "is missing; it must be a text",
        at=f"{PASSWORD}/migrate_hook/config/url",
    ),
]

HOOK_ROWS = [
    row(HOOKS, {"hook": "session"}, "must be a list, not an object"),
    row(HOOKS, None, "must be a list, not null"),
    hook("session", "must be an object, not a text"),
    hook(None, "must be an object, not null"),
    hook({}, "is missing; it must be one of web_hook, session", at=f"{HOOK}/hook"),
    hook({"hook": "web_hok"}, "an unknown hook: 'web_hok'. Did you mean 'web_hook'?", at=f"{HOOK}/hook"),
    hook({"hook": "webhook"}, "Did you mean 'web_hook'?", at=f"{HOOK}/hook"),
    hook({"hook": "Session"}, "Did you mean 'session'?", at=f"{HOOK}/hook"),
    hook({"hook": "nothing_like_it"}, "Allowed: b2b_sso, notify_previous_addresses", at=f"{HOOK}/hook"),
    hook({"hook": 1}, "not a number", at=f"{HOOK}/hook"),
    hook({"hook": "session", "conf": {}}, "Did you mean 'config'?", at=f"{HOOK}/conf"),
    hook({"hook": "session", "config": []}, "must be an object, not a list", at=CONFIG),
    hook({"hook": "web_hook"}, "is missing; it must be an object", at=CONFIG),
    hook(without(web_hook(), "url"), "is missing; it must be a text", at=f"{CONFIG}/url"),
    hook(without(web_hook(), "method"), "is missing; it must be a text", at=f"{CONFIG}/method"),
    hook(without(web_hook(), "body"), "is missing; give the Jsonnet as base64://", at=f"{CONFIG}/body"),
    hook(web_hook(mehtod="POST"), "Did you mean 'method'?", at=f"{CONFIG}/mehtod"),
    hook(web_hook(on_error="queue"), f"It belongs to {CONFIG}/response.", at=f"{CONFIG}/on_error"),
    hook(web_hook(url=7), "must be a text, not a number", at=f"{CONFIG}/url"),
    hook(web_hook(url="receiver.example.org"), "must be an absolute http:// or https:// URL", at=f"{CONFIG}/url"),
    hook(web_hook(headers={"X-A": 1}), "must be a text, not a number", at=f"{CONFIG}/headers/X-A"),
    hook(web_hook(headers=[]), "must be an object, not a list", at=f"{CONFIG}/headers"),
    hook(web_hook(can_interrupt="no"), "must be true or false, not a text ('no')", at=f"{CONFIG}/can_interrupt"),
    hook(web_hook(response={"ignored": True}), "Did you mean 'ignore'?", at=f"{CONFIG}/response/ignored"),
    hook(web_hook(response={"on_error": "retry"}), "Allowed: fail, queue", at=f"{CONFIG}/response/on_error"),
    hook(web_hook(response={"ignore": True, "parse": True}), "can't go with", at=f"{CONFIG}/response/ignore"),
    hook(web_hook(auth="basic"), "must be an object, not a text", at=f"{CONFIG}/auth"),
    hook(web_hook(auth={"type": "basic_auth"}), "is missing; it must be an object", at=f"{CONFIG}/auth/config"),
    hook(
        web_hook(auth={"type": "oauth2", "config": {}}),
        "an unknown auth type: 'oauth2'. Allowed: api_key, basic_auth",
        at=f"{CONFIG}/auth/type",
    ),
    hook(
        web_hook(auth={"type": "basic_auth", "config": {"user": "ada", "passwort": ""}}),
        "Did you mean 'password'?",
        at=f"{CONFIG}/auth/config/passwort",
    ),
    hook(
        web_hook(auth={"type": "api_key", "config": {"name": "X-Key", "value": "lovelace", "in": "query"}}),
        "an unknown place for an api_key: 'query'. Allowed: cookie, header",
        at=f"{CONFIG}/auth/config/in",
    ),
    hook(
        web_hook(auth={"type": "api_key", "config": {"user": "ada", "password": "lovelace"}}),
        "Allowed: in, name, value",
        at=f"{CONFIG}/auth/config/user",
    ),
    hook(web_hook(signing={"type": "standard_webhooks", "secrets": []}), "at least 1", at=f"{CONFIG}/signing/secrets"),
    (changed((f"{HOOKS}/-", web_hook()), (f"{HOOKS}/-", web_hook())), f"{HOOKS}/1", "is the same as"),
    row(HOOKS, [{"hook": "session"}] * 101, "holds 101; at most 100 are possible"),
    row(
        f"{FLOWS}/settings/after/profile/hooks/-",
        {"hook": "notify_previous_addresses", "config": {"recipients": "everybody"}},
        "an unknown choice of recipients: 'everybody'",
        at=f"{FLOWS}/settings/after/profile/hooks/0/config/recipients",
    ),
    row(
        "/identity/after/created/hooks/-",
        {"hook": "session"},
        "only web_hook runs after an operator's change",
        at="/identity/after/created/hooks/0/hook",
    ),
]

PROVIDER_ROWS = [
    row(PROVIDERS, {"acme": provider()}, "must be a list, not an object"),
    social("google", "must be an object, not a text"),
    social({}, "is missing; it must be a text", at="/id"),
    social(provider(id=7), "must be a text, not a number", at="/id"),
    social(provider(id="a/b"), "it is part of addresses", at="/id"),
    social(provider(provider="gogle"), "Did you mean 'google'?", at="/provider"),
    social(provider(provider="mastodon"), "Most others work as generic, with their issuer_url", at="/provider"),
    social(provider(provider="netid"), "a kind of provider that this release of Headwater doesn't", at="/provider"),
    social(provider(client_idd="x"), "Did you mean 'client_id'?", at="/client_idd"),
    social(provider(client_secret=5), "must be a text, not a number", at="/client_secret"),
    social(provider(scope="openid email"), "must be a list, not a text", at="/scope"),
    social(provider(pkce=True), "must be one of auto, never, force, not true or false", at="/pkce"),
    social(provider(pkce="allways"), "Allowed: auto, force, never", at="/pkce"),
    social(provider(claims_source="access_token"), "Did you mean 'id_token'?", at="/claims_source"),
    social(provider(requested_claims=[]), "must be an object or a text, not a list", at="/requested_claims"),
    social(
        provider(requested_claims={"id_token": {"email": {"esential": True}}}),
        "Did you mean 'essential'?",
        at="/requested_claims/id_token/email/esential",
    ),
    (changed((f"{PROVIDERS}/-", provider()), (f"{PROVIDERS}/-", provider())), f"{PROVIDERS}/1/id", "is used twice"),
    row(PROVIDERS, [provider(id=f"p{number}") for number in range(51)], "holds 51; at most 50 are possible"),
]

TOGETHER = [
    row("/identity/default_schema_id", "customer", "is not among identity.schemas"),
    row(
        "/identity/schemas/-",
        {"id": "preset://email", "url": "preset://email"},
        "is used twice: 'preset://email'",
        at="/identity/schemas/0/id",
    ),
    row(f"{CORS}", {"enabled": True, "allowed_origins": ["*"]}, "can't be *", at=f"{CORS}/allowed_origins"),
    row("/courier/template_override_path", "/templates", "put each template below courier.templates"),
    row("/cookies/domain", "https://example.org", "must be a host name such as example.org"),
    (
        changed((f"{FLOWS}/login/lifespan", 7), ("/session/lifespan", "x")),
        f"{FLOWS}/login/lifespan",
        "Also wrong: /session/lifespan.",
    ),
]

ROWS: list[Row] = [
    *UNKNOWN_KEYS,
    *WRONG_TYPES,
    *VALUES,
    *MISSING,
    *HOOK_ROWS,
    *PROVIDER_ROWS,
    *TOGETHER,
]
