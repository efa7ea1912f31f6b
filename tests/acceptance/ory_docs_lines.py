"""Every `ory patch identity-config|project` in Ory's public documentation (ory/docs, 378ce26, July 2026), line by line.

Paths and values are the documentation's. What it leaves to the reader (a file, a key, a schema) is filled in.
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

CONFIG, PROJECT = "identity-config", "project"
HOOKS = "/selfservice/flows/registration/after"


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


def webhook_action(**config: Any) -> str:
    """Return the file that the integration guides call webhook-action.json, filled in."""
    body = "base64://" + b64("function(ctx) {userId: ctx.identity.id}")
    return json.dumps({"hook": "web_hook", "config": {"method": "POST", "body": body, **config}})


SEGMENT = webhook_action(
    url="https://api.segment.io/v1/identify",
    auth={"type": "basic_auth", "config": {"user": "a-write-key", "password": ""}},
)
MAILCHIMP = webhook_action(url="https://mandrillapp.com/api/1.0/messages/send")
HUBSPOT = webhook_action(
    url="https://api.hubapi.com/crm/v3/objects/contacts",
    auth={"type": "api_key", "config": {"name": "Authorization", "value": "Bearer a-token", "in": "header"}},
    response={"ignore": True},
)
EMAIL = {"type": "string", "format": "email", "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}}}
PERSON = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {"traits": {"type": "object", "properties": {"email": EMAIL}, "required": ["email"]}},
}
SCHEMA = b64(json.dumps(PERSON))
SIGNING_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "use": "sig",
    "alg": "ES256",
    "kid": "example",
    # The key pair of RFC 7517, appendix A.2: known to the whole world, and good for examples only.
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
}
JWKS = b64(json.dumps({"keys": [SIGNING_KEY]}))
CLAIMS = b64("local session = std.extVar('session'); {claims: {email: session.identity.traits.email}}")
MAPPER = "base64://" + b64("local claims = std.extVar('claims'); {identity: {traits: {email: claims.email}}}")
GOOGLE = json.dumps(
    {"id": "google", "provider": "google", "client_id": "an-id", "client_secret": "a-secret", "mapper_url": MAPPER}
)


@dataclass(frozen=True)
class Line:
    """One command of a page: what is changed and the flags, two words each.

    `after`: flags that have to come first, where the page builds on something. `warned`: ids of what is said of it.
    `refused`: what stands in the refusal, where we take no such line; `why` says why not.
    """

    page: str
    flags: tuple[str, ...]
    of: str = CONFIG
    after: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    refused: str = ""
    why: str = ""


def line(page: str, *flags: str, **expected: Any) -> Line:
    return Line(page, flags, **expected)


NO_EFFECT = ("key_without_effect",)
NOT_YET = ("method_not_offered",)
MAY_FAIL = ("hook_can_fail_sign_up",)

LINES = (
    # -- Actions --
    line("actions/integrations/segment:78", "--add", f"{HOOKS}/hooks/0={SEGMENT}", warned=MAY_FAIL),
    line("actions/integrations/segment:86", "--add", f"{HOOKS}/password/hooks/0={SEGMENT}", warned=MAY_FAIL),
    line("actions/integrations/mailchimp:140", "--add", f"{HOOKS}/hooks/0={MAILCHIMP}", warned=MAY_FAIL),
    line("actions/integrations/mailchimp:148", "--add", f"{HOOKS}/password/hooks/0={MAILCHIMP}", warned=MAY_FAIL),
    line("actions/integrations/hubspot:104", "--add", f"{HOOKS}/hooks/0={HUBSPOT}"),
    line("actions/integrations/hubspot:112", "--add", f"{HOOKS}/oidc/hooks/0={HUBSPOT}"),
    # A new project has `session` in every method's list, and then the global one is not asked: as in Ory, but told.
    line("actions/session:52", "--add", f'{HOOKS}/hooks/0/hook="session"', warned=("hook_never_runs",)),
    line(
        "actions/revoke-active-sessions:26",
        "--add",
        '/selfservice/flows/login/after/hooks/0/hook="revoke_active_sessions"',
    ),
    line(
        "actions/verify-new-address:41",
        "--add",
        '/selfservice/flows/settings/after/profile/hooks/0/hook="verify_new_address"',
    ),
    line(
        "actions/notify-previous-addresses:53",
        *("--add", '/selfservice/flows/settings/after/profile/hooks/0/hook="notify_previous_addresses"'),
        *("--add", '/selfservice/flows/settings/after/profile/hooks/0/config/recipients="all_verified"'),
    ),
    line(
        "actions/require-verified-address:42",
        *("--add", '/selfservice/flows/login/after/password/hooks/0/hook="require_verified_address"'),
    ),
    line(
        "actions/require-verified-address:108",
        *("--add", "/feature_flags/legacy_require_verified_login_error=true"),
        warned=NO_EFFECT,
    ),
    line(
        "actions/require-verified-address:141",
        *("--add", f'{HOOKS}/password/hooks/0/hook="show_verification_ui"'),
        *("--add", f'{HOOKS}/oidc/hooks/0/hook="show_verification_ui"'),
        *("--add", f'{HOOKS}/webauthn/hooks/0/hook="show_verification_ui"'),
    ),
    line("actions/require-verified-address:197", "--add", "/feature_flags/legacy_continue_with_verification_ui=true"),
    line(
        "actions/require-verified-address:223",
        *("--add", '/selfservice/flows/settings/after/profile/hooks/0/hook="show_verification_ui"'),
    ),
    line(
        "identities/sign-in/actions:54",
        "--add",
        '/selfservice/flows/login/after/hooks=[{"hook": "revoke_active_sessions"}]',
    ),
    line(
        "identities/sign-in/actions:61",
        *("--add", '/selfservice/flows/login/after/password/hooks=[{"hook": "revoke_active_sessions"}]'),
        *("--add", '/selfservice/flows/login/after/oidc/hooks=[{"hook": "revoke_active_sessions"}]'),
        *("--add", '/selfservice/flows/login/after/webauthn/hooks=[{"hook": "revoke_active_sessions"}]'),
    ),
    line(
        "identities/sign-in/actions:105",
        *("--remove", "/selfservice/flows/login/after/hooks/1"),
        after=(
            *("--add", '/selfservice/flows/login/after/hooks=[{"hook": "revoke_active_sessions"}]'),
            *("--add", '/selfservice/flows/login/after/hooks/1={"hook": "require_verified_address"}'),
        ),
    ),
    # -- Identity schemas and sessions --
    line(
        "migrate-to-ory/auth0:174, getting-started/oauth2-openid/expressjs:23",
        *("--replace", '/identity/default_schema_id="preset://email"'),
        *("--replace", '/identity/schemas=[{"id":"preset://email","url":"base64://' + SCHEMA + '"}]'),
    ),
    line("identities/model/manage-identity-schema:43", "--replace", '/identity/default_schema_id="preset://email"'),
    line(
        "identities/model/manage-identity-schema:84",
        *("--replace", '/identity/default_schema_id="customer"'),
        *("--replace", '/identity/schemas=[{"id":"customer","url":"base64://' + SCHEMA + '"}]'),
    ),
    line(
        "identities/session-to-jwt-cors:56",
        "--add",
        '/session/whoami/tokenizer/templates/jwt_example_template1={"jwks_url":"base64://'
        + JWKS
        + '","claims_mapper_url":"base64://'
        + CLAIMS
        + '","ttl":"10m"}',
    ),
    # -- Flows and methods --
    line("concepts/password-policy:18", "--replace", "/selfservice/methods/password/config/min_password_length=12"),
    line(
        "concepts/password-policy:32",
        *("--replace", "/selfservice/methods/password/config/identifier_similarity_check_enabled=false"),
    ),
    line(
        "concepts/password-policy:45", "--replace", "/selfservice/methods/password/config/haveibeenpwned_enabled=false"
    ),
    line(
        "kratos/concepts/credentials/username-email-password:44",
        "--replace",
        "/selfservice/methods/password/enabled=true",
    ),
    line("cli/ory-patch-identity-config:25", "--replace", "/selfservice/methods/password/enabled=false"),
    line(
        "cli/ory-patch-identity-config:32",
        *("--replace", "/services/identity/config/selfservice/methods/password/enabled=false"),
        of=PROJECT,
    ),
    line(
        "cli/ory-patch-identity-config:50",
        *("--add", '/courier/smtp={"from_name":"My new email name"}'),
        *("--replace", "/selfservice/methods/password/enabled=false"),
        *("--remove", "/selfservice/methods/totp/enabled"),
    ),
    line(
        "identities/sign-in/identifier-first-authentication:53", "--add", "/security/account_enumeration/mitigate=true"
    ),
    line(
        "identities/sign-in/login-hint:30",
        *("--replace", "/services/identity/config/selfservice/flows/registration/login_hints=true"),
        of=PROJECT,
    ),
    line(
        "identities/get-started/account-recovery:154",
        *("--replace", "/services/identity/config/feature_flags/choose_recovery_address=true"),
        of=PROJECT,
        warned=NO_EFFECT,
    ),
    line(
        "kratos/self-service/flows/user-logout:57",
        *("--replace", '/selfservice/flows/logout/after/default_browser_return_url="https://example.org/bye"'),
    ),
    line("guides/cli/15_config-identity-service:73", "--replace", "/selfservice/methods/totp/enabled=false"),
    line(
        "identities/get-started/passwordless:109, kratos/passwordless/07_code:40, :83",
        *("--add", "/selfservice/methods/code/passwordless_enabled=true"),
    ),
    line(
        "identities/get-started/passwordless:53, kratos/passwordless/05_passkeys:83",
        *("--add", "/selfservice/methods/passkey/enabled=true"),
        *("--add", '/selfservice/methods/passkey/config/rp/display_name="My Display Name"'),
        warned=NOT_YET,
    ),
    line(
        "kratos/passwordless/05_passkeys:149",
        *("--add", '/selfservice/methods/passkey/config/authenticator_selection/attachment="cross-platform"'),
        *("--add", '/selfservice/methods/passkey/config/authenticator_selection/user_verification="required"'),
    ),
    *(
        line(
            "kratos/passwordless/05_passkeys:316",
            *("--add", "/selfservice/methods/webauthn/enabled=true"),
            *("--add", f"/selfservice/methods/webauthn/config/passwordless={is_passwordless}"),
            *("--add", '/selfservice/methods/webauthn/config/rp/display_name="My Display Name"'),
            warned=NOT_YET,
        )
        for is_passwordless in ("true", "false")
    ),
    line(
        "troubleshooting/45_passkeys-webauthn-security-error:24",
        *("--replace", '/selfservice/methods/passkey/config/rp/id="localhost"'),
        *("--replace", '/selfservice/methods/passkey/config/rp/origins=["http://localhost:3000"]'),
    ),
    line(
        "troubleshooting/45_passkeys-webauthn-security-error:30",
        *("--replace", '/selfservice/methods/webauthn/config/rp/id="localhost"'),
        *("--replace", '/selfservice/methods/webauthn/config/rp/origins=["http://localhost:3000"]'),
    ),
    line(
        "troubleshooting/15_magic-link-verification-url:20",
        *("--remove", "/selfservice/methods/link/config/base_url"),
        after=("--add", '/selfservice/methods/link/config/base_url="https://example.org"'),
    ),
    line(
        "kratos/self-service/flows/captcha:48",
        *("--replace", "/selfservice/methods/captcha/enabled=true"),
        *("--replace", "/selfservice/methods/captcha/config/byo=false"),
        *("--replace", '/selfservice/methods/captcha/config/allowed_domains=["example.org", "foo.bar.dev"]'),
        warned=NOT_YET,
    ),
    line(
        "kratos/self-service/flows/captcha:57",
        *("--replace", "/selfservice/methods/captcha/enabled=true"),
        *("--replace", "/selfservice/methods/captcha/config/byo=true"),
        *("--replace", "/selfservice/methods/captcha/config/cf_turnstile/sitekey=your-site-key"),
        *("--replace", "/selfservice/methods/captcha/config/cf_turnstile/secret=your-secret-key"),
        refused="not JSON",
        why="The page forgets the quotes; the ory CLI refuses it, too.",
    ),
    # -- Social sign-in --
    line(
        "identities/sign-in/social-sign-in/redirect-url:48",
        *("--add", '/selfservice/methods/oidc/config/base_redirect_uri="https://ory.example.org"'),
    ),
    line(
        "troubleshooting/25_social-sign-in:76",
        *("--add", '/selfservice/methods/oidc/config/base_redirect_uri="https://ory.your-custom-domain.com"'),
    ),
    line(
        "troubleshooting/25_social-sign-in:117",
        *("--remove", "/selfservice/methods/oidc/config/base_redirect_uri"),
        after=("--add", '/selfservice/methods/oidc/config/base_redirect_uri="https://ory.example.org"'),
    ),
    line(
        "kratos/social-signin/90_data-mapping:214",
        *("--replace", '/selfservice/methods/oidc/config/providers/0/update_identity_on_login="automatic"'),
        after=("--add", f"/selfservice/methods/oidc/config/providers/0={GOOGLE}"),
    ),
    # -- Mail --
    line(
        "kratos/passwordless/07_code:105",
        "--add",
        '/courier/channels=[{"id":"sms","request_config":{"method":"PUT","body":"base64://'
        + b64("function(ctx) {\r\nctx: ctx,\r\n}")
        + '","url":"https://webhook.site/#!/view/859c1c2c-c4d5-4058-aec4-53f37929c5c1"}}]',
    ),
    line(
        "guides/cli/10_config-with-cli:78",
        *("--replace", '/services/identity/config/courier/smtp/from_name="My Custom E-Mail Name"'),
        of=PROJECT,
    ),
    # -- The project itself --
    line(
        "guides/cors:32",
        *("--replace", "/cors_public/enabled=true"),
        *("--replace", '/cors_public/origins=["https://*.foobar.ory"]'),
        of=PROJECT,
    ),
    line(
        "cli/ory-patch-project:35, :41 (with --remove: the pages say --delete, a flag that the ory CLI has not)",
        *("--replace", '/name="My new project name"'),
        *("--add", '/services/identity/config/courier/smtp={"from_name":"My new email name"}'),
        *("--replace", "/services/identity/config/selfservice/methods/password/enabled=false"),
        *("--remove", "/services/identity/config/selfservice/methods/totp/enabled"),
        of=PROJECT,
    ),
    line(
        "api/eventual-consistency:44",
        *("--replace", '/previews/default_read_consistency_level="eventual"'),
        of=PROJECT,
        refused="no key 'previews'",
        why="Every read here is strongly consistent; a project has no such key in Ory's own API description.",
    ),
    line(
        "oauth2-oidc/identity-provider-integration-settings:42",
        *("--replace", "/services/identity/oauth2_provider/override_return_to=true"),
        of=PROJECT,
        refused="/services/identity must hold `config`, an object, and nothing else",
        why="The page forgets /config (and says `ory patch ory patch`); and Headwater is no OAuth 2 server.",
    ),
    line(
        "cli/ory-patch-oauth2-config:33",
        *("--replace", '/strategies/access_token="jwt"'),
        of=PROJECT,
        refused="no key 'strategies'",
        why="The page forgets /services/oauth2/config; and Headwater is no OAuth 2 server.",
    ),
    line(
        "cli/ory-patch-permission-config:33",
        *("--replace", "/services/permission/config/limit/max_read_depth=5"),
        of=PROJECT,
        warned=("service_not_run",),
    ),
)
