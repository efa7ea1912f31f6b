"""Kinds of provider against their vendors' documented contracts; the largest four are in `test_kind_….py`."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from provider_stage import as_json
from vendor_stage import ACCESS, Cloud, Visit, configured, granting, keys, telling

from headwater.identity.config.social_config import PKCE_FORCE
from headwater.identity.providers.errors import IdTokenRefusedError, ProviderAnswerError, ScopeNotGrantedError
from headwater.identity.providers.kinds import catalogue, registered


def test_every_kind_that_can_be_configured_is_known():
    assert set(registered.KINDS) == set(catalogue.NAMES)
    assert len(registered.KINDS) == 14


# LinkedIn: https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2

LINKEDIN = "https://www.linkedin.com/oauth"
LINKEDIN_TOKEN = f"{LINKEDIN}/v2/accessToken"
LINKEDIN_USERINFO = "https://api.linkedin.com/v2/userinfo"


class TestLinkedIn:
    @pytest.fixture
    def visit(self, clock):
        metadata = {
            "issuer": LINKEDIN,
            "authorization_endpoint": f"{LINKEDIN}/v2/authorization",
            "token_endpoint": LINKEDIN_TOKEN,
            "userinfo_endpoint": LINKEDIN_USERINFO,
            "jwks_uri": f"{LINKEDIN}/openid/jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        said = {
            "sub": "782bbtaQ",
            "name": "Ada Lovelace",
            "given_name": "Ada",
            "family_name": "Lovelace",
            "locale": {"country": "GB", "language": "en"},
            "email": "ada@example.org",
            "email_verified": True,
        }
        cloud = Cloud(
            {
                f"{LINKEDIN}/.well-known/openid-configuration": as_json(metadata),
                f"{LINKEDIN}/openid/jwks": keys(),
                LINKEDIN_USERINFO: telling(said),
            }
        )
        visit = Visit(cloud, clock)
        visit.grants(LINKEDIN_TOKEN, iss=LINKEDIN, sub="782bbtaQ", nonce=None)
        return visit

    async def test_its_claims_are_those_of_userinfo_and_its_tokens_carry_no_nonce(self, visit):
        arrival = await visit.sign_in(configured("linkedin_v2", scopes=("openid", "profile", "email")))

        assert arrival.subject == "782bbtaQ"
        assert arrival.claims["locale"] == "en-GB"
        assert arrival.claims["email_verified"] is True
        assert "nonce" not in dict(parse_qsl(urlsplit(visit.departure.url).query))

    async def test_userinfo_of_somebody_else_is_refused(self, visit):
        visit.cloud.answers[LINKEDIN_USERINFO] = telling({"sub": "mallory"})

        with pytest.raises(IdTokenRefusedError, match="another person"):
            await visit.sign_in(configured("linkedin_v2"))


# Those that say who it is by an API of their own


def by_api(clock, *, token, by, api, said, scope=None):
    given = {} if scope is None else {"scope": scope}
    return Visit(Cloud({token: granting(by=by, **given), api: telling(said)}), clock)


DISCORD_TOKEN, DISCORD_ME = "https://discord.com/api/v9/oauth2/token", "https://discord.com/api/v9/users/@me"
ADA_AT_DISCORD = {
    "id": "80351110224678912",
    "username": "ada",
    "discriminator": "0",
    "avatar": "8342729096ea3675442027381ff50dfe",
    "verified": True,
    "email": "ada@example.org",
    "locale": "en-GB",
}


class TestDiscord:
    """https://discord.com/developers/docs/topics/oauth2 and …/resources/user"""

    def visit(self, clock, *, scope="email identify", **said):
        user = {**ADA_AT_DISCORD, **said}
        return by_api(clock, token=DISCORD_TOKEN, by="basic", api=DISCORD_ME, said=user, scope=scope)

    async def test_what_it_says(self, clock):
        arrival = await self.visit(clock).sign_in(configured("discord", scopes=("identify", "email")))

        assert arrival.subject == "80351110224678912"
        assert arrival.claims == {
            "iss": "https://discord.com/api/v9/oauth2/",
            "sub": "80351110224678912",
            "name": "ada#0",
            "nickname": "ada",
            "preferred_username": "ada",
            "picture": "https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png",
            "email": "ada@example.org",
            "email_verified": True,
            "locale": "en-GB",
        }

    async def test_moving_pictures_move_and_no_picture_is_none(self, clock):
        moving = await self.visit(clock, avatar="a_83427").sign_in(configured("discord"))
        without = await self.visit(clock, avatar=None).sign_in(configured("discord"))

        assert moving.claims["picture"].endswith("/a_83427.gif")
        assert "picture" not in without.claims

    async def test_an_address_that_was_not_verified_is_not(self, clock):
        arrival = await self.visit(clock, verified=False).sign_in(configured("discord"))

        assert "email_verified" not in arrival.claims

    async def test_people_who_agreed_before_are_asked_again_only_to_prove_it_is_them(self, clock):
        url, asked = await self.visit(clock).leave(configured("discord", scopes=("identify",)))
        _, again = await self.visit(clock).leave(configured("discord"), is_refresh=True, prompt="none")

        assert url == "https://discord.com/api/v9/oauth2/authorize"
        assert (asked["prompt"], again["prompt"]) == ("none", "consent")
        assert asked["scope"] == "identify"

    async def test_less_than_was_asked_for_is_told(self, clock):
        with pytest.raises(ScopeNotGrantedError):
            await self.visit(clock, scope="identify").sign_in(configured("discord", scopes=("identify", "email")))


FACEBOOK_TOKEN, FACEBOOK_ME = "https://graph.facebook.com/oauth/access_token", "https://graph.facebook.com/me"
ADA_AT_FACEBOOK = {
    "id": "10101815",
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.org",
    "picture": {"data": {"url": "https://platform-lookaside.fbsbx.com/ada", "width": 50}},
    "birthday": "12/10/1815",
}


class TestFacebook:
    """https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow"""

    def visit(self, clock, **said):
        user = {**ADA_AT_FACEBOOK, **said}
        return by_api(clock, token=FACEBOOK_TOKEN, by="post", api=FACEBOOK_ME, said=user)

    async def test_what_it_says(self, clock):
        arrival = await self.visit(clock).sign_in(configured("facebook", scopes=("email", "public_profile")))

        assert arrival.subject == "10101815"
        assert arrival.claims == {
            "iss": "https://graph.facebook.com/me",
            "sub": "10101815",
            "name": "Ada Lovelace",
            "given_name": "Ada",
            "family_name": "Lovelace",
            "nickname": "Ada Lovelace",
            "preferred_username": "Ada Lovelace",
            "picture": "https://platform-lookaside.fbsbx.com/ada",
            "email": "ada@example.org",
            "email_verified": True,
            "birthdate": "12/10/1815",
        }

    async def test_the_call_proves_that_we_know_the_apps_secret(self, clock):
        """appsecret_proof, by a known pair of key and text; a token that was stolen elsewhere isn't enough."""
        visit = self.visit(clock)
        await visit.sign_in(configured("facebook"))

        asked = visit.cloud.query(FACEBOOK_ME)
        assert asked["appsecret_proof"] == "faed35392a2e2f02f0cbf449b79c67f723f5447467767d3f54b661e869e3f368"
        assert set(asked["fields"].split(",")) >= {"id", "name", "email"}
        assert ACCESS not in visit.cloud.last(FACEBOOK_ME).url

    async def test_who_has_confirmed_no_address_has_none(self, clock):
        claims = (await self.visit(clock, email=None).sign_in(configured("facebook"))).claims

        assert "email" not in claims
        assert "email_verified" not in claims

    async def test_a_picture_of_another_shape_keeps_nobody_out(self, clock):
        assert "picture" not in (await self.visit(clock, picture="https://x").sign_in(configured("facebook"))).claims


SLACK_TOKEN, SLACK_IDENTITY = "https://slack.com/api/oauth.access", "https://slack.com/api/users.identity"
ADA_AT_SLACK = {
    "ok": True,
    "user": {"id": "U0G9QF9C6", "name": "Ada", "email": "ada@example.org", "image_512": "https://slack.example/512"},
    "team": {"id": "T0G9PQBBK"},
}
SLACK_SCOPES = "identity.basic,identity.email"


class TestSlack:
    """https://api.slack.com/legacy/sign-in-with-slack"""

    def visit(self, clock, said=ADA_AT_SLACK, scope=SLACK_SCOPES):
        return by_api(clock, token=SLACK_TOKEN, by="basic", api=SLACK_IDENTITY, said=said, scope=scope)

    async def test_what_it_says(self, clock):
        scopes = ("identity.basic", "identity.email")
        arrival = await self.visit(clock).sign_in(configured("slack", scopes=scopes))

        assert arrival.claims == {
            "iss": "https://slack.com/oauth/",
            "sub": "U0G9QF9C6",
            "name": "Ada",
            "nickname": "Ada",
            "preferred_username": "Ada",
            "picture": "https://slack.example/512",
            "email": "ada@example.org",
            "email_verified": True,
            "team": "T0G9PQBBK",
        }

    @pytest.mark.parametrize(
        "said",
        [{"ok": False, "error": "missing_scope"}, {"user": {"id": "U0G9QF9C6"}}, {"ok": True}, {"ok": True, "user": 7}],
    )
    async def test_its_errors_come_with_status_200_and_sign_nobody_in(self, clock, said):
        with pytest.raises(ProviderAnswerError):
            await self.visit(clock, said).sign_in(configured("slack"))

    async def test_a_code_that_slack_refuses_is_told_though_the_status_is_200(self, clock):
        visit = self.visit(clock)
        visit.cloud.answers[SLACK_TOKEN] = as_json({"ok": False, "error": "code_already_used"})

        with pytest.raises(ProviderAnswerError, match="code_already_used"):
            await visit.sign_in(configured("slack"))

    async def test_less_than_was_asked_for_is_told(self, clock):
        scopes = ("identity.basic", "identity.email")
        with pytest.raises(ScopeNotGrantedError):
            await self.visit(clock, scope="identity.basic").sign_in(configured("slack", scopes=scopes))


SPOTIFY_TOKEN, SPOTIFY_ME = "https://accounts.spotify.com/api/token", "https://api.spotify.com/v1/me"
ADA_AT_SPOTIFY = {
    "id": "ada",
    "display_name": "Ada",
    "email": "ada@example.org",
    "external_urls": {"spotify": "https://open.spotify.com/user/ada"},
    "images": [{"url": "https://i.scdn.co/image/ada", "height": None}],
}


class TestSpotify:
    """https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile"""

    def visit(self, clock, scope="user-read-email user-read-private", **said):
        user = {**ADA_AT_SPOTIFY, **said}
        return by_api(clock, token=SPOTIFY_TOKEN, by="basic", api=SPOTIFY_ME, said=user, scope=scope)

    async def test_what_it_says_which_is_never_that_an_address_is_verified(self, clock):
        arrival = await self.visit(clock, email_verified=True).sign_in(
            configured("spotify", scopes=("user-read-email",))
        )

        assert arrival.claims == {
            "iss": SPOTIFY_TOKEN,
            "sub": "ada",
            "name": "Ada",
            "nickname": "Ada",
            "profile": "https://open.spotify.com/user/ada",
            "picture": "https://i.scdn.co/image/ada",
            "email": "ada@example.org",
        }

    async def test_it_is_asked_with_pkce(self, clock):
        url, asked = await self.visit(clock).leave(configured("spotify", scopes=("user-read-email",)))

        assert url == "https://accounts.spotify.com/authorize"
        assert asked["code_challenge_method"] == "S256"

    @pytest.mark.parametrize("images", [[], None, ["x"], {}])
    async def test_who_has_no_picture_comes_all_the_same(self, clock, images):
        assert "picture" not in (await self.visit(clock, images=images).sign_in(configured("spotify"))).claims

    async def test_less_than_was_asked_for_is_told(self, clock):
        with pytest.raises(ScopeNotGrantedError):
            await self.visit(clock, scope="").sign_in(configured("spotify", scopes=("user-read-email",)))


# GitLab, Auth0 and Salesforce: userinfo below issuer_url

ADA_BY_USERINFO = {"sub": "1815", "email": "ada@example.org", "email_verified": True, "name": "Ada"}
SALESFORCE = "https://acme.my.salesforce.com"


@pytest.mark.parametrize(
    ("kind", "issuer_url", "addresses"),
    [
        pytest.param(
            "gitlab",
            "",
            [f"https://gitlab.com/oauth/{name}" for name in ("authorize", "token", "userinfo")],
            id="gitlab",
        ),
        pytest.param(
            "gitlab",
            "https://example.org/git/",
            [f"https://example.org/git/oauth/{name}" for name in ("authorize", "token", "userinfo")],
            id="gitlab-below-a-path",
        ),
        pytest.param(
            "auth0",
            "https://acme.auth0.com/",
            [f"https://acme.auth0.com/{path}" for path in ("authorize", "oauth/token", "userinfo")],
            id="auth0",
        ),
        pytest.param(
            "salesforce",
            SALESFORCE,
            [f"{SALESFORCE}/services/oauth2/{name}" for name in ("authorize", "token", "userinfo")],
            id="salesforce",
        ),
    ],
)
async def test_those_below_an_issuer_url_say_who_it_is_by_userinfo(clock, kind, issuer_url, addresses):
    authorization, token, userinfo = addresses
    visit = by_api(clock, token=token, by="basic", api=userinfo, said=ADA_BY_USERINFO)
    provider = configured(kind, issuer_url=issuer_url, scopes=("openid", "email"))
    url, asked = await visit.leave(provider)
    arrival = await visit.come_back(provider)

    assert url == authorization
    assert asked["scope"] == "openid email"
    assert asked["code_challenge_method"] == "S256"
    assert arrival.claims == {**ADA_BY_USERINFO, "iss": issuer_url or "https://gitlab.com"}


async def test_the_dates_of_auth0_and_salesforce_are_read(clock):
    said = {**ADA_BY_USERINFO, "updated_at": "2026-01-14T04:33:35.000Z", "iss": "https://acme.eu.auth0.com/"}
    base = "https://acme.eu.auth0.com"
    visit = by_api(clock, token=f"{base}/oauth/token", by="basic", api=f"{base}/userinfo", said=said)
    arrival = await visit.sign_in(configured("auth0", issuer_url=base))

    assert arrival.claims["updated_at"] == 1768365215
    assert arrival.claims["iss"] == "https://acme.eu.auth0.com/"


API_KINDS = {
    "github": ("https://github.com/login/oauth/access_token", "https://api.github.com/user"),
    "discord": (DISCORD_TOKEN, DISCORD_ME),
    "facebook": (FACEBOOK_TOKEN, FACEBOOK_ME),
    "slack": (SLACK_TOKEN, SLACK_IDENTITY),
    "spotify": (SPOTIFY_TOKEN, SPOTIFY_ME),
    "gitlab": ("https://gitlab.com/oauth/token", "https://gitlab.com/oauth/userinfo"),
}


@pytest.mark.parametrize("kind", API_KINDS)
@pytest.mark.parametrize(("said", "status"), [({}, 200), ({"message": "Bad credentials"}, 401), ([], 200)])
async def test_an_api_that_does_not_say_who_it_is_signs_nobody_in(clock, kind, said, status):
    token, api = API_KINDS[kind]
    visit = Visit(Cloud({token: as_json({"access_token": ACCESS}), api: as_json(said, status=status)}), clock)

    with pytest.raises(ProviderAnswerError):
        await visit.sign_in(configured(kind))


@pytest.mark.parametrize("kind", API_KINDS)
async def test_pkce_is_done_everywhere_where_an_operator_forces_it(clock, kind):
    _, asked = await Visit(Cloud({}), clock).leave(configured(kind, pkce=PKCE_FORCE))

    assert asked["code_challenge_method"] == "S256"
