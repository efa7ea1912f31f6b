"""Mallory at the doors: what she gets by a callback of her own making, in her browser, in ada's, or in none.

What she makes of tokens, keys and documents is in `providers/test_provider_attacks.py`; here some of it comes once more
by the whole way, so that it is seen to end in nobody being signed in.
"""

import httpx
import pytest
import social_stage as social
from identity_stage import ADA, ADMIN, AS_JSON, PASSWORD, Stage, message_ids, register
from provider_stage import JWKS, SHARED_KEY, TOKEN, Provider, as_json, new_key, signed
from social_stage import (
    ADA_THERE,
    at_provider,
    begin,
    come_back,
    error_shown,
    go,
    is_signed_in,
    leave,
    offer,
    provider_config,
    shown,
    submit,
    texts,
    whoami,
)

from headwater.core.clock import SystemClock
from headwater.core.secrets import Sealer
from headwater.core.secrets import new_key as new_sealing_key
from headwater.identity.social import state as states
from headwater.mapping.limits import SandboxLimits
from headwater.mapping.sandbox import Sandbox
from headwater.net.addresses import AddressPolicy
from headwater.net.outbound import Response

MALLORY_THERE = {"sub": "mallory-1", "email": "mallory@example.org", "email_verified": True}
MALLORYS_KEY = new_key(kid=SHARED_KEY.kid)


@pytest.fixture
def two(stage, acme, beta):
    offer(stage, provider_config(acme), provider_config(beta, id_="op2", label="Other"))
    return stage


@pytest.fixture
async def mallory(stage):
    async with stage.client() as browser:
        yield browser


async def back_from(browser, kind="login", **query):
    """Begin, leave and sign in over there; return the URL that the browser would come back to."""
    return await at_provider(await leave(browser, await begin(browser, kind, **query)))


async def code_of(stage, acme, account):
    """Return a code that the provider has made for somebody in a sign-in of their own."""
    before, acme.account = acme.account, account
    async with stage.client() as browser:
        url = await back_from(browser)
    acme.account = before
    return httpx.URL(url).params["code"]


def with_query(url, **parameters):
    return str(httpx.URL(url).copy_merge_params(parameters))


async def people(stage):
    async with stage.client() as operator:
        return (await operator.get("/admin/identities", headers=ADMIN)).json()


async def linked(stage):
    """Return everybody's accounts elsewhere."""
    async with stage.client() as operator:
        paths = [f"/admin/identities/{person['id']}" for person in await people(stage)]
        found = [(await operator.get(path, headers=ADMIN)).json()["credentials"] for path in paths]
    return [item.get("oidc", {}).get("identifiers", []) for item in found]


async def is_turned_away(browser, answer):
    """Tell whether a callback ended on the error page, with nobody signed in."""
    error = await error_shown(browser, answer)
    return error["code"] == 400 and not await is_signed_in(browser)


# Login CSRF: a callback in another browser than the one that left


@pytest.mark.parametrize("kind", ["login", "registration"])
async def test_mallory_cannot_sign_ada_in_as_mallory(offered, client, acme, mallory, kind):
    """She sends ada the callback of her own sign-in; ada would type her secrets into mallory's account."""
    acme.account = MALLORY_THERE
    hers = await back_from(mallory, kind)
    await begin(client, kind)  # ada has an anti-CSRF cookie of her own

    assert await is_turned_away(client, await come_back(client, hers))
    assert acme.counts[TOKEN] == 0
    assert await people(offered) == []


async def test_a_callback_in_a_browser_without_an_anti_csrf_cookie_signs_nobody_in(offered, client, acme):
    url = await back_from(client)
    async with offered.client() as bare:
        assert await is_turned_away(bare, await come_back(bare, url))
    assert acme.counts[TOKEN] == 0

    await come_back(client, url)
    assert (await whoami(client))["identity"]["traits"]["email"] == ADA["email"]


async def test_mallory_who_sees_adas_callback_gets_nothing_for_it_in_her_browser(offered, client, mallory):
    """By a shoulder, a referrer or a log: the code is spent only where it was asked for."""
    url = await back_from(client)
    await begin(mallory, "login")

    assert await is_turned_away(mallory, await come_back(mallory, url))


async def test_a_form_post_from_anywhere_is_a_visit_and_proves_no_more(offered, client, mallory):
    """Apple posts its answers, which browsers send without our cookies: so could anybody's page."""
    url = httpx.URL(await back_from(client))
    posted = await mallory.post(url.path, data=dict(url.params))

    assert posted.status_code == 303
    assert httpx.URL(posted.headers["location"]).path == url.path
    assert await is_turned_away(mallory, await come_back(mallory, posted.headers["location"]))
    await come_back(client, posted.headers["location"])
    assert await is_signed_in(client)


# State


async def test_mallory_cannot_mix_up_two_providers(two, client, acme, beta):
    """Ada leaves to op; mallory, who runs op2, has her come back as if from there (RFC 9700, 4.4)."""
    url = httpx.URL(await back_from(client))
    mixed = url.copy_with(path=url.path.removesuffix("/op") + "/op2")

    answer = await come_back(client, str(mixed))

    error = await error_shown(client, answer)
    assert "another provider" in error["reason"]
    assert acme.counts[TOKEN] == beta.counts[TOKEN] == 0
    assert not await is_signed_in(client)


async def test_mallory_cannot_bring_the_code_of_one_provider_to_another(two, client, acme, beta):
    """Her provider would be shown the code that ada's has made, and could spend it."""
    adas = httpx.URL(await back_from(client))
    other = httpx.URL(await at_provider(await leave(client, await begin(client, "login"), "op2")))

    answer = await come_back(client, with_query(other, code=adas.params["code"]))

    assert "did not accept the code" in texts(await shown(client, answer))[0]
    assert not await is_signed_in(client)


@pytest.mark.parametrize(
    "made_up",
    [
        "",
        "x",
        "A" * 64,
        "A" * 5_000,
        "../../self-service/login",
        "ä",
        "%00",
    ],
)
async def test_a_state_that_is_not_ours_leads_nowhere(offered, client, acme, made_up):
    url = await back_from(client)

    assert await is_turned_away(client, await come_back(client, with_query(url, state=made_up)))
    assert acme.counts[TOKEN] == 0


async def test_a_callback_without_state_leads_nowhere(offered, client, acme):
    url = httpx.URL(await back_from(client))

    assert await is_turned_away(client, await come_back(client, str(url.copy_remove_param("state"))))
    assert acme.counts[TOKEN] == 0


async def test_mallory_cannot_seal_a_state_with_a_key_of_hers(offered, client, acme):
    flow = await begin(client, "login")
    url = await at_provider(await leave(client, flow))
    forged = states.seal(states.new("login", flow["id"], "op"), sealer=Sealer(new_sealing_key()))

    assert await is_turned_away(client, await come_back(client, with_query(url, state=forged)))


async def test_one_letter_of_a_state_changed_makes_it_nobodys(offered, client):
    url = httpx.URL(await back_from(client))
    text = url.params["state"]
    for place in (0, len(text) // 2, -2):
        letter = "A" if text[place] != "A" else "B"
        changed = text[:place] + letter + text[place:][1:]
        assert await is_turned_away(client, await come_back(client, with_query(url, state=changed)))


async def test_a_state_is_good_for_one_try_also_where_it_failed(offered, client, acme):
    url = await back_from(client)
    code = await code_of(offered, acme, MALLORY_THERE)
    await come_back(client, with_query(url, code=code))
    spent = acme.counts[TOKEN]

    assert await is_turned_away(client, await come_back(client, url))
    assert acme.counts[TOKEN] == spent


async def test_a_state_is_worth_nothing_once_its_flow_has_left_again(offered, client):
    flow = await begin(client, "login")
    first = await at_provider(await leave(client, flow))
    second = await at_provider(await leave(client, flow))

    assert await is_turned_away(client, await come_back(client, first))
    await come_back(client, second)
    assert await is_signed_in(client)


async def test_a_state_of_one_flow_does_not_open_another_of_the_same_browser(offered, client, acme):
    flows = [await begin(client, "login") for _ in range(2)]
    urls = [httpx.URL(await at_provider(await leave(client, flow))) for flow in flows]

    answer = await come_back(client, with_query(urls[0], code=urls[1].params["code"]))

    assert "did not accept the code" in texts(await shown(client, answer))[0]
    assert not await is_signed_in(client)


async def test_a_callback_after_the_flow_has_expired_signs_nobody_in(offered, client, acme):
    url = await back_from(client)
    offered.clock.advance(24 * 3600)

    await come_back(client, url)

    assert acme.counts[TOKEN] == 0
    assert not await is_signed_in(client)


# Codes and tokens of others


async def test_mallory_cannot_inject_a_stolen_code_into_her_own_sign_in(offered, mallory, acme):
    """She has caught ada's code on its way; her own flow has a state and cookies that are in order."""
    stolen = await code_of(offered, acme, ADA_THERE)
    acme.account = MALLORY_THERE

    answer = await come_back(mallory, with_query(await back_from(mallory), code=stolen))

    assert "did not accept the code" in texts(await shown(mallory, answer))[0]
    assert not await is_signed_in(mallory)


@pytest.mark.parametrize("pkce", ["auto", "never"])
async def test_mallory_cannot_inject_her_code_into_adas_sign_in(stage, client, acme, pkce):
    """Where there is no PKCE, the nonce keeps it out."""
    offer(stage, provider_config(acme, pkce=pkce))
    hers = await code_of(stage, acme, MALLORY_THERE)

    answer = await come_back(client, with_query(await back_from(client), code=hers))

    said = texts(await shown(client, answer))[0]
    assert ("nonce is not the one of this sign-in" if pkce == "never" else "did not accept the code") in said
    assert not await is_signed_in(client)
    assert await people(stage) == []


async def test_mallory_who_strips_pkce_on_the_way_signs_nobody_in(offered, client):
    """A downgrade: the provider hears of no challenge, and is sent the verifier all the same."""
    url = httpx.URL(await leave(client, await begin(client, "login")))
    stripped = url.copy_remove_param("code_challenge").copy_remove_param("code_challenge_method")

    await come_back(client, await at_provider(str(stripped)))

    assert not await is_signed_in(client)


async def test_mallory_who_strips_the_nonce_on_the_way_signs_nobody_in(offered, client):
    url = httpx.URL(await leave(client, await begin(client, "login"))).copy_remove_param("nonce")

    answer = await come_back(client, await at_provider(str(url)))

    assert "carries no nonce" in texts(await shown(client, answer))[0]
    assert not await is_signed_in(client)


def now(acme):
    return int(acme.now().timestamp())


FORGED = {
    "signed by nobody": lambda _acme, token: signed(token, key=None, alg="none"),
    "signed by her own key": lambda _acme, token: signed(token, key=MALLORYS_KEY, alg="RS256"),
    "with her key in the header": lambda _acme, token: signed(
        token, key=MALLORYS_KEY, alg="RS256", header={"jwk": MALLORYS_KEY.as_dict(private=False)}
    ),
    "of another client": lambda acme, token: acme.id_token(token, aud="mallorys-app"),
    "given to another client": lambda acme, token: acme.id_token(
        token, aud=["headwater", "mallorys-app"], azp="mallorys-app"
    ),
    "of another issuer": lambda acme, token: acme.id_token(token, iss="https://mallory.example"),
    "expired": lambda acme, token: acme.id_token(token, exp=now(acme)),
    "issued in the future": lambda acme, token: acme.id_token(token, iat=now(acme) + 120),
    "not valid yet": lambda acme, token: acme.id_token(token, nbf=now(acme) + 120),
    "of another sign-in": lambda acme, token: acme.id_token(token, nonce="another"),
}


@pytest.mark.parametrize("how", FORGED)
async def test_mallory_cannot_be_ada_by_a_token(offered, mallory, acme, how):
    """Her app has a token and submits it; ada has an account that it would open."""
    async with offered.client() as ada:
        await go(ada)
    async with offered.client() as app:
        flow = (await app.get("/self-service/login/api")).json()
        token = FORGED[how](acme, {"iss": acme.issuer, "aud": acme.client_id, "exp": now(acme) + 300, **ADA_THERE})
        body = {"method": "oidc", "provider": "op", "id_token": token, "id_token_nonce": "n"}

        answer = await app.post(f"/self-service/login?flow={flow['id']}", json=body)

    assert answer.status_code == 403, answer.text
    assert answer.json()["error"]["id"] == "id_token_refused"
    assert "session_token" not in answer.text


async def test_a_swapped_key_set_lets_nobody_in_and_keeps_nobody_out_for_long(offered, client, acme):
    acme.faults[JWKS] = as_json({"keys": [MALLORYS_KEY.as_dict(private=False)]})

    answer = await go(client, "login")

    assert "none of the provider's keys has signed it" in texts(await shown(client, answer))[0]
    assert not await is_signed_in(client)
    acme.faults.clear()
    offered.clock.advance(5)
    await go(client, "login")
    assert await is_signed_in(client)


# Open redirect


@pytest.mark.parametrize("kind", ["login", "registration"])
@pytest.mark.parametrize("door", ["browser", "api"])
@pytest.mark.parametrize(
    "place",
    [
        "https://mallory.example/",
        "//mallory.example/",
        "https://app.example.org.mallory.example/",
        "https://app.example.org@mallory.example/",
        "https://mallory.example\\@app.example.org/",
        "http://app.example.org/",
        "javascript:alert(1)",
    ],
)
async def test_mallory_cannot_have_ada_sent_on_to_her_by_return_to(offered, client, kind, door, place):
    """Of a native app that waits for its session, that address would be handed a code."""
    offered.revise(lambda whole: whole["selfservice"].update(allowed_return_urls=["https://app.example.org"]))
    query = {"return_to": place, "return_session_token_exchange_code": "true"}

    answer = await client.get(f"/self-service/{kind}/{door}", params=query, headers=AS_JSON)

    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["id"] == "self_service_flow_return_to_forbidden"


async def test_a_return_to_in_the_callback_sends_nobody_anywhere(offered, client):
    url = await back_from(client)

    answer = await come_back(client, with_query(url, return_to="https://mallory.example/", redirect_uri="//mallory"))

    assert await is_signed_in(client)
    assert "mallory" not in answer.headers["location"]


async def test_a_second_visit_of_a_callback_leads_no_further_than_the_first(offered, client):
    url = await back_from(client)
    await come_back(client, url)

    answer = await come_back(client, with_query(url, return_to="https://mallory.example/"))

    assert answer.status_code == 303
    assert "mallory" not in answer.headers["location"]


async def test_a_return_to_in_the_submit_changes_nothing(offered, client):
    offered.revise(lambda whole: whole["selfservice"].update(allowed_return_urls=["https://app.example.org"]))
    flow = await begin(client, "login", return_to="https://app.example.org/welcome")
    url = await at_provider(await leave(client, flow, return_to="https://mallory.example/"))

    answer = await come_back(client, url)

    assert answer.headers["location"] == "https://app.example.org/welcome"


# Accounts of others


@pytest.mark.parametrize("verified", [None, False, "false", 1, "True"])
@pytest.mark.parametrize("mode", ["confirm_with_existing_credential", "automatic"])
async def test_mallory_cannot_take_over_ada_with_an_address_that_her_provider_never_verified(
    stage, mallory, acme, verified, mode
):
    offer(stage, provider_config(acme, account_linking_mode=mode, update_identity_on_login="automatic"))
    async with stage.client() as ada:
        await go(ada)  # here her address is verified
    acme.account = {"sub": "mallory-1", "email": ADA["email"], "email_verified": verified}

    flow = await shown(mallory, await go(mallory, "login"))

    assert message_ids(flow) == [1010016]
    assert not await is_signed_in(mallory)
    assert await linked(stage) == [["op:ada-1"]]


async def test_mallory_does_not_prove_adas_address_by_claiming_it_later(stage, mallory, acme):
    """She signs in as herself, and her provider says meanwhile that she has ada's address."""
    offer(stage, provider_config(acme, update_identity_on_login="automatic"))
    async with stage.client() as ada:
        await go(ada)
    acme.account = MALLORY_THERE
    async with stage.client() as browser:
        await go(browser)
    acme.account = {**MALLORY_THERE, "email": ADA["email"]}

    await go(mallory, "login")

    by_subject = {person["metadata_admin"]["sub"]: person["traits"]["email"] for person in await people(stage)}
    assert by_subject == {"ada-1": ADA["email"], "mallory-1": "mallory@example.org"}


async def test_whoever_has_adas_subject_at_another_provider_is_not_ada(two, mallory, beta):
    async with two.client() as ada:
        await go(ada)
        adas = (await whoami(ada))["identity"]["id"]
    beta.account = {"sub": "ada-1", "email": "mallory@example.org"}

    await go(mallory, "login", "op2")

    assert (await whoami(mallory))["identity"]["id"] != adas


async def test_mallory_cannot_have_ada_confirm_mallorys_account(offered, client, mallory, acme):
    """She has an account elsewhere with ada's address, and sends ada the form that would link it."""
    await register(client)
    client.cookies.clear()
    acme.account = {**MALLORY_THERE, "email": ADA["email"]}
    answer = await go(mallory, "login")
    hers = await shown(mallory, answer)
    await begin(client, "login")

    seen = await client.get("/self-service/login/flows", params={"id": hers["id"]}, headers=AS_JSON)
    sent = await submit(client, hers, method="password", identifier=ADA["email"], password=PASSWORD)

    assert (seen.status_code, sent.status_code) == (403, 403)
    assert seen.json()["error"]["id"] == sent.json()["error"]["id"] == "security_csrf_violation"
    assert await linked(offered) == [[]]


async def test_mallory_cannot_finish_the_sign_up_that_ada_began_elsewhere(offered, client, mallory, acme):
    """Ada is back and a trait is missing: who she is waits in her flow, for her browser only."""
    acme.account = {"sub": "ada-1"}
    flow = await shown(client, await go(client))
    await begin(mallory)

    answer = await submit(mallory, flow, provider="op", traits={"email": "mallory@example.org"})

    assert answer.status_code == 403
    assert await people(offered) == []


# Where a provider leads us, and what a mapper does


@pytest.fixture
async def careful(tmp_path):
    """An installation that may call one provider of the private network, and nothing else there."""
    stage = Stage(tmp_path)
    async with social.provider(stage, "op", ADA_THERE) as stage.acme, Provider(now=stage.clock.now) as stage.inner:
        stage.policy = AddressPolicy(exceptions=(f"{stage.acme.issuer}/**",))
        await stage.open()
        yield stage
        assert not stage.inner.counts
        await stage.close()


@pytest.mark.parametrize("place", ["{inner}", "http://169.254.169.254"])
async def test_a_discovery_url_into_the_private_network_is_not_called(careful, place):
    url = place.format(inner=careful.inner.issuer)
    offer(careful, provider_config(careful.acme, issuer_url=url))
    async with careful.client() as browser:
        answer = await submit(browser, await begin(browser, "login"), provider="op")

    assert answer.json()["error"]["id"] == "provider_misconfigured"
    assert "may not be called from here" in answer.json()["error"]["reason"]


@pytest.mark.parametrize("name", ["jwks_uri", "token_endpoint", "userinfo_endpoint"])
async def test_metadata_do_not_lead_a_sign_in_into_the_private_network(careful, name):
    offer(careful, provider_config(careful.acme, claims_source="userinfo"))
    careful.acme.metadata_changes = {name: f"{careful.inner.issuer}/admin?key=hidden"}
    async with careful.client() as browser:
        said = texts(await shown(browser, await go(browser, "login")))[0]
        assert not await is_signed_in(browser)

    assert "may not be called from here" in said
    assert "hidden" not in said


@pytest.mark.parametrize("path", [TOKEN, JWKS, "/userinfo"])
async def test_no_redirect_leads_a_sign_in_into_the_private_network(careful, path):
    offer(careful, provider_config(careful.acme, claims_source="userinfo"))
    careful.acme.faults[path] = Response(status=307, headers=(("location", careful.inner.issuer + path),))
    async with careful.client() as browser:
        said = texts(await shown(browser, await go(browser, "login")))[0]
        assert not await is_signed_in(browser)

    assert "may not be called from here" in said


async def test_a_mapper_that_loops_ends_in_words_and_the_next_sign_in_works(tmp_path):
    stage = Stage(tmp_path)
    stage.evaluator = Sandbox(clock=SystemClock(), limits=SandboxLimits(evaluation_seconds=0.3))
    await stage.evaluator.start()
    await stage.open()
    endless = "{identity: {traits: {name: std.foldl(function(a, b) a + b, std.range(1, 1e9), 0)}}}"
    async with social.provider(stage, "op", ADA_THERE) as acme, stage.client() as browser:
        offer(stage, provider_config(acme, mapper=endless))
        said = texts(await shown(browser, await go(browser, "login")))[0]
        assert not await is_signed_in(browser)
        offer(stage, provider_config(acme))
        await go(browser, "login")
        assert await is_signed_in(browser)
    await stage.close()
    await stage.evaluator.close()

    assert 'The claims mapper of the provider "op" failed' in said


# What is shown of it


async def test_what_mallory_writes_into_an_error_is_shown_as_text_and_within_bounds(offered, client):
    url = httpx.URL(await back_from(client)).copy_remove_param("code")
    evil = "<script>alert(1)</script>" * 100

    answer = await come_back(client, with_query(url, error=evil, error_description=evil))

    (said,) = texts(await shown(client, answer))
    assert len(said) < 1_000
    page = await client.get(answer.headers["location"], headers={"Accept": "text/html"})
    assert "<script>alert(1)" not in page.text


async def test_an_error_needs_a_state_too(offered, client):
    await begin(client, "login")
    path = "/self-service/methods/oidc/callback/op?error=access_denied&error_description=call+mallory"

    error = await error_shown(client, await come_back(client, path))

    assert "mallory" not in str(error)
