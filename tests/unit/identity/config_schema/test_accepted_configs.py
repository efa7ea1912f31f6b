"""What Ory's configurations hold is taken; what has no effect here is named once, and nothing else is."""

import pytest
from documents import BODY, changed, channel, provider, web_hook

from headwater.core.errors import HeadwaterError
from headwater.identity.config_schema import check, idle_keys

FLOWS = "/selfservice/flows"
METHODS = "/selfservice/methods"
FLAGS = "/feature_flags"

# As pages of Ory's documentation and kratos.yml of its quickstarts have it.
ORYS = [
    [],
    [(f"{FLOWS}/registration/after/hooks/-", {"hook": "session"})],
    [(f"{FLOWS}/registration/after/hooks/-", {"hook": "session", "config": {}})],
    [(f"{FLOWS}/registration/after/password/hooks/-", web_hook(auth={}))],
    [(f"{FLOWS}/registration/after/password/hooks/-", web_hook(response={"ignore": True}, id="crm"))],
    [(f"{FLOWS}/registration/after/hooks/-", {"hook": "b2b_sso", "config": {"anything": 1}})],
    [(f"{FLOWS}/registration/before/hooks/-", web_hook(can_interrupt=True))],
    [(f"{FLOWS}/registration/after/saml/hooks", [])],
    [(f"{FLOWS}/settings/after/profile/hooks/-", {"hook": "notify_previous_addresses"})],
    [(f"{FLOWS}/recovery/after/hooks/-", {"hook": "revoke_active_sessions"})],
    [(f"{FLOWS}/login/lifespan", "1h30m"), (f"{FLOWS}/login/ui_url", "/login"), ("/session/lifespan", "0.5h")],
    [(f"{FLOWS}/settings/required_aal", "highest_available"), ("/session/whoami/required_aal", "aal1")],
    [(f"{FLOWS}/error/ui_url", "https://app.example.org/error")],
    [("/selfservice/default_browser_return_url", "https://app.example.org/")],
    [("/selfservice/allowed_return_urls", ["https://app.example.org", "exp://localhost:8081/--/Callback"])],
    [(f"{METHODS}/oidc/config/providers/-", provider(requested_claims={"id_token": {"email": None}}, scope=["email"]))],
    [(f"{METHODS}/oidc/config/providers/-", provider(requested_claims='{"id_token": {}}', label=""))],
    [(f"{METHODS}/passkey/config/rp", {"id": "localhost", "display_name": "Ada", "origins": ["http://localhost"]})],
    [(f"{METHODS}/passkey/config/authenticator_selection/user_verification", "required")],
    [(f"{METHODS}/captcha/config", {"byo": True, "cf_turnstile": {"sitekey": "a", "secret": "b"}})],
    [(f"{METHODS}/deviceauthn/config", {"ios_app_ids": ["org.example"]})],
    [("/courier/channels/-", channel())],
    [("/courier/smtp", {"from_name": "Ada", "headers": {"X-Campaign": "one"}})],
    [("/courier/http/request_config", {"url": "https://mail.example.org", "method": "POST", "body": BODY})],
    [("/courier/templates/recovery_code/valid/email/body/html", "base64://QWRh")],
    [("/session/whoami/tokenizer/templates/api", {"ttl": "10m", "jwks_url": "base64://e30="})],
    [("/hashers/argon2", {"memory": "64MB", "iterations": 2}), ("/hashers/bcrypt", {"cost": 12})],
    [("/hashers/argon2/memory", "65536kb")],
    [("/serve/public/cors", {"enabled": True, "allowed_origins": ["https://*.example.org"], "max_age": 60})],
    [("/cors_public", {"enabled": False, "origins": []})],
    [("/clients/http/private_ip_exception_urls", ["http://hooks.internal/**"])],
    [("/security/account_enumeration/mitigate", True)],
    # Ours.
    [(f"{FLOWS}/registration/after/hooks/-", web_hook(response={"on_error": "queue"}))],
    [("/identity/after/deleted/hooks/-", web_hook())],
    [(f"{METHODS}/password/config/common_passwords_enabled", False)],
    [("/pages/css_variables", {"--headwater-dark-accent": "rgb(1, 2, 3)", "--headwater-font": "serif"})],
]
# What a project of Ory Network's, or a kratos.yml, holds beside, saying no more than if it weren't there.
SILENT = [
    [(f"{FLAGS}/cacheable_sessions", False), (f"{FLAGS}/password_profile_registration_node_group", "default")],
    [("/organizations", []), (f"{METHODS}/b2b", {"config": {"organizations": []}}), ("/cookies/secure", False)],
    [("/oauth2_provider", {}), ("/secrets", {}), ("/preview", {"default_read_consistency_level": "strong"})],
    [(f"{METHODS}/totp", {"enabled": False, "config": {"issuer": "Ada"}})],
]
# What has no effect: the changes, and the paths that are named together in one warning.
WITHOUT_EFFECT = [
    ([(f"{METHODS}/code/mfa_enabled", True)], [f"{METHODS}/code/mfa_enabled"]),
    (
        [(f"{FLAGS}/choose_recovery_address", True), (f"{FLAGS}/cacheable_sessions", True)],
        [f"{FLAGS}/choose_recovery_address", f"{FLAGS}/cacheable_sessions"],
    ),
    ([("/dsn", "postgres://ada:lovelace@db/kratos")], ["/dsn"]),
    ([("/secrets", {"cookie": ["lovelace" * 4], "cipher": ["lovelace" * 4]})], ["/secrets"]),
    ([("/log", {"level": "info", "format": "json"})], ["/log"]),
    ([("/oauth2_provider/url", "http://hydra:4445")], ["/oauth2_provider"]),
    ([("/serve/public/port", 4433)], ["/serve/public/port"]),
    ([("/serve/admin", {"host": "0.0.0.0", "port": 4434})], ["/serve/admin/host", "/serve/admin/port"]),
    ([("/version", "v1.3.0")], ["/version"]),
    (
        [("/courier/templates/recovery/valid/sms/body/plaintext", "base64://QWRh")],
        ["/courier/templates/recovery/valid/sms"],
    ),
    ([(f"{FLOWS}/logout/clear_browser_data", True)], [f"{FLOWS}/logout/clear_browser_data"]),
    (
        [(f"{METHODS}/b2b/config/organizations/-", {"id": "a", "domains": ["example.org"], "more": 1})],
        [f"{METHODS}/b2b"],
    ),
]


@pytest.mark.parametrize("changes", [*ORYS, *SILENT], ids=str)
def test_an_ordinary_configuration_is_taken_without_a_word(changes):
    document = changed(*changes)

    check.check(document)
    assert [] == list(idle_keys.find(document))


@pytest.mark.parametrize(("changes", "paths"), WITHOUT_EFFECT, ids=str)
def test_a_key_without_effect_is_taken_and_named_once(changes, paths):
    document = changed(*changes)

    check.check(document)
    (warning,) = idle_keys.find(document)
    assert idle_keys.CODE == warning.code
    assert warning.message.startswith(f"{', '.join(paths)}: kept, and without effect here; ")
    assert "lovelace" not in warning.message


def test_many_keys_for_one_reason_drown_nobody():
    flags = ["choose_recovery_address", "cacheable_sessions", "refresh_login_choose_address"]
    flags += ["legacy_allow_insecure_origins", "legacy_oidc_registration_node_group", "webhook_response_directives"]
    document = changed(*[(f"{FLAGS}/{flag}", True) for flag in flags])

    (warning,) = idle_keys.find(document)
    assert ", and 1 more: kept" in warning.message


def test_a_key_that_an_older_release_let_in_can_be_removed_in_the_patch_that_it_stops():
    stored = changed(("/session/lifespn", "1h"))
    with pytest.raises(HeadwaterError) as refused:
        check.check(changed(("/session/lifespn", "1h"), ("/session/lifespan", "2h")))
    assert "/session/lifespn is an unknown key" in refused.value.message

    del stored["session"]["lifespn"]
    check.check(stored)
