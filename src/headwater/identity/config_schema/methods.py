"""`selfservice.methods`: how people may prove who they are. Pure."""

from headwater.identity.config.methods_config import (
    BREACH_HOST,
    LEAST_PASSWORD_LENGTH,
    MAX_SUBMISSIONS,
    MIN_PASSWORD_LENGTH,
    MOST_BREACHES,
    MOST_PASSWORD_LENGTH,
    MOST_SUBMISSIONS,
)
from headwater.identity.config_schema import provider
from headwater.identity.config_schema.nodes import (
    Node,
    choice,
    duration,
    flag,
    idle,
    members,
    ours,
    same,
    secret,
    several,
    text,
    texts,
    whole,
)

LATER = "this release of Headwater doesn't offer it yet: nobody is asked for it"
NO_ORGANIZATIONS = "Headwater has no organizations yet"
AS_KRATOS_WITHOUT = "Headwater does what Kratos does without it"
ORIGIN = "https://app.example.org"


def section() -> Node:
    """Return `selfservice.methods`."""
    known = {
        "password": _method("Passwords.", _password()),
        "code": _code(),
        "link": _method("One-time links, by mail.", _link(), default=False),
        "profile": members("Changing one's own traits.", {"enabled": _enabled(default=True)}),
        "oidc": provider.method(),
        **{name: idle(node, LATER) for name, node in _later().items()},
        "b2b": idle(members("Organizations.", {"config": _organizations()}), NO_ORGANIZATIONS),
    }
    return members("The ways to prove who one is.", known)


def _enabled(*, default: bool) -> Node:
    return flag("Whether it is there.", default=default)


def _method(about: str, config: dict[str, Node], *, default: bool = True) -> Node:
    return members(about, {"enabled": _enabled(default=default), "config": members("Its details.", config)})


def _password() -> dict[str, Node]:
    migration = {
        "enabled": flag("Whether it is asked.", default=False),
        "config": same("migrate_hook"),
    }
    return {
        "min_password_length": whole(
            "The shortest password.",
            least=LEAST_PASSWORD_LENGTH,
            most=MOST_PASSWORD_LENGTH,
            default=MIN_PASSWORD_LENGTH,
        ),
        "identifier_similarity_check_enabled": flag("Whether it must differ from the e-mail address.", default=True),
        "haveibeenpwned_enabled": flag("Whether passwords are looked up among those that leaked.", default=False),
        "haveibeenpwned_host": text("Who is asked for that.", default=BREACH_HOST),
        "max_breaches": whole("In how many leaks one may be.", most=MOST_BREACHES, default=0),
        "ignore_network_errors": flag("Whether a password passes that can't be looked up.", default=True),
        "common_passwords_enabled": ours(flag("Whether well-known passwords are refused.", default=True)),
        "migrate_hook": members("Asks the system that people come from whether a password is theirs.", migration),
    }


def _code() -> Node:
    config = {
        "lifespan": duration("How long a code is good.", default="1h"),
        "max_submissions": whole(
            "How often one may be tried.", least=1, most=MOST_SUBMISSIONS, default=MAX_SUBMISSIONS
        ),
        "missing_credential_fallback_enabled": flag("Whether an address among the traits is enough.", default=False),
        "length": idle(whole("How many signs a code has.", least=1), "codes are six digits"),
        "alphabet": idle(text("The signs of a code."), "codes are six digits"),
    }
    known = {
        "enabled": _enabled(default=True),
        "passwordless_enabled": flag("Whether one can sign up and in by it.", default=False),
        "mfa_enabled": idle(flag("Whether it is a second factor.", default=False), LATER),
        "passwordless_login_fallback_enabled": idle(
            flag("Whether those may sign in by code who signed up otherwise."), AS_KRATOS_WITHOUT
        ),
        "config": members("Its details.", config),
    }
    return members("One-time codes, by mail or SMS.", known)


def _link() -> dict[str, Node]:
    return {
        "lifespan": duration("How long a link is good.", default="1h"),
        "base_url": text("Where links lead, if not here.", sample=ORIGIN),
    }


def _later() -> dict[str, Node]:
    relying = members("Whose keys they are.", {"id": text(""), "display_name": text(""), "origins": texts("")})
    web = members(relying["description"], {**relying["properties"], "origin": text(""), "icon": text("")})
    return {
        "totp": _method("Codes of an authenticator app.", {"issuer": text("What the app shows.")}, default=False),
        "lookup_secret": members("Backup codes.", {"enabled": _enabled(default=False)}),
        "webauthn": _method("Security keys.", {"passwordless": flag("Whether alone."), "rp": web}, default=False),
        "passkey": _method("Passkeys.", {"rp": relying, **_authenticators()}, default=False),
        "saml": _method("SAML.", {"providers": several({"type": "object"}, "Its providers.")}, default=False),
        "deviceauthn": members(
            "Keys of a phone.",
            {"enabled": _enabled(default=False), "config": members("Its details.", {}, is_open=True)},
        ),
        "captcha": _method("A riddle for robots.", _captcha(), default=False),
    }


def _authenticators() -> dict[str, Node]:
    wishes = ("required", "preferred", "discouraged")
    selection = {
        "attachment": choice("", ("platform", "cross-platform"), what="attachment"),
        "resident_key": choice("", wishes, what="wish", default="required"),
        "user_verification": choice("", wishes, what="wish", default="preferred"),
    }
    kinds = ("none", "indirect", "direct", "enterprise")
    timeouts = {"registration": duration("To make one."), "login": duration("To use one.")}
    return {
        "authenticator_selection": members("Which devices.", selection),
        "attestation": members(
            "What is known of them.", {"preference": choice("", kinds, what="preference", default="none")}
        ),
        "timeouts": members("How long it may take.", timeouts),
    }


def _captcha() -> dict[str, Node]:
    turnstile = {"sitekey": text("Shown to browsers."), "secret": secret("Known to servers.")}
    return {
        "byo": flag("Whether with keys of one's own."),
        "allowed_domains": texts("Where it may be shown."),
        "legacy_inject_node": flag("Whether every form has its node."),
        "cf_turnstile": members("Of Cloudflare.", turnstile, is_open=True),
    }


def _organizations() -> Node:
    one = {
        "id": text(""),
        "label": text(""),
        "domains": texts(""),
        "session_lifespan": duration(""),
    }
    return members("Its details.", {"organizations": several(members("", one, is_open=True), "Every one.")})
