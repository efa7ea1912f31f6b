"""What social sign-in can be configured with: what couldn't work, or lets the wrong people in, is refused by path."""

import base64
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from identity_stage import document

from headwater.actions.problems import ConfigProblem
from headwater.identity.config import doubts, provider_reader, tree
from headwater.identity.config.social_config import (
    FROM_USERINFO,
    LINK_AUTOMATIC,
    LINK_CONFIRMED,
    PKCE_AUTO,
    PKCE_FORCE,
    UPDATE_AUTOMATIC,
)
from headwater.identity.providers.kinds import catalogue

PLACE = "/selfservice/methods/oidc/config/providers"
SECRET = "ada's secret"
LINES = "local claims = std.extVar('claims');\n{identity: {traits: {email: claims.email}}}"


def embedded(text):
    return "base64://" + base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


MAPPER = embedded(LINES)
GENERIC = {
    "id": "work",
    "provider": "generic",
    "client_id": "headwater",
    "client_secret": SECRET,
    "issuer_url": "https://login.example.org",
    "mapper_url": MAPPER,
}


def pem(key, *, format_=PrivateFormat.PKCS8, encryption=None):
    return key.private_bytes(Encoding.PEM, format_, encryption or NoEncryption()).decode()


P256 = ec.generate_private_key(ec.SECP256R1())
APPLE_KEY = pem(P256)
APPLE = {
    "id": "apple",
    "provider": "apple",
    "client_id": "org.example.app",
    "apple_team_id": "KP76DQS54M",
    "apple_private_key_id": "UX56C66723",
    "apple_private_key": APPLE_KEY,
    "mapper_url": MAPPER,
}


def without(provider, *keys):
    return {key: value for key, value in provider.items() if key not in keys}


def whole(*providers, enabled=True, **settings):
    found = document()
    found["selfservice"]["methods"]["oidc"] = {
        "enabled": enabled,
        "config": {**settings, "providers": list(providers)},
    }
    return found


def social(*providers, **settings):
    tree.check(whole(*providers, **settings))
    return tree.parse(whole(*providers, **settings), project_id="p", public_url="https://id.example.org").methods.social


def read(**changes):
    (provider,) = social({**GENERIC, **changes}).providers
    return provider


def refused(*providers, **settings):
    with pytest.raises(ConfigProblem) as caught:
        tree.check(whole(*providers, **settings))
    assert SECRET not in caught.value.message
    assert caught.value.message.endswith(".")
    return caught.value.context["path"], caught.value.message


def said(*providers, **settings):
    found = whole(*providers, **settings)
    tree.check(found)
    return [(warning.code, warning.message) for warning in doubts.find(found)]


def test_without_a_word_about_it_nobody_signs_in_elsewhere():
    method = tree.parse(document(), project_id="p", public_url="").methods.social

    assert (False, None, ()) == (method.is_enabled, method.base_redirect_uri, method.providers)


def test_what_is_not_said_is_as_kratos_has_it():
    provider = read()

    assert ("work", "generic", "work", "headwater") == (provider.id, provider.kind, provider.label, provider.client_id)
    assert SECRET == provider.client_secret.reveal()
    assert SECRET not in repr(provider)
    assert (PKCE_AUTO, "id_token", LINK_CONFIRMED, "never") == (
        provider.pkce,
        provider.claims_source,
        provider.account_linking,
        provider.update_on_login,
    )
    assert ((), {}, (), (), ()) == (
        provider.scopes,
        provider.requested_claims,
        provider.additional_audiences,
        provider.aal2_acr_values,
        provider.aal2_amr_values,
    )


def test_everything_that_is_said_is_read():
    provider = read(
        label="Acme",
        auth_url="https://login.example.org/auth?ui=plain",
        token_url="https://login.example.org/token",
        scope=["email", "profile"],
        requested_claims={"id_token": {"email": {"essential": True}, "locale": None}, "other": 1},
        claims_source="userinfo",
        pkce="force",
        additional_id_token_audiences=["ios", "android"],
        account_linking_mode="automatic",
        update_identity_on_login="automatic",
        aal2_acr_values=["urn:mfa"],
        aal2_amr_values=["otp"],
    )

    assert "Acme" == provider.label
    assert ("https://login.example.org/auth?ui=plain", "https://login.example.org/token") == (
        provider.auth_url,
        provider.token_url,
    )
    assert (("email", "profile"), ("ios", "android")) == (provider.scopes, provider.additional_audiences)
    assert {"email": {"essential": True}, "locale": None} == provider.requested_claims["id_token"]
    assert (FROM_USERINFO, PKCE_FORCE) == (provider.claims_source, provider.pkce)
    assert (LINK_AUTOMATIC, UPDATE_AUTOMATIC) == (provider.account_linking, provider.update_on_login)
    assert (("urn:mfa",), ("otp",)) == (provider.aal2_acr_values, provider.aal2_amr_values)


def test_requested_claims_may_be_json_in_a_text():
    assert {"userinfo": {"email": None}} == read(requested_claims='{"userinfo": {"email": null}}').requested_claims
    assert {} == read(requested_claims="").requested_claims


def test_buttons_keep_their_order_and_a_provider_is_found_by_its_id():
    found = social({**GENERIC, "id": "b"}, APPLE, {**GENERIC, "id": "a"})

    assert ["b", "apple", "a"] == [provider.id for provider in found.providers]
    assert "a" == found.provider_or_none("a").id
    assert found.provider_or_none("A") is None


def test_the_key_of_apple_is_read_and_shown_to_nobody():
    (provider,) = social(APPLE).providers

    assert ("KP76DQS54M", "UX56C66723") == (provider.apple_key.team_id, provider.apple_key.key_id)
    assert APPLE_KEY == provider.apple_key.private_key.reveal()
    assert APPLE_KEY.splitlines()[1] not in repr(provider)


def test_redirects_may_go_by_another_address_of_ours():
    assert (
        "https://auth.example.org/base" == social(base_redirect_uri="https://auth.example.org/base/").base_redirect_uri
    )


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"id": ""}, "id", "is missing"),
        ({"id": "a:b"}, "id", "letters, digits"),
        ({"id": "../admin"}, "id", "letters, digits"),
        ({"id": "a/b"}, "id", "letters, digits"),
        ({"id": "a?b"}, "id", "letters, digits"),
        ({"id": "a\n"}, "id", "letters, digits"),
        ({"id": "ada" * 22}, "id", "1 to 64"),
        ({"id": 7}, "id", "must be a text"),
        ({"provider": ""}, "provider", "the kind of provider"),
        ({"provider": "vk"}, "provider", "most others work as generic, with their issuer_url"),
        ({"provider": "Generic"}, "provider", "It can be apple"),
        ({"client_id": ""}, "client_id", "is missing"),
        ({"client_secret": None}, "client_secret", "set pkce to force"),
        ({"client_secret": 5}, "client_secret", "must be a text"),
        ({"client_secret": SECRET * 2000}, "client_secret", "is longer than"),
        ({"client_secret": "", "pkce": "never"}, "pkce", "stolen code"),
        ({"issuer_url": ""}, "issuer_url", "or else auth_url and token_url"),
        ({"issuer_url": "", "auth_url": "https://login.example.org/a"}, "issuer_url", "or else auth_url and token_url"),
        ({"issuer_url": "login.example.org"}, "issuer_url", "absolute http:// or https://"),
        ({"issuer_url": "file:///etc/passwd"}, "issuer_url", "absolute http:// or https://"),
        ({"issuer_url": "https://login.example.org/#x"}, "issuer_url", "has a fragment"),
        ({"issuer_url": f"https://ada:{SECRET[:3]}@login.example.org"}, "issuer_url", "holds a user or password"),
        ({"auth_url": "https://"}, "auth_url", "has no host"),
        ({"token_url": "https://login.example.org/" + "a" * 3000}, "token_url", "is longer than 2048"),
        ({"mapper_url": ""}, "mapper_url", "is missing"),
        ({"mapper_url": "ftp://files.example.org/google.jsonnet"}, "mapper_url", "must begin with base64://"),
        ({"mapper_url": "google.jsonnet"}, "mapper_url", "must begin with base64://"),
        ({"mapper_url": "base64://?"}, "mapper_url", "is not base64"),
        ({"mapper_url": embedded(b"\xff\xfe")}, "mapper_url", "not UTF-8"),
        ({"mapper_url": "base64://"}, "mapper_url", "is empty"),
        ({"mapper_url": embedded("a" * (256 * 1024 + 1))}, "mapper_url", "larger than 256 KiB"),
        ({"mapper_url": "https://ada:x@mappers.example.org/"}, "mapper_url", "holds a user or password"),
        ({"pkce": "S256"}, "pkce", "auto, never, force"),
        ({"claims_source": "both"}, "claims_source", "id_token, userinfo"),
        ({"subject_source": "email"}, "subject_source", "userinfo, me, oid"),
        ({"account_linking_mode": "always"}, "account_linking_mode", "confirm_with_existing_credential, automatic"),
        ({"update_identity_on_login": True}, "update_identity_on_login", "must be a text"),
        ({"scope": "email"}, "scope", "must be a list of texts"),
        ({"scope": ["email", ""]}, "scope/1", "1 to 512"),
        ({"scope": ["a" * 513]}, "scope/0", "1 to 512"),
        ({"scope": ["a"] * 51}, "scope", "at most 50"),
        ({"aal2_acr_values": [""]}, "aal2_acr_values/0", "1 to 512"),
        ({"additional_id_token_audiences": ["a", 1]}, "additional_id_token_audiences", "must be a list of texts"),
        ({"requested_claims": ["email"]}, "requested_claims", "must be an object"),
        ({"requested_claims": "{"}, "requested_claims", "isn't JSON"),
        ({"requested_claims": "[" * 5000}, "requested_claims", "isn't JSON"),
        ({"requested_claims": {"id_token": {"email": True}}}, "requested_claims/id_token/email", "must be null"),
        ({"requested_claims": {"userinfo": {"a/b": {"must": 1}}}}, "requested_claims/userinfo/a~1b/must", "is none of"),
        ({"requested_claims": {"id_token": {"acr": {"values": 1}}}}, "requested_claims/id_token/acr/values", "a list"),
        ({"requested_claims": {"id_token": {"a" * 5000: None}}}, "requested_claims", "larger than"),
        ({"microsoft_tenant": "acme.example"}, "microsoft_tenant", "belongs to a provider of kind microsoft"),
        ({"apple_private_key": APPLE_KEY}, "apple_private_key", "belongs to a provider of kind apple"),
        ({"organization_id": 5}, "organization_id", "must be a text"),
        ({"fedcm_config_url": "fedcm.json"}, "fedcm_config_url", "absolute http:// or https://"),
    ],
    ids=lambda value: str(sorted(value))[:40] if isinstance(value, dict) else str(value)[:30],
)
def test_a_provider_that_could_not_work_is_refused_by_its_path(changes, key, reason):
    path, message = refused({**GENERIC, **changes})

    assert f"{PLACE}/0/{key}" == path
    assert reason in message


MICROSOFT = {**without(GENERIC, "issuer_url"), "provider": "microsoft", "microsoft_tenant": "contoso.onmicrosoft.com"}


@pytest.mark.parametrize("tenant", ["", "a/../common", "common?x=", ".", "common "])
def test_a_tenant_that_leads_elsewhere_at_microsofts_is_refused(tenant):
    path, message = refused({**MICROSOFT, "microsoft_tenant": tenant})

    assert f"{PLACE}/0/microsoft_tenant" == path
    assert "common, organizations, consumers" in message


@pytest.mark.parametrize("tenant", ["common", "8eaef023-2b34-4da1-9baa-8bc8c9d6a490", "contoso.onmicrosoft.com"])
def test_a_tenant_is_kept_and_says_whom_microsoft_lets_in(tenant):
    (provider,) = social({**MICROSOFT, "microsoft_tenant": tenant, "subject_source": "oid"}).providers

    assert (tenant, "oid") == (provider.microsoft_tenant, provider.subject_source)


@pytest.mark.parametrize("key", ["apple_team_id", "apple_private_key_id", "apple_private_key"])
def test_apple_without_what_its_secret_is_made_of_is_refused(key):
    path, message = refused(without(APPLE, key))

    assert f"{PLACE}/0/{key}" == path
    assert "Apple gives it with a key" in message


def test_a_client_secret_that_apple_would_not_take_is_refused():
    path, message = refused({**APPLE, "client_secret": SECRET})

    assert f"{PLACE}/0/client_secret" == path
    assert "made of its private key" in message


UNUSABLE_KEYS = {
    "an RSA key": pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    "another curve": pem(ec.generate_private_key(ec.SECP384R1())),
    "an older format": pem(P256, format_=PrivateFormat.TraditionalOpenSSL),
    "an encrypted key": pem(P256, encryption=BestAvailableEncryption(b"lovelace")),
    "broken base64": APPLE_KEY.replace("M", "!", 3),
    "half a key": APPLE_KEY[:90],
    "a shell's line ends": APPLE_KEY.replace("\n", r"\n"),
    "a path": "/home/ada/AuthKey_UX56C66723.p8",
    "no PEM": base64.b64encode(APPLE_KEY.encode()).decode(),
    "endless": APPLE_KEY + "a" * 20_000,
}


@pytest.mark.parametrize("unusable", UNUSABLE_KEYS.values(), ids=UNUSABLE_KEYS)
def test_a_key_that_cannot_sign_for_apple_is_refused_and_not_quoted(unusable):
    path, message = refused({**APPLE, "apple_private_key": unusable})

    assert f"{PLACE}/0/apple_private_key" == path
    assert [] == [part for part in re.findall(r"[\w+/!.]{16,}", unusable) if part[:16] in message]


def test_a_key_whose_line_ends_a_shell_left_as_they_were_is_told_so():
    _, message = refused({**APPLE, "apple_private_key": UNUSABLE_KEYS["a shell's line ends"]})

    assert r"\n as two characters" in message


def test_a_reference_in_place_of_a_secret_is_taken_for_it_was_looked_at_when_it_was_written():
    tree.check(whole({**APPLE, "apple_private_key": "secret://abc"}, {**GENERIC, "client_secret": "secret://def"}))


def test_a_reference_to_the_wrong_secret_does_not_stop_the_server_that_runs_on_it():
    """What runs has its secrets revealed: every page would fail, not only Apple's button."""
    found = tree.parse(whole({**APPLE, "apple_private_key": SECRET}), project_id="p", public_url="")

    assert SECRET == found.methods.social.providers[0].apple_key.private_key.reveal()


def test_two_providers_of_one_id_would_share_their_people_and_are_refused():
    path, message = refused(GENERIC, APPLE, {**GENERIC, "issuer_url": "https://mallory.example"})

    assert f"{PLACE}/2/id" == path
    assert "used twice: 'work'" in message


def test_a_twin_in_an_organization_is_a_twin_too():
    assert f"{PLACE}/1/id" == refused(GENERIC, {**GENERIC, "organization_id": "acme"})[0]


def test_more_providers_than_anybody_has_buttons_for_are_refused():
    path, message = refused(*({**GENERIC, "id": f"p{number}"} for number in range(51)))

    assert PLACE == path
    assert "at most 50" in message


@pytest.mark.parametrize("providers", [{"0": GENERIC}, "google", [5], [[GENERIC]]], ids=str)
def test_providers_that_are_no_list_of_objects_are_refused(providers):
    found = whole()
    found["selfservice"]["methods"]["oidc"]["config"]["providers"] = providers

    with pytest.raises(ConfigProblem, match=PLACE):
        tree.check(found)


@pytest.mark.parametrize("url", ["auth.example.org", "https://auth.example.org/?a=b", "https://auth.example.org/#a", 5])
def test_a_base_that_no_path_can_follow_is_refused(url):
    path, _ = refused(GENERIC, base_redirect_uri=url)

    assert "/selfservice/methods/oidc/config/base_redirect_uri" == path


def test_a_wrong_provider_is_refused_while_the_method_is_off_too():
    assert f"{PLACE}/0/client_id" == refused(without(GENERIC, "client_id"), enabled=False)[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_secret": None, "pkce": "force"},
        {"microsoft_tenant": "", "apple_team_id": "", "organization_id": ""},
        {"issuer_url": "", "auth_url": "https://login.example.org/a", "token_url": "https://login.example.org/t"},
        {"issuer_url": "http://127.0.0.1:9000"},
        {"issuer_url": "http://[::1]:9000"},
        {"issuer_url": "http://localhost:9000"},
        {"issuer_url": "http://op.localhost:9000"},
        {"mapper_url": "https://mappers.example.org/google.jsonnet"},
        {"id": "_Google-1.2~x"},
        {"mapper_url": "base64://" + "\n".join(MAPPER.removeprefix("base64://")[n : n + 76] for n in (0, 76))},
    ],
    ids=lambda changes: " ".join(f"{key}={value}"[:40] for key, value in changes.items()),
)
def test_what_works_is_taken_without_a_word(changes):
    assert [] == said({**GENERIC, **changes})


@pytest.mark.parametrize(
    ("changes", "code", "key", "reason"),
    [
        ({"pkse": "force"}, "unknown_key", "pkse", "Did you mean pkce?"),
        ({"a/b": 1}, "unknown_key", "a~1b", "nothing reads."),
        ({"issuer_url": "http://login.example.org"}, "plain_http", "issuer_url", "Use https"),
        ({"issuer_url": "http://localhost.mallory.example"}, "plain_http", "issuer_url", "Use https"),
        ({"issuer_url": "http://127.0.0.1.mallory.example"}, "plain_http", "issuer_url", "Use https"),
        ({"issuer_url": "http://10.0.0.5"}, "plain_http", "issuer_url", "Use https"),
        ({"token_url": "http://login.example.org"}, "plain_http", "token_url", "Use https"),
        ({"mapper_url": "http://mappers.example.org"}, "plain_http", "mapper_url", "Use https"),
        ({"fedcm_config_url": "https://a.example/f"}, "method_not_offered", "fedcm_config_url", "doesn't use it"),
        ({"net_id_token_origin_header": "https://a"}, "method_not_offered", "net_id_token_origin_header", "use it"),
        ({"client_secret": ""}, "public_client", "client_secret", "Set pkce to force"),
    ],
    ids=lambda value: " ".join(f"{key}={value[key]}" for key in value)[:50] if isinstance(value, dict) else str(value),
)
def test_what_hardly_anybody_means_is_taken_with_a_word(changes, code, key, reason):
    ((found, message),) = said({**GENERIC, **changes})

    assert code == found
    assert message.startswith(f"{PLACE}/0/{key} ")
    assert reason in message


def test_a_misspelt_setting_is_named_before_the_method_is_on():
    warnings = said(
        {**GENERIC, "pkse": "force", "organization_id": "acme"}, enabled=False, base_redirect_url="https://a"
    )

    assert ["unknown_key", "unknown_key"] == [code for code, _ in warnings]
    assert ["Did you mean base_redirect_uri?", "Did you mean pkce?"] == [
        text[text.index("Did") :] for _, text in warnings
    ]


def test_providers_that_wait_for_the_method_to_be_turned_on_are_no_doubt():
    assert [] == said({**GENERIC, "issuer_url": "http://login.example.org"}, APPLE, enabled=False)


def test_a_method_that_is_on_without_a_provider_is_named():
    ((code, message),) = said()

    assert "method_without_providers" == code
    assert message.startswith("/selfservice/methods/oidc/enabled ")


def test_a_provider_of_an_organization_is_offered_to_nobody():
    """In Ory only the organization's own people may use it: shown to all, it would let strangers in."""
    provider = {**GENERIC, "organization_id": "acme"}

    assert () == social(provider).providers
    assert ["method_without_providers", "method_not_offered"] == [code for code, _ in said(provider)]


@pytest.mark.parametrize("kind", catalogue.NAMES)
def test_every_kind_of_the_catalogue_can_be_configured_with_what_it_says_it_needs(kind):
    needs = catalogue.KINDS[kind].needs[0]
    values = dict.fromkeys(needs, "acme") | ({"issuer_url": "https://acme.example"} if "issuer_url" in needs else {})
    key = {"apple_private_key": APPLE_KEY} if "apple_private_key" in needs else {}
    secret = {"client_secret": SECRET} if catalogue.KINDS[kind].takes_secret else {}
    provider = {"id": "a", "provider": kind, "client_id": "b", "mapper_url": MAPPER, **values, **key, **secret}

    assert [] == said(provider)
    for missing in needs:
        assert f"{PLACE}/0/{missing}" == refused(without(provider, missing))[0]


def test_every_key_that_can_be_set_is_one_that_kratos_has_and_the_other_way_round():
    kratos = {
        "id", "provider", "label", "client_id", "client_secret", "issuer_url", "auth_url", "token_url", "mapper_url",
        "scope", "microsoft_tenant", "subject_source", "apple_team_id", "apple_private_key_id", "apple_private_key",
        "requested_claims", "organization_id", "additional_id_token_audiences", "aal2_acr_values", "aal2_amr_values",
        "claims_source", "pkce", "fedcm_config_url", "net_id_token_origin_header", "account_linking_mode",
        "update_identity_on_login",
    }  # fmt: skip

    assert kratos == provider_reader.KEYS
