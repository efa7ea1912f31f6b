"""Sign in with Apple by the whole way: the answer comes by a form post from Apple's page, and a name but once."""

import httpx
import pytest
from identity_stage import Stage, jsonnet
from joserfc.jwk import ECKey
from provider_stage import as_json
from social_stage import begin, come_back, error_shown, is_signed_in, leave, offer, whoami
from vendor_stage import CLIENT_ID, Cloud, granting, id_token, keys

APPLE = "https://appleid.apple.com"
ADA_THERE = {"iss": APPLE, "sub": "001815.0a0b", "email": "x7f@privaterelay.appleid.com", "email_verified": "true"}
USER = '{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"x7f@privaterelay.appleid.com"}'
MAPPER = """
local claims = std.extVar('claims');
{ identity: { traits: { email: claims.email, [if 'given_name' in claims then 'name']: claims.given_name } } }
"""
OTHER_SITE = {"Accept": "text/html", "Origin": APPLE, "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.apple = Cloud(
        {
            f"{APPLE}/.well-known/openid-configuration": as_json(
                {
                    "issuer": APPLE,
                    "authorization_endpoint": f"{APPLE}/auth/authorize",
                    "token_endpoint": f"{APPLE}/auth/token",
                    "jwks_uri": f"{APPLE}/auth/keys",
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            ),
            f"{APPLE}/auth/keys": keys(),
        }
    )
    stage.hosts["appleid.apple.com"] = stage.apple.send
    await stage.open()
    key = ECKey.generate_key("P-256", private=True).as_pem(private=True).decode()
    provider = {
        "id": "apple",
        "provider": "apple",
        "client_id": CLIENT_ID,
        "apple_team_id": "KP76DQS54M",
        "apple_private_key_id": "UX56C66723",
        "apple_private_key": key,
        "scope": ["email", "name"],
        "mapper_url": jsonnet(MAPPER),
    }
    offer(stage, provider)
    yield stage
    await stage.close()


async def posted_by_apple(stage, url, **answer):
    """Sign in over there; Apple's page posts the answer, and browsers send no Lax cookie with it."""
    asked = httpx.URL(url).params
    assert asked["response_mode"] == "form_post"
    token = id_token(stage.clock, nonce=asked["nonce"], **ADA_THERE)
    stage.apple.answers[f"{APPLE}/auth/token"] = granting(by="own", id_token=token)
    path = httpx.URL(asked["redirect_uri"]).path
    async with stage.client() as without_cookies:
        form = {"state": asked["state"], "code": "the-code", **answer}
        return await without_cookies.post(path, data=form, headers=OTHER_SITE)


async def test_ada_signs_up_with_the_name_that_apple_tells_once(stage, client):
    url = await leave(client, await begin(client), "apple")
    posted = await posted_by_apple(stage, url, user=USER)
    assert posted.status_code == 303
    assert not await is_signed_in(client)

    await come_back(client, posted.headers["location"])

    traits = (await whoami(client))["identity"]["traits"]
    assert traits == {"email": "x7f@privaterelay.appleid.com", "name": "Ada"}


async def test_the_post_itself_sets_no_cookie_and_is_kept_by_no_cache(stage, client):
    posted = await posted_by_apple(stage, await leave(client, await begin(client), "apple"), user=USER)

    assert "set-cookie" not in posted.headers
    assert "no-store" in posted.headers["cache-control"]


async def test_whoever_cancels_at_apple_keeps_their_form(stage, client):
    url = httpx.URL(await leave(client, await begin(client), "apple"))
    form = {"state": url.params["state"], "error": "user_cancelled_authorize"}
    posted = await client.post("/self-service/methods/oidc/callback/apple", data=form, headers=OTHER_SITE)

    answer = await come_back(client, posted.headers["location"])

    assert httpx.URL(answer.headers["location"]).path == "/ui/registration"


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe", id="no-text"),
        pytest.param(b"&".join(b"a%d=1" % number for number in range(60)), id="too-many"),
        pytest.param(b"state=https://mallory.example&code=c&return_to=//mallory.example", id="made-up"),
    ],
)
async def test_a_form_of_mallorys_leads_to_the_error_page(stage, client, form):
    posted = await client.post("/self-service/methods/oidc/callback/apple", content=form, headers=OTHER_SITE)
    answer = await come_back(client, posted.headers["location"])

    assert (await error_shown(client, answer))["code"] == 400


async def test_a_form_without_end_is_not_read(stage, client):
    form = b"state=" + b"x" * 100_000
    posted = await client.post("/self-service/methods/oidc/callback/apple", content=form, headers=OTHER_SITE)

    assert posted.status_code == 413
