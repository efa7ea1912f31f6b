"""Google by its documented contract: two spellings of its issuer, access_type, hd, nonces that SDKs leave out.

https://developers.google.com/identity/openid-connect/openid-connect
"""

import pytest
from provider_stage import as_json
from vendor_stage import CLIENT_ID, Cloud, Visit, configured, keys

from headwater.core.secrets import Secret
from headwater.identity.providers.errors import IdTokenRefusedError

GOOGLE = "https://accounts.google.com"
GOOGLE_TOKEN = "https://oauth2.googleapis.com/token"
GOOGLE_METADATA = {
    "issuer": GOOGLE,
    "authorization_endpoint": f"{GOOGLE}/o/oauth2/v2/auth",
    "token_endpoint": GOOGLE_TOKEN,
    "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
    "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
    "id_token_signing_alg_values_supported": ["RS256"],
    "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    "code_challenge_methods_supported": ["plain", "S256"],
}
ADA_AT_GOOGLE = {
    "iss": GOOGLE,
    "sub": "110169484474386276334",
    "azp": CLIENT_ID,
    "email": "ada@example.org",
    "email_verified": True,
    "hd": "example.org",
    "name": "Ada Lovelace",
    "picture": "https://lh3.googleusercontent.com/a/ada",
    "given_name": "Ada",
    "family_name": "Lovelace",
}


class TestGoogle:
    @pytest.fixture
    def visit(self, clock):
        cloud = Cloud(
            {
                f"{GOOGLE}/.well-known/openid-configuration": as_json(GOOGLE_METADATA),
                GOOGLE_METADATA["jwks_uri"]: keys(),
            }
        )
        visit = Visit(cloud, clock)
        visit.grants(GOOGLE_TOKEN, by="basic", **ADA_AT_GOOGLE)
        return visit

    async def test_ada_comes_back_with_what_google_says_of_her(self, visit):
        arrival = await visit.sign_in(configured("google", scopes=("email", "profile")))

        assert arrival.subject == "110169484474386276334"
        assert arrival.claims["hd"] == "example.org"
        assert arrival.claims["email_verified"] is True
        assert arrival.claims["raw_claims"]["azp"] == CLIENT_ID
        assert visit.cloud.form(GOOGLE_TOKEN)["code_verifier"]

    async def test_it_is_asked_at_googles_own_address_with_pkce(self, visit):
        url, asked = await visit.leave(configured("google", scopes=("email", "profile")))

        assert url == "https://accounts.google.com/o/oauth2/v2/auth"
        assert asked["scope"] == "email profile openid"
        assert asked["code_challenge_method"] == "S256"
        assert "access_type" not in asked

    async def test_offline_access_is_asked_for_by_access_type_which_google_knows_instead_of_the_scope(self, visit):
        _, asked = await visit.leave(configured("google", scopes=("email", "offline_access")))

        assert asked["access_type"] == "offline"
        assert asked["scope"] == "email openid"

    async def test_a_client_may_ask_for_the_people_of_one_domain(self, visit):
        _, asked = await visit.leave(configured("google"), hd="example.org", login_hint="mallory@example.org")

        assert asked["hd"] == "example.org"
        assert "login_hint" not in asked

    @pytest.mark.parametrize("spelling", ["https://accounts.google.com", "accounts.google.com"])
    async def test_both_spellings_of_its_issuer_are_google(self, visit, spelling):
        visit.grants(GOOGLE_TOKEN, by="basic", **{**ADA_AT_GOOGLE, "iss": spelling})

        assert (await visit.sign_in(configured("google"))).subject == "110169484474386276334"

    @pytest.mark.parametrize(
        "spelling", ["http://accounts.google.com", "accounts.google.com.mallory.example", "google"]
    )
    async def test_no_other_spelling_is(self, visit, spelling):
        visit.grants(GOOGLE_TOKEN, by="basic", **{**ADA_AT_GOOGLE, "iss": spelling})

        with pytest.raises(IdTokenRefusedError, match="another provider"):
            await visit.sign_in(configured("google"))

    async def test_an_issuer_url_in_the_configuration_leads_nowhere_else(self, visit):
        arrival = await visit.sign_in(configured("google", issuer_url="https://mallory.example"))

        assert arrival.claims["iss"] == GOOGLE

    async def test_a_native_app_may_leave_out_the_nonce_where_its_sdk_sends_none(self, visit):
        token = visit.id_token(**{**ADA_AT_GOOGLE, "aud": "ios-app", "azp": "ios-app"})
        provider = configured("google", additional_audiences=("ios-app",))

        assert (await visit.providers.verify(provider, Secret(token), nonce="")).subject == "110169484474386276334"

    async def test_a_nonce_that_is_in_the_token_of_a_native_app_has_to_be_sent_with_it(self, visit):
        token = Secret(visit.id_token(**ADA_AT_GOOGLE, nonce="adas"))

        assert (await visit.providers.verify(configured("google"), token, nonce="adas")).subject
        for nonce in ("", "mallorys"):
            with pytest.raises(IdTokenRefusedError):
                await visit.providers.verify(configured("google"), token, nonce=nonce)

    async def test_a_browser_never_may(self, visit):
        visit.grants(GOOGLE_TOKEN, by="basic", **{**ADA_AT_GOOGLE, "nonce": None})

        with pytest.raises(IdTokenRefusedError, match="carries no nonce"):
            await visit.sign_in(configured("google"))
