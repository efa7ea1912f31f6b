"""There and back: what is asked of a provider, what has to fit, and what is made of what it says."""

import asyncio
import base64
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from provider_stage import DISCOVERY, JWKS, TOKEN, USERINFO, as_json, header, signed
from provider_visits import STATE, come_back, configured, leave, sign_in

from headwater.core.secrets import Secret
from headwater.identity.config.social_config import FROM_USERINFO, PKCE_FORCE, PKCE_NEVER, AppleKey
from headwater.identity.providers import pkce
from headwater.identity.providers.departure import Departure
from headwater.identity.providers.errors import (
    CodeRefusedError,
    IdTokenMissingError,
    IdTokenRefusedError,
    ProviderAnswerError,
    ProviderMisconfiguredError,
    ProviderUnreachableError,
)
from headwater.net.outbound import Response
from headwater.workspace.references import Unread

ADA = {"sub": "ada", "email": "ada@example.com", "email_verified": True, "given_name": "Ada"}
HTML = Response(status=500, headers=(("content-type", "text/html"),), body=b"<h1>Oops</h1>")


def asked(departure: Departure) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(departure.url).query))


def form(op) -> dict[str, str]:
    return dict(parse_qsl(op.seen[TOKEN][-1].body.decode()))


async def test_brings_somebody_back_with_their_claims_and_tokens(providers, op):
    op.account = {**ADA, "groups": ["math"], "acr": "gold", "amr": ["pwd", "otp"], "picture": ""}
    arrival = await sign_in(providers, op, configured(op))
    assert (arrival.provider_id, arrival.subject) == ("acme", "ada")
    assert arrival.claims["email"] == "ada@example.com"
    assert arrival.claims["email_verified"] is True
    assert arrival.claims["raw_claims"]["groups"] == ["math"]
    assert "picture" not in arrival.claims
    assert "groups" not in arrival.claims
    assert (arrival.acr, arrival.amr) == ("gold", ("pwd", "otp"))
    assert arrival.tokens.access.reveal() in op.sessions
    assert arrival.tokens.refresh == Secret("refresh-me")
    assert arrival.tokens.id_token.reveal().count(".") == 2


async def test_asks_for_a_code_with_nonce_pkce_and_the_openid_scope_last(providers, op):
    departure = await leave(providers, op, configured(op, scopes=("email", "profile")))
    parameters = asked(departure)
    assert parameters == {
        "response_type": "code",
        "client_id": op.client_id,
        "redirect_uri": op.redirect_uri,
        "scope": "email profile openid",
        "state": STATE,
        "nonce": departure.nonce,
        "code_challenge": pkce.challenge(departure.verifier),
        "code_challenge_method": "S256",
    }
    assert departure.verifier.reveal() not in departure.url
    assert "openid openid" not in asked(await leave(providers, op, configured(op, scopes=("openid",))))["scope"]


async def test_no_two_departures_share_nonce_or_verifier(providers, op):
    first, second = [await leave(providers, op, configured(op)) for _ in range(2)]
    assert first.nonce != second.nonce
    assert first.verifier != second.verifier


async def test_keeps_the_query_of_an_authorization_endpoint(providers, op):
    op.metadata_changes = {"authorization_endpoint": f"{op.issuer}/authorize?tenant=acme"}
    departure = await leave(providers, op, configured(op))
    assert asked(departure)["tenant"] == "acme"
    assert departure.url.count("?") == 1


async def test_pkce_challenge_is_that_of_rfc_7636():
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert pkce.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("setting", "advertised", "is_used"),
    [
        pytest.param("auto", ["S256"], True, id="auto-advertised"),
        pytest.param("auto", ["plain"], False, id="auto-plain-only"),
        pytest.param("auto", None, False, id="auto-silent"),
        pytest.param(PKCE_NEVER, ["S256"], False, id="never"),
        pytest.param(PKCE_FORCE, None, True, id="force"),
    ],
)
async def test_uses_pkce_as_configured_and_never_plain(providers, op, setting, advertised, is_used):
    op.metadata_changes = {"code_challenge_methods_supported": advertised}
    provider = configured(op, pkce=setting)
    departure = await leave(providers, op, provider)
    assert ("code_challenge" in asked(departure)) is is_used
    assert (departure.verifier is not None) is is_used
    await come_back(providers, op, provider, departure)
    assert ("code_verifier" in form(op)) is is_used


async def test_refresh_asks_for_the_password_again_and_no_client_can_turn_that_off(providers, op):
    departure = await leave(providers, op, configured(op), is_refresh=True, prompt="none")
    assert asked(departure)["prompt"] == "login"


async def test_passes_on_only_what_a_client_may_ask_for(providers, op):
    departure = await leave(
        providers,
        op,
        configured(op),
        hd="example.com",
        prompt="select_account",
        auth_type="reauthenticate",
        acr_values="gold",
        login_hint="mallory@example.com",
        redirect_uri="https://mallory.example",
        client_id="mallory",
        response_type="token",
        scope="everything",
    )
    parameters = asked(departure)
    assert parameters["hd"] == "example.com"
    assert parameters["prompt"] == "select_account"
    assert parameters["auth_type"] == "reauthenticate"
    assert parameters["acr_values"] == "gold"
    assert "login_hint" not in parameters
    assert parameters["redirect_uri"] == op.redirect_uri
    assert parameters["client_id"] == op.client_id
    assert parameters["response_type"] == "code"
    assert parameters["scope"] == "email openid"


async def test_leaves_out_an_upstream_parameter_without_end(providers, op):
    assert "hd" not in asked(await leave(providers, op, configured(op), hd="x" * 5_000))


async def test_asks_for_the_claims_that_are_configured(providers, op):
    wanted = {"id_token": {"email": {"essential": True}}}
    departure = await leave(providers, op, configured(op, requested_claims=wanted))
    assert asked(departure)["claims"] == '{"id_token":{"email":{"essential":true}}}'


@pytest.mark.parametrize(
    ("published", "is_basic"),
    [
        pytest.param(("client_secret_basic",), True, id="basic"),
        pytest.param(("client_secret_post",), False, id="post"),
        pytest.param(("client_secret_post", "client_secret_basic"), True, id="both"),
    ],
)
async def test_authenticates_as_the_metadata_say_and_encodes_what_would_break_basic(providers, op, published, is_basic):
    op.auth_methods = published
    await sign_in(providers, op, configured(op))
    request = op.seen[TOKEN][-1]
    assert (header(request, "authorization") is not None) is is_basic
    assert ("client_secret" in form(op)) is not is_basic
    if is_basic:
        # RFC 6749, 2.3.1
        pair = base64.b64decode(header(request, "authorization").removeprefix("Basic ")).decode()
        assert pair == "headwater:s%3Acret+%2B%C3%BC%25"


async def test_tries_the_other_way_once_where_metadata_do_not_say_how_and_remembers_it(providers, op):
    op.auth_methods = ("client_secret_post",)
    op.metadata_changes = {"token_endpoint_auth_methods_supported": None}
    await sign_in(providers, op, configured(op))
    assert op.counts[TOKEN] == 2
    await sign_in(providers, op, configured(op))
    assert op.counts[TOKEN] == 3


async def test_a_client_without_a_secret_names_itself_and_proves_itself_by_pkce(providers, op):
    op.auth_methods = ("none",)
    await sign_in(providers, op, configured(op, client_secret=Secret(""), pkce=PKCE_FORCE))
    assert form(op)["client_id"] == op.client_id
    assert "client_secret" not in form(op)


async def test_takes_the_claims_from_userinfo_if_so_configured(providers, op):
    op.account = {"sub": "ada", "acr": "gold"}
    op.userinfo = {"sub": "ada", "email": "ada@example.com"}
    arrival = await sign_in(providers, op, configured(op, claims_source=FROM_USERINFO))
    assert arrival.claims["email"] == "ada@example.com"
    assert arrival.claims["iss"] == op.issuer
    assert arrival.acr == "gold"


async def test_userinfo_of_somebody_else_is_refused(providers, op):
    op.userinfo = {"sub": "grace", "email": "grace@example.com"}
    with pytest.raises(IdTokenRefusedError, match="another person"):
        await sign_in(providers, op, configured(op, claims_source=FROM_USERINFO))


async def test_reads_signed_userinfo_and_refuses_it_of_another_issuer_or_client(providers, op):
    provider = configured(op, claims_source=FROM_USERINFO)
    said = {"sub": "ada", "iss": op.issuer, "aud": op.client_id, "email": "ada@example.com"}
    op.userinfo_jwt = signed(said, key=op.keys[0], alg="RS256")
    assert (await sign_in(providers, op, provider)).claims["email"] == "ada@example.com"
    for change in ({"iss": "https://mallory.example"}, {"aud": "mallory"}):
        op.userinfo_jwt = signed({**said, **change}, key=op.keys[0], alg="RS256")
        with pytest.raises(IdTokenRefusedError):
            await sign_in(providers, op, provider)


async def test_unsigned_userinfo_jwt_is_refused(providers, op):
    said = {"sub": "ada", "iss": op.issuer, "aud": op.client_id}
    op.userinfo_jwt = signed(said, key=None, alg="none")
    with pytest.raises(IdTokenRefusedError):
        await sign_in(providers, op, configured(op, claims_source=FROM_USERINFO))


async def test_a_code_is_good_for_one_try_and_what_the_provider_says_is_told_without_it(providers, op):
    provider = configured(op)
    departure = await leave(providers, op, provider)
    code = Secret((await op.visit(departure.url))["code"])
    await providers.redeem(provider, code=code, departure=departure, extra={})
    with pytest.raises(CodeRefusedError, match="unknown code") as refusal:
        await providers.redeem(provider, code=code, departure=departure, extra={})
    assert code.reveal() not in refusal.value.message


async def test_a_stolen_code_is_worth_nothing_without_the_verifier_of_its_browser(providers, op):
    provider = configured(op)
    adas, mallorys = [await leave(providers, op, provider) for _ in range(2)]
    code = Secret((await op.visit(adas.url))["code"])
    with pytest.raises(CodeRefusedError, match="not your code"):
        await providers.redeem(provider, code=code, departure=mallorys, extra={})


async def test_an_injected_code_brings_the_wrong_nonce_where_there_is_no_pkce(providers, op):
    provider = configured(op, pkce=PKCE_NEVER)
    adas, mallorys = [await leave(providers, op, provider) for _ in range(2)]
    code = Secret((await op.visit(adas.url))["code"])
    with pytest.raises(IdTokenRefusedError, match="nonce is not the one"):
        await providers.redeem(provider, code=code, departure=mallorys, extra={})


async def test_no_answer_of_a_token_endpoint_leaks_a_secret_that_it_echoes(providers, op):
    provider = configured(op)
    departure = await leave(providers, op, provider)
    code = (await op.visit(departure.url))["code"]
    secrets = (code, op.client_secret, departure.verifier.reveal())
    said = {"error": "invalid_grant", "error_description": f"sent \n\x1b[31m{' and '.join(secrets)}" + "x" * 5_000}
    op.faults[TOKEN] = as_json(said, status=400)
    with pytest.raises(CodeRefusedError) as refusal:
        await providers.redeem(provider, code=Secret(code), departure=departure, extra={})
    assert "*** and *** and ***" in refusal.value.message
    assert not any(secret in f"{refusal.value.message!r} {refusal.value!r}" for secret in secrets)
    assert refusal.value.message.isprintable()
    assert len(refusal.value.message) < 600


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(as_json({"error": "invalid_client"}, status=401), ProviderMisconfiguredError, id="unknown-client"),
        pytest.param(as_json({"error": "server_error"}, status=400), ProviderAnswerError, id="error-400"),
        pytest.param(as_json({"error": "slow_down"}), ProviderAnswerError, id="error-with-200"),
        pytest.param(HTML, ProviderAnswerError, id="html-500"),
        pytest.param(Response(status=200, body=b"<h1>Welcome"), ProviderAnswerError, id="html-200"),
        pytest.param(Response(status=200, body=b"[" * 50_000), ProviderAnswerError, id="bottomless"),
        pytest.param(Response(status=200, body=b"x" * 300_000), ProviderAnswerError, id="endless"),
        pytest.param(as_json({"token_type": "Bearer"}), ProviderAnswerError, id="no-token"),
        pytest.param(as_json({"access_token": 7}), ProviderAnswerError, id="token-of-wrong-type"),
        pytest.param(as_json({"access_token": "a"}), IdTokenMissingError, id="no-id-token"),
    ],
)
async def test_a_broken_token_endpoint_becomes_an_error_that_says_so(providers, op, answer, error):
    op.faults[TOKEN] = answer
    with pytest.raises(error):
        await sign_in(providers, op, configured(op))


async def test_an_answer_as_a_form_is_read_as_in_the_days_before_json(providers, op):
    provider = configured(op)
    departure = await leave(providers, op, provider)
    token = op.id_token({"sub": "ada"}, nonce=departure.nonce)
    headers = (("content-type", "application/x-www-form-urlencoded; charset=utf-8"),)
    op.faults[TOKEN] = Response(status=200, headers=headers, body=f"access_token=a&id_token={token}".encode())
    assert (await come_back(providers, op, provider, departure)).subject == "ada"


async def test_a_callback_of_another_issuer_is_refused(providers, op):
    with pytest.raises(ProviderAnswerError, match=r"did not come from 127\.0\.0\.1"):
        await sign_in(providers, op, configured(op), iss="https://mallory.example")
    assert op.counts[TOKEN] == 0


async def test_a_callback_without_iss_is_refused_where_the_provider_always_sends_it(providers, op):
    op.sends_iss = True
    provider = configured(op)
    assert (await sign_in(providers, op, provider)).subject == "ada"
    departure = await leave(providers, op, provider)
    code = Secret((await op.visit(departure.url))["code"])
    with pytest.raises(ProviderAnswerError, match="did not come from"):
        await providers.redeem(provider, code=code, departure=departure, extra={})


async def test_metadata_and_keys_are_fetched_once_for_many_who_come_at_once(providers, op):
    provider = configured(op)
    arrivals = await asyncio.gather(*(sign_in(providers, op, provider) for _ in range(20)))
    assert {arrival.subject for arrival in arrivals} == {"ada"}
    assert op.counts[DISCOVERY] == 1
    assert op.counts[JWKS] == 1


async def test_whoever_gives_up_waiting_takes_nobody_with_them(providers, op):
    op.gates[DISCOVERY] = asyncio.Event()
    first, second = [asyncio.create_task(leave(providers, op, configured(op))) for _ in range(2)]
    async with asyncio.timeout(10):
        await op.waiting.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    op.gates[DISCOVERY].set()
    assert (await second).nonce
    assert op.counts[DISCOVERY] == 1


async def test_a_provider_that_is_down_is_named_with_what_to_do(providers, op):
    provider = configured(op)
    await op.stop()
    with pytest.raises(ProviderUnreachableError, match=r"127\.0\.0\.1 can't be reached at the moment"):
        await leave(providers, op, provider)


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, JWKS])
async def test_a_provider_that_never_answers_is_given_up_on(hasty_providers, op, path):
    op.gates[path] = asyncio.Event()
    with pytest.raises(ProviderUnreachableError):
        await sign_in(hasty_providers, op, configured(op))


async def test_a_provider_that_never_answers_userinfo_is_given_up_on(hasty_providers, op):
    op.gates[USERINFO] = asyncio.Event()
    with pytest.raises(ProviderUnreachableError):
        await sign_in(hasty_providers, op, configured(op, claims_source=FROM_USERINFO))


async def test_without_metadata_the_endpoints_are_configured_and_the_line_vouches_for_the_token(providers, op):
    provider = configured(op, issuer_url="", auth_url=f"{op.issuer}/authorize", token_url=f"{op.issuer}/token")
    op.faults = {DISCOVERY: HTML, JWKS: HTML}
    arrival = await sign_in(providers, op, provider)
    assert arrival.subject == "ada"
    for changes in ({"aud": "mallory"}, {"exp": 1}, {"nonce": "mallorys"}, {"iss": None}):
        op.changes = changes
        with pytest.raises(IdTokenRefusedError):
            await sign_in(providers, op, provider)


async def test_without_metadata_no_plain_line_vouches_for_a_token(providers, op):
    provider = configured(
        op, issuer_url="", auth_url="http://op.example/authorize", token_url="http://op.example/token"
    )
    departure = await leave(providers, op, provider)
    back = await op.visit(departure.url)
    with pytest.raises(ProviderMisconfiguredError, match="plain http"):
        await providers.redeem(provider, code=Secret(back["code"]), departure=departure, extra={})


async def test_a_provider_of_which_nobody_says_where_it_is_is_misconfigured(providers, op):
    with pytest.raises(ProviderMisconfiguredError, match="set issuer_url, or both auth_url and token_url"):
        await leave(providers, op, configured(op, issuer_url=""))


async def test_a_kind_that_nobody_knows_is_refused_with_those_there_are(providers, op):
    with pytest.raises(ProviderMisconfiguredError, match="generic, google, github"):
        await leave(providers, op, configured(op, kind="myspace"))


@pytest.mark.parametrize("place", ["client_secret", "apple_key"])
async def test_a_secret_that_can_not_be_read_is_not_sent_by_its_name_and_people_are_not_told_it(providers, op, place):
    gone = Secret(Unread("env:IDP_SECRET", "/selfservice needs a secret that can't be read: env:IDP_SECRET is not set"))
    held = gone if place == "client_secret" else AppleKey(team_id="t", key_id="k", private_key=gone)
    provider = configured(op)
    departure = await leave(providers, op, provider)

    with pytest.raises(ProviderMisconfiguredError, match="can't be read") as caught:
        await come_back(providers, op, replace(provider, **{place: held}), departure)

    assert "IDP_SECRET" not in caught.value.message
    assert TOKEN not in op.seen
