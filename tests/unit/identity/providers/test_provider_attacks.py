"""Mallory brings tokens that she made, bought or found, swaps keys and documents, and sends us where we shouldn't go.

All through a real provider on loopback, by the way that everybody comes in: a code, or an ID token that an app brings.
"""

import hashlib
import hmac

import pytest
from joserfc.jwk import OctKey
from provider_stage import DISCOVERY, JWKS, SHARED_KEY, TOKEN, Provider, as_json, base64url, new_key, signed
from provider_visits import come_back, configured, leave, sign_in

from headwater.core.secrets import Secret
from headwater.identity.config.social_config import FROM_USERINFO, PKCE_FORCE
from headwater.identity.providers.errors import (
    CodeRefusedError,
    IdTokenRefusedError,
    ProviderAnswerError,
    ProviderMisconfiguredError,
)
from headwater.identity.providers.id_tokens import LEEWAY_SECONDS
from headwater.identity.providers.keys import FRESH_SECONDS
from headwater.identity.providers.providers import Providers
from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.net.documents import NEWER_SECONDS
from headwater.net.outbound import Response

ADA = {"sub": "ada"}
MALLORYS_KEY = new_key(kid=SHARED_KEY.kid)


async def bring(providers, op, forge, **settings):
    """Come back with a code for which the token endpoint gives what `forge` makes of this sign-in's nonce."""
    provider = configured(op, **settings)
    departure = await leave(providers, op, provider)
    op.token_changes = {"id_token": forge(departure.nonce)}
    return await come_back(providers, op, provider, departure)


async def submit(providers, op, token, **settings):
    """Bring an ID token as a native app does."""
    return await providers.verify(configured(op, **settings), Secret(token), nonce="n")


async def refused(providers, op, forge, **settings):
    """Return why the token is refused, whichever way it is brought."""
    with pytest.raises(IdTokenRefusedError) as by_code:
        await bring(providers, op, forge, **settings)
    with pytest.raises(IdTokenRefusedError) as by_app:
        await submit(providers, op, forge("n"), **settings)
    assert by_app.value.context["reason"] == by_code.value.context["reason"]
    return by_code.value.context["reason"]


def claims_of(op, nonce, **changes):
    now = int(op.now().timestamp())
    return {"iss": op.issuer, "aud": op.client_id, "iat": now, "exp": now + 300, "nonce": nonce, **ADA, **changes}


async def test_what_the_attacks_below_change_is_all_that_keeps_their_tokens_out(providers, op):
    def forge(nonce):
        return signed(claims_of(op, nonce), key=SHARED_KEY, alg="RS256")

    assert (await bring(providers, op, forge)).subject == "ada"
    assert (await submit(providers, op, forge("n"))).subject == "ada"


# Algorithm confusion


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
@pytest.mark.parametrize("advertised", [["RS256"], ["none", "None", "NONE", "nOnE", "", "RS256"]], ids=["no", "yes"])
async def test_mallory_cannot_sign_in_with_a_token_that_nobody_signed(providers, op, name, advertised):
    op.metadata_changes = {"id_token_signing_alg_values_supported": advertised}

    def forge(nonce):
        head, body, _ = signed(claims_of(op, nonce), key=None, alg="none", header={"alg": name}).split(".")
        return f"{head}.{body}."

    assert await refused(providers, op, forge) == "algorithm"


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
async def test_mallory_cannot_sign_with_the_public_key_taken_for_a_shared_secret(providers, op, alg):
    """Even where the provider's metadata say that it does such things."""
    op.metadata_changes = {"id_token_signing_alg_values_supported": [alg, "RS256"]}
    for secret in (SHARED_KEY.as_pem(private=False), SHARED_KEY.as_pem(private=False).strip(), b"", b"\0"):

        def forge(nonce, secret=secret):
            text = signed(claims_of(op, nonce), key=SHARED_KEY, alg="RS256", header={"alg": alg}).rpartition(".")[0]
            digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[alg]
            return f"{text}.{base64url(hmac.new(secret, text.encode(), digest).digest())}"

        assert await refused(providers, op, forge) == "algorithm"


async def test_mallory_cannot_sign_with_a_shared_secret_that_a_key_set_gives_away(providers, op):
    shared = OctKey.import_key("published-by-mistake-published-by-mistake", {"kid": "oct"})
    op.metadata_changes = {"id_token_signing_alg_values_supported": ["HS256", "RS256"]}
    op.faults[JWKS] = as_json({"keys": [shared.as_dict(private=True), SHARED_KEY.as_dict(private=False)]})

    assert await refused(providers, op, lambda n: signed(claims_of(op, n), key=shared, alg="HS256")) == "algorithm"


@pytest.mark.parametrize("alg", ["PS256", "RS512"])
@pytest.mark.parametrize("advertised", [["RS256"], None], ids=["others", "nothing"])
async def test_the_token_does_not_choose_an_algorithm_that_its_provider_does_not_advertise(
    providers, op, alg, advertised
):
    """Not even where the key, which doesn't say what it is for, would do."""
    op.metadata_changes = {"id_token_signing_alg_values_supported": advertised}
    public = {name: value for name, value in SHARED_KEY.as_dict(private=False).items() if name != "alg"}
    op.faults[JWKS] = as_json({"keys": [public]})

    assert await refused(providers, op, lambda n: signed(claims_of(op, n), key=SHARED_KEY, alg=alg)) == "algorithm"


@pytest.mark.parametrize("alg", ["PS256", "RS512"])
async def test_the_token_does_not_choose_an_algorithm_that_its_key_is_not_for(providers, op, alg):
    op.metadata_changes = {"id_token_signing_alg_values_supported": ["RS256", alg]}

    assert await refused(providers, op, lambda n: signed(claims_of(op, n), key=SHARED_KEY, alg=alg)) == "signature"


# Keys


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
async def test_mallory_cannot_bring_her_key_along_in_the_header(providers, op, clock, member):
    async with Provider(now=clock.now, keys=[MALLORYS_KEY]) as mallory:
        public = MALLORYS_KEY.as_dict(private=False)
        url = f"{mallory.issuer}{JWKS}"
        value = {"jwk": public, "jku": url, "x5u": url, "x5c": [base64url(MALLORYS_KEY.as_pem(private=False))]}[member]

        def forge(nonce):
            return signed(claims_of(op, nonce), key=MALLORYS_KEY, alg="RS256", header={member: value})

        assert await refused(providers, op, forge) == "signature"
        assert not mallory.counts


@pytest.mark.parametrize("kid", [SHARED_KEY.kid, "mallorys", "", "../../../dev/null", "' OR 1=1 --", None])
async def test_mallory_cannot_sign_with_her_own_key_whatever_she_calls_it(providers, op, kid):
    def forge(nonce):
        return signed(claims_of(op, nonce), key=MALLORYS_KEY, alg="RS256", header={"kid": kid})

    assert await refused(providers, op, forge) == "signature"


async def test_keys_of_another_provider_are_not_taken_for_this_ones(providers, op, clock):
    """Mallory runs a provider of her own that is configured here, too: its keys say nothing about ada elsewhere."""
    async with Provider(now=clock.now, keys=[new_key(kid="mallorys")]) as mallory:
        await sign_in(providers, mallory, configured(mallory, id="mallory"))

        def forge(nonce):
            return signed(claims_of(op, nonce), key=mallory.keys[0], alg="RS256")

        assert await refused(providers, op, forge) == "signature"


async def test_a_crowd_of_forged_tokens_does_not_make_us_hammer_the_provider(providers, op, clock):
    forged = signed(claims_of(op, "n"), key=MALLORYS_KEY, alg="RS256", header={"kid": "made-up"})
    for _ in range(20):
        with pytest.raises(IdTokenRefusedError):
            await submit(providers, op, forged)
    assert op.counts[JWKS] == 2  # the first time, and one look for a newer key
    clock.advance(NEWER_SECONDS)
    for _ in range(20):
        with pytest.raises(IdTokenRefusedError):
            await submit(providers, op, forged)
    assert op.counts[JWKS] == 3


async def test_forged_tokens_keep_nobody_out_whose_key_is_known(providers, op):
    forged = signed(claims_of(op, "n"), key=MALLORYS_KEY, alg="RS256", header={"kid": "made-up"})
    for _ in range(3):
        with pytest.raises(IdTokenRefusedError):
            await submit(providers, op, forged)
    assert (await sign_in(providers, op, configured(op))).subject == "ada"


async def test_a_key_that_was_withdrawn_is_forgotten(providers, op, clock):
    stolen = op.keys[0]
    assert (await sign_in(providers, op, configured(op))).subject == "ada"
    op.rotate()
    clock.advance(FRESH_SECONDS)

    assert await refused(providers, op, lambda n: signed(claims_of(op, n), key=stolen, alg="RS256")) == "signature"


async def test_a_new_key_is_found_during_a_sign_in(providers, op):
    await sign_in(providers, op, configured(op))
    op.rotate()
    assert (await sign_in(providers, op, configured(op))).subject == "ada"


@pytest.mark.parametrize("change", [{"use": "enc"}, {"n": base64url(b"\xff" * 64)}, {"e": base64url(b"\xff" * 9)}])
async def test_a_key_that_encrypts_or_that_anybody_breaks_signs_nothing(providers, op, change):
    op.faults[JWKS] = as_json({"keys": [{**SHARED_KEY.as_dict(private=False), **change}]})

    assert await refused(providers, op, lambda n: op.id_token(ADA, nonce=n)) == "signature"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(as_json({"keys": [SHARED_KEY.as_dict(private=False)] * 101}), id="too-many"),
        pytest.param(as_json({"keys": {}}), id="no-list"),
        pytest.param(as_json([]), id="no-object"),
        pytest.param(Response(status=200, body=b"x" * 300_000), id="endless"),
        pytest.param(Response(status=404), id="gone"),
    ],
)
async def test_a_key_set_made_to_keep_us_busy_is_refused(providers, op, answer):
    op.faults[JWKS] = answer
    with pytest.raises(ProviderAnswerError):
        await sign_in(providers, op, configured(op))


# A token that is for others, from others, or of another time


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"aud": "mallorys-app"}, "audience", id="of-another-client"),
        pytest.param({"aud": ["mallorys-app"]}, "audience", id="of-another-client-in-a-list"),
        pytest.param({"aud": []}, "audience", id="of-nobody"),
        pytest.param({"aud": None}, "audience", id="without"),
        pytest.param({"aud": {"headwater": True}}, "audience", id="of-a-wrong-type"),
        pytest.param({"aud": "headwater "}, "audience", id="nearly-ours"),
        pytest.param({"aud": ["headwater", "mallorys-app"]}, "authorized_party", id="shared-and-azp-missing"),
        pytest.param(
            {"aud": ["headwater", "mallorys-app"], "azp": "mallorys-app"}, "authorized_party", id="given-to-mallory"
        ),
    ],
)
async def test_mallory_cannot_use_a_token_that_ada_gave_to_another_client(providers, op, changes, reason):
    assert await refused(providers, op, lambda n: op.id_token(ADA, nonce=n, **changes)) == reason


async def test_a_token_for_several_clients_is_taken_that_was_given_to_us(providers, op):
    shared = {"aud": ["headwater", "partner"], "azp": "headwater"}
    assert (await bring(providers, op, lambda n: op.id_token(ADA, nonce=n, **shared))).subject == "ada"


async def test_mallory_cannot_bring_a_token_of_a_native_app_to_the_browsers_callback(providers, op):
    """Whoever has ada's app's token has not come by this browser's sign-in."""
    with pytest.raises(IdTokenRefusedError, match="another client"):
        await bring(
            providers, op, lambda n: op.id_token(ADA, nonce=n, aud="ios-app"), additional_audiences=("ios-app",)
        )


@pytest.mark.parametrize("issuer", ["https://mallory.example", "", None, 7, ["{}"], "{}/", "{}?"])
async def test_mallory_cannot_bring_a_token_of_another_issuer(providers, op, issuer):
    named = [item.format(op.issuer) for item in issuer] if isinstance(issuer, list) else issuer
    named = named.format(op.issuer) if isinstance(named, str) else named

    assert await refused(providers, op, lambda n: op.id_token(ADA, nonce=n, iss=named)) == "issuer"


@pytest.mark.parametrize("seconds", [-86_400, -1, 0])
async def test_an_expired_token_lets_nobody_in_not_even_a_moment_late(providers, op, clock, seconds):
    expires = int(clock.now().timestamp()) + seconds

    assert await refused(providers, op, lambda n: op.id_token(ADA, nonce=n, exp=expires)) == "expired"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"exp": None}, "expired"), ({"exp": "9999999999"}, "format"), ({"exp": True}, "format"), ({"iat": []}, "format")],
)
async def test_a_token_that_never_expires_lets_nobody_in(providers, op, changes, reason):
    assert await refused(providers, op, lambda n: op.id_token(ADA, nonce=n, **changes)) == reason


@pytest.mark.parametrize("name", ["iat", "nbf"])
async def test_a_token_from_the_future_lets_nobody_in_but_for_a_clock_that_is_a_little_fast(providers, op, clock, name):
    now = int(clock.now().timestamp())
    ahead = now + LEEWAY_SECONDS
    forged = {"exp": ahead + 300, name: ahead + 1}
    honest = {"exp": ahead + 300, name: ahead}

    assert await refused(providers, op, lambda n: op.id_token(ADA, nonce=n, **forged)) == "future"
    assert (await bring(providers, op, lambda n: op.id_token(ADA, nonce=n, **honest))).subject == "ada"


@pytest.mark.parametrize("nonce", [None, "", "of-another-sign-in", 7, ["n"]])
async def test_mallory_cannot_mix_in_a_token_of_another_sign_in(providers, op, nonce):
    assert await refused(providers, op, lambda _n: op.id_token(ADA, nonce=nonce)) == "nonce"


@pytest.mark.parametrize("subject", ["", None, 7, ["ada"], "a" * 256])
async def test_a_token_that_names_nobody_lets_nobody_in(providers, op, subject):
    assert await refused(providers, op, lambda n: op.id_token({"sub": subject}, nonce=n)) == "subject"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda token: token.rpartition(".")[0], id="two-parts"),
        pytest.param(lambda token: f"{token}.", id="four-parts"),
        pytest.param(lambda token: token + "A" * 33_000, id="endless"),
        pytest.param(lambda token: token.replace(".", ".ü", 1), id="not-ascii"),
        pytest.param(lambda _token: "..", id="empty"),
        pytest.param(lambda token: f"{base64url(b'[' * 5_000)}.{token.partition('.')[2]}", id="bottomless-header"),
        pytest.param(lambda token: f"{base64url(b'{}')}.{token.partition('.')[2]}", id="no-algorithm"),
    ],
)
async def test_what_is_no_token_is_refused_in_words(providers, op, change):
    reason = await refused(providers, op, lambda n: change(op.id_token(ADA, nonce=n)))
    assert reason in {"format", "size"}


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"b64": False, "crit": ["b64"]}, {"kid": 7}, {"alg": 7}])
async def test_a_header_that_asks_for_what_we_do_not_understand_is_refused(providers, op, header):
    def forge(nonce):
        return signed(claims_of(op, nonce), key=SHARED_KEY, alg="RS256", header=header)

    assert await refused(providers, op, forge) == "format"


async def test_claims_without_end_reach_no_mapper(providers, op):
    deep: dict = {}
    for _ in range(40):
        deep = {"a": deep}

    assert await refused(providers, op, lambda n: op.id_token(ADA, nonce=n, deep=deep)) == "format"


# PKCE


async def test_mallory_who_strips_the_challenge_on_the_way_gets_nothing_for_the_code(providers, op):
    """The provider, which then knows of no PKCE, gets the verifier all the same, and sees that something is missing."""
    provider = configured(op, pkce=PKCE_FORCE)
    departure = await leave(providers, op, provider)
    stripped = "&".join(part for part in departure.url.split("&") if not part.startswith("code_challenge"))
    back = await op.visit(stripped)

    with pytest.raises(CodeRefusedError):
        await providers.redeem(provider, code=Secret(back["code"]), departure=departure, extra={})


@pytest.mark.parametrize("offered", [None, [], ["plain"]])
async def test_metadata_cannot_turn_pkce_off_where_the_operator_forces_it(providers, op, offered):
    op.metadata_changes = {"code_challenge_methods_supported": offered}
    departure = await leave(providers, op, configured(op, pkce=PKCE_FORCE))
    assert "code_challenge_method=S256" in departure.url


# Where a provider's documents lead


@pytest.fixture
async def careful(op, clock):
    """An installation whose operator allows this one provider in the private network, and nothing else there."""
    sender = Outbound(AddressPolicy(exceptions=(f"{op.issuer}/**",)))
    yield Providers(sender=sender, clock=clock)
    await sender.close()


@pytest.fixture
async def inner(clock):
    """What mallory would like to reach: another service in our network."""
    async with Provider(now=clock.now) as inner:
        yield inner
        assert not inner.counts


@pytest.fixture(params=["private", "metadata-service", "metadata-service-by-ipv6", "by-name"])
def forbidden(request, inner):
    port = inner.issuer.rpartition(":")[2]
    return {
        "private": inner.issuer,
        "metadata-service": "http://169.254.169.254/latest/meta-data",
        "metadata-service-by-ipv6": "http://[fd00:ec2::254]",
        "by-name": f"http://localhost:{port}",
    }[request.param]


async def test_a_discovery_url_does_not_lead_into_the_private_network(careful, op, forbidden):
    with pytest.raises(ProviderMisconfiguredError, match="may not be called from here"):
        await leave(careful, op, configured(op, issuer_url=forbidden))


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
async def test_no_endpoint_of_the_metadata_leads_into_the_private_network(careful, op, forbidden, name):
    op.metadata_changes = {name: f"{forbidden}/secret"}
    with pytest.raises(ProviderMisconfiguredError, match="may not be called from here"):
        await sign_in(careful, op, configured(op, claims_source=FROM_USERINFO))


@pytest.mark.parametrize("path", [DISCOVERY, TOKEN, JWKS, "/userinfo"])
async def test_no_redirect_of_a_provider_leads_into_the_private_network(careful, op, forbidden, path):
    op.faults[path] = Response(status=307, headers=(("location", f"{forbidden}{path}"),))
    with pytest.raises(ProviderMisconfiguredError, match="may not be called from here"):
        await sign_in(careful, op, configured(op, claims_source=FROM_USERINFO))


async def test_a_configured_token_url_does_not_lead_into_the_private_network(careful, op, forbidden):
    provider = configured(op, issuer_url="", auth_url=f"{op.issuer}/authorize", token_url=f"{forbidden}/token")
    departure = await leave(careful, op, provider)
    with pytest.raises(ProviderMisconfiguredError):
        await careful.redeem(provider, code=Secret("c"), departure=departure, extra={})


@pytest.mark.parametrize("name", ["issuer", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
async def test_a_clouds_metadata_service_is_not_called_even_where_private_addresses_may_be(providers, op, name):
    """It gives whoever asks from inside the machine's own credentials."""
    place = "http://169.254.169.254/latest"
    op.metadata_changes = {} if name == "issuer" else {name: place}
    provider = configured(op, claims_source=FROM_USERINFO, issuer_url=place if name == "issuer" else op.issuer)
    with pytest.raises(ProviderMisconfiguredError, match="may not be called from here"):
        await sign_in(providers, op, provider)


async def test_the_refusal_says_nothing_of_what_is_there(careful, op, inner):
    op.metadata_changes = {"jwks_uri": f"{inner.issuer}/admin?key=hidden"}
    with pytest.raises(ProviderMisconfiguredError) as refusal:
        await sign_in(careful, op, configured(op))
    assert "hidden" not in refusal.value.message
    assert inner.issuer.rpartition(":")[2] not in refusal.value.message


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1:70", "data:,{}", "ftp://op.example/jwks"])
async def test_only_http_is_spoken_to_providers(providers, op, url):
    op.metadata_changes = {"jwks_uri": url}
    with pytest.raises(ProviderMisconfiguredError):
        await sign_in(providers, op, configured(op))


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
async def test_metadata_of_an_https_provider_cannot_lead_to_plain_http(op, clock, name):
    op.issuer = "https://op.example"
    op.metadata_changes = {name: "http://op.example/x"}
    sender = Outbound(AddressPolicy(), alias=lambda host: op.answer if host == "op.example" else None)

    with pytest.raises(ProviderMisconfiguredError, match="is reached by https"):
        await leave(Providers(sender=sender, clock=clock), op, configured(op))


async def test_metadata_that_say_they_are_another_provider_are_refused(providers, op):
    """Mix-up (RFC 9700, 4.4): mallory's provider passes itself off as the one that ada trusts."""
    for issuer in ("https://accounts.google.com", f"{op.issuer}/", op.issuer.upper()):
        op.metadata_changes = {"issuer": issuer}
        with pytest.raises(ProviderMisconfiguredError, match="issuer is another one"):
            await leave(providers, op, configured(op))
