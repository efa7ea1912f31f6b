"""Apple by its documented contract: a client secret that we sign, answers by form, a name that is told but once.

https://developer.apple.com/documentation/signinwithapplerestapi
"""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from provider_stage import as_json
from vendor_stage import CLIENT_ID, Cloud, Visit, configured, keys

from headwater.core.secrets import Secret
from headwater.identity.config.social_config import AppleKey
from headwater.identity.providers.errors import IdTokenRefusedError, ProviderMisconfiguredError

APPLE = "https://appleid.apple.com"
APPLE_TOKEN = f"{APPLE}/auth/token"
APPLE_METADATA = {
    "issuer": APPLE,
    "authorization_endpoint": f"{APPLE}/auth/authorize",
    "token_endpoint": APPLE_TOKEN,
    "revocation_endpoint": f"{APPLE}/auth/revoke",
    "jwks_uri": f"{APPLE}/auth/keys",
    "response_modes_supported": ["query", "fragment", "form_post"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "token_endpoint_auth_methods_supported": ["client_secret_post"],
}
ADA_AT_APPLE = {
    "iss": APPLE,
    "sub": "001815.0a0b0c0d.1210",
    "email": "x7f@privaterelay.appleid.com",
    "email_verified": "true",
    "is_private_email": "true",
    "nonce_supported": True,
}
APPLE_KEY = ECKey.generate_key("P-256", private=True)
SIX_MONTHS_SECONDS = 15_777_000


def apple_config(*, key=APPLE_KEY, **more):
    private = Secret(key.as_pem(private=True).decode())
    held = AppleKey(team_id="KP76DQS54M", key_id="UX56C66723", private_key=private)
    return configured("apple", **{"client_secret": Secret(""), "apple_key": held, "scopes": ("email", "name"), **more})


class TestApple:
    @pytest.fixture
    def visit(self, clock):
        cloud = Cloud(
            {
                f"{APPLE}/.well-known/openid-configuration": as_json(APPLE_METADATA),
                f"{APPLE}/auth/keys": keys(),
            }
        )
        visit = Visit(cloud, clock)
        visit.grants(APPLE_TOKEN, by="own", **ADA_AT_APPLE)
        return visit

    async def test_the_client_secret_is_a_token_signed_by_the_key_that_apple_gave(self, visit):
        await visit.sign_in(apple_config())

        sent = visit.cloud.form(APPLE_TOKEN)["client_secret"]
        secret = jwt.decode(sent, APPLE_KEY, algorithms=["ES256"])
        assert secret.header == {"alg": "ES256", "kid": "UX56C66723"} | (
            {"typ": "JWT"} if "typ" in secret.header else {}
        )
        assert secret.claims == {
            "iss": "KP76DQS54M",
            "sub": CLIENT_ID,
            "aud": "https://appleid.apple.com",
            "iat": visit.now(),
            "exp": visit.now() + 300,
        }
        assert secret.claims["exp"] - secret.claims["iat"] <= SIX_MONTHS_SECONDS

    async def test_a_client_secret_is_made_afresh_for_each_sign_in(self, visit):
        await visit.sign_in(apple_config())
        first = visit.cloud.form(APPLE_TOKEN)["client_secret"]
        visit.clock.advance(SIX_MONTHS_SECONDS)
        await visit.sign_in(apple_config())
        second = jwt.decode(visit.cloud.form(APPLE_TOKEN)["client_secret"], APPLE_KEY, algorithms=["ES256"])

        assert second.claims["exp"] > visit.now()
        assert first != visit.cloud.form(APPLE_TOKEN)["client_secret"]

    @pytest.mark.parametrize(
        "key",
        [
            pytest.param(Secret("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----"), id="nonsense"),
            pytest.param(Secret(ECKey.generate_key("P-384", private=True).as_pem(private=True).decode()), id="curve"),
            pytest.param(Secret(APPLE_KEY.as_pem(private=False).decode()), id="public"),
        ],
    )
    async def test_a_key_that_cannot_sign_is_told_and_not_quoted(self, visit, key):
        held = AppleKey(team_id="T", key_id="K", private_key=key)
        with pytest.raises(ProviderMisconfiguredError, match="apple_private_key can't be read") as refusal:
            await visit.sign_in(apple_config(apple_key=held))
        assert key.reveal() not in str(refusal.value)

    @pytest.mark.parametrize(
        ("scopes", "mode"),
        [(("email", "name"), "form_post"), (("email",), "form_post"), ((), None), (("openid",), None)],
    )
    async def test_what_apple_sends_by_a_form_only_is_asked_for_so(self, visit, scopes, mode):
        url, asked = await visit.leave(apple_config(scopes=scopes))

        assert url == "https://appleid.apple.com/auth/authorize"
        assert asked.get("response_mode") == mode

    async def test_the_name_that_comes_beside_the_code_at_the_first_sign_in_is_read(self, visit):
        user = '{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"x7f@privaterelay.appleid.com"}'
        claims = (await visit.sign_in(apple_config(), user=user)).claims

        assert (claims["given_name"], claims["family_name"], claims["last_name"]) == ("Ada", "Lovelace", "Lovelace")
        assert claims["email"] == "x7f@privaterelay.appleid.com"
        assert claims["email_verified"] is True  # Apple says "true"

    async def test_mallory_cannot_claim_an_address_or_a_subject_by_what_comes_beside_the_code(self, visit):
        """It has come through her browser."""
        user = '{"name":{"firstName":"M"},"email":"ada@example.org","sub":"ada","email_verified":true}'
        arrival = await visit.sign_in(apple_config(), user=user, email="ada@example.org", sub="ada")

        assert arrival.subject == ADA_AT_APPLE["sub"]
        assert arrival.claims["email"] == ADA_AT_APPLE["email"]
        assert arrival.claims["given_name"] == "M"

    @pytest.mark.parametrize(
        "user",
        ["", "{", "null", "[]", '{"name":7}', '{"name":{"firstName":7}}', "[" * 3_000, f'{{"a":"{"x" * 5_000}"}}'],
    )
    async def test_a_name_that_cannot_be_read_keeps_nobody_out(self, visit, user):
        arrival = await visit.sign_in(apple_config(), user=user)

        assert arrival.subject == ADA_AT_APPLE["sub"]
        assert "given_name" not in arrival.claims

    async def test_what_the_token_says_wins_over_what_comes_beside_it(self, visit):
        visit.grants(APPLE_TOKEN, by="own", **ADA_AT_APPLE, given_name="Ada")
        arrival = await visit.sign_in(apple_config(), user='{"name":{"firstName":"Mallory"}}')

        assert arrival.claims["given_name"] == "Ada"

    async def test_an_app_brings_a_token_for_its_bundle_id(self, visit):
        provider = apple_config(additional_audiences=("org.example.app",))
        token = visit.id_token(**ADA_AT_APPLE, aud="org.example.app", nonce="n")

        assert (await visit.providers.verify(provider, Secret(token), nonce="n")).subject == ADA_AT_APPLE["sub"]

    @pytest.mark.parametrize(("supported", "is_taken"), [(None, True), (False, True), (True, False)])
    async def test_a_token_without_nonce_is_taken_of_a_device_that_cannot_do_it(self, visit, supported, is_taken):
        token = Secret(visit.id_token(**{**ADA_AT_APPLE, "nonce_supported": supported}))

        if is_taken:
            assert (await visit.providers.verify(apple_config(), token, nonce="")).subject
            return
        with pytest.raises(IdTokenRefusedError, match="no nonce"):
            await visit.providers.verify(apple_config(), token, nonce="")

    async def test_a_client_secret_of_the_configuration_is_never_sent(self, visit):
        await visit.sign_in(apple_config(client_secret=Secret("left-over")))

        assert "left-over" not in visit.cloud.form(APPLE_TOKEN)["client_secret"]
