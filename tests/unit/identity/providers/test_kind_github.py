"""GitHub by its documented contract: addresses at an endpoint of their own, scopes that include others, odd errors.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
https://docs.github.com/en/rest/users/emails
"""

import pytest
from provider_stage import as_json, header
from vendor_stage import Cloud, Visit, configured, granting, telling

from headwater.core.secrets import Secret
from headwater.identity.providers.errors import IdTokenUnsupportedError, ProviderAnswerError, ScopeNotGrantedError

GITHUB_TOKEN = "https://github.com/login/oauth/access_token"
GITHUB_USER, GITHUB_EMAILS = "https://api.github.com/user", "https://api.github.com/user/emails"
ADA_AT_GITHUB = {
    "login": "ada",
    "id": 1815,
    "node_id": "MDQ6VXNlcjE4MTU=",
    "avatar_url": "https://avatars.githubusercontent.com/u/1815",
    "html_url": "https://github.com/ada",
    "type": "User",
    "name": "Ada Lovelace",
    "blog": "https://ada.example.org",
    "email": "shown@example.org",
    "updated_at": "2026-01-14T04:33:35Z",
}
ADAS_EMAILS = [
    {"email": "old@example.org", "verified": True, "primary": False, "visibility": None},
    {"email": "ada@example.org", "verified": True, "primary": True, "visibility": "private"},
]
GITHUB_API = {"accept": "application/vnd.github+json", "x_github_api_version": "2022-11-28"}


def github(clock, *, scope="user:email", emails=ADAS_EMAILS, user=ADA_AT_GITHUB, **given):
    """GitHub writes granted scopes with commas, and answers in JSON to whom asks for it."""

    def grant(request):
        assert header(request, "accept") == "application/json"
        return granting(by="post", **({} if scope is None else {"scope": scope}), **given)(request)

    cloud = Cloud(
        {
            GITHUB_TOKEN: grant,
            GITHUB_USER: telling(user, **GITHUB_API),
            GITHUB_EMAILS: telling(emails, **GITHUB_API),
        }
    )
    return Visit(cloud, clock)


class TestGitHub:
    async def test_the_address_is_the_primary_one_of_the_endpoint_for_addresses(self, clock):
        arrival = await github(clock).sign_in(configured("github", scopes=("user:email",)))

        assert arrival.subject == "1815"
        assert arrival.claims == {
            "iss": GITHUB_TOKEN,
            "sub": "1815",
            "name": "Ada Lovelace",
            "nickname": "ada",
            "profile": "https://github.com/ada",
            "picture": "https://avatars.githubusercontent.com/u/1815",
            "website": "https://ada.example.org",
            "updated_at": 1768365215,
            "email": "ada@example.org",
            "email_verified": True,
        }

    async def test_a_primary_address_that_nobody_verified_is_not_verified(self, clock):
        visit = github(clock, emails=[{"email": "ada@example.org", "verified": False, "primary": True}])
        arrival = await visit.sign_in(configured("github", scopes=("user:email",)))

        assert arrival.claims["email"] == "ada@example.org"
        assert "email_verified" not in arrival.claims

    @pytest.mark.parametrize(
        "emails",
        [
            [],
            [{"email": "ada@example.org", "verified": True, "primary": False}],
            [{"email": "ada@example.org", "verified": True, "primary": "yes"}],
            ["ada@example.org"],
            {"message": "?"},
        ],
    )
    async def test_the_address_on_the_profile_is_never_taken_for_one(self, clock, emails):
        """Mallory may show whichever she likes there."""
        arrival = await github(clock, emails=emails).sign_in(configured("github", scopes=("user:email",)))

        assert "email" not in arrival.claims
        assert "email_verified" not in arrival.claims

    async def test_without_the_scope_addresses_are_not_asked_for(self, clock):
        visit = github(clock, scope="read:user")
        arrival = await visit.sign_in(configured("github", scopes=("read:user",)))

        assert "email" not in arrival.claims
        assert [request.url for request in visit.cloud.seen] == [GITHUB_TOKEN, GITHUB_USER]

    async def test_a_scope_that_was_taken_back_at_github_is_told(self, clock):
        with pytest.raises(ScopeNotGrantedError):
            await github(clock, scope="read:user").sign_in(configured("github", scopes=("read:user", "user:email")))

    @pytest.mark.parametrize("scopes", [("user", "user:email"), ("user",), ("read:user", "user", "user:email")])
    async def test_a_scope_that_holds_smaller_ones_grants_them(self, clock, scopes):
        """GitHub leaves out of its answer what another scope includes ("normalized scopes")."""
        arrival = await github(clock, scope="user").sign_in(configured("github", scopes=scopes))

        assert arrival.claims["email"] == "ada@example.org"

    async def test_it_is_asked_by_oauth_2_with_pkce_and_without_anything_of_openid(self, clock):
        url, asked = await github(clock).leave(configured("github", scopes=("user:email",)))

        assert url == "https://github.com/login/oauth/authorize"
        assert asked["scope"] == "user:email"
        assert "nonce" not in asked
        assert asked["code_challenge_method"] == "S256"

    @pytest.mark.parametrize("number", [None, "1815", 18.15])
    async def test_an_answer_without_a_number_signs_nobody_in(self, clock, number):
        visit = github(clock, user={**ADA_AT_GITHUB, "id": number})
        with pytest.raises(ProviderAnswerError, match="did not say who signed in"):
            await visit.sign_in(configured("github", scopes=("user:email",)))

    @pytest.mark.parametrize(
        "error", ["bad_verification_code", "incorrect_client_credentials", "redirect_uri_mismatch"]
    )
    async def test_its_errors_come_with_status_200_and_are_errors(self, clock, error):
        visit = github(clock)
        said = {"error": error, "error_description": "The code passed is incorrect or expired."}
        visit.cloud.answers[GITHUB_TOKEN] = as_json(said)

        with pytest.raises(ProviderAnswerError, match="incorrect or expired"):
            await visit.sign_in(configured("github"))

    async def test_an_app_that_may_not_read_addresses_is_told_by_status(self, clock):
        visit = github(clock)
        visit.cloud.answers[GITHUB_EMAILS] = as_json({"message": "Resource not accessible"}, status=403)

        with pytest.raises(ProviderAnswerError, match="status 403"):
            await visit.sign_in(configured("github-app"))

    async def test_a_github_app_has_permissions_and_no_scopes(self, clock):
        """Its answer says `scope: ""`, and what it may read is set at GitHub."""
        visit = github(clock, scope="", refresh_token="ghr_1")
        arrival = await visit.sign_in(configured("github-app"))

        assert (arrival.subject, arrival.claims["email"]) == ("1815", "ada@example.org")
        assert arrival.tokens.refresh.reveal() == "ghr_1"

    async def test_it_has_no_id_tokens_that_an_app_could_bring(self, clock):
        with pytest.raises(IdTokenUnsupportedError):
            await github(clock).providers.verify(configured("github"), Secret("a.b.c"), nonce="n")
