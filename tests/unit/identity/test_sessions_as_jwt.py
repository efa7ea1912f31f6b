import base64
import json

import pytest
from identity_stage import ADA, base64_url, jsonnet, register
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from login_stage import LoginStage

NOON = 1795435200
MAPPER = """
// The guide's way of reading its input.
local claims = std.extVar('claims');
local session = std.extVar('session');
{ claims: { sub: 'mallory', iss: claims.iss + 'x', schema: session.identity.schema_id, length: std.length('abc') } }
// a comment at the end"""
EC = ECKey.generate_key("P-256", {"kid": "first", "alg": "ES256"})


@pytest.fixture
async def stage(tmp_path):
    stage = await LoginStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def ada(client):
    return await register(client)


def keys(*found):
    return base64_url({"keys": [key.as_dict(private=True) for key in found]})


def set_template(stage, **template):
    whole = {"ttl": "10m", "jwks_url": keys(EC), **template}
    stage.revise(lambda document: document["session"].update(whoami={"tokenizer": {"templates": {"app": whole}}}))


async def ask(client, ada, name="app"):
    headers = {"X-Session-Token": ada["session_token"]}
    return await client.get(f"/sessions/whoami?tokenize_as={name}", headers=headers)


async def test_a_session_is_a_jwt_beside_itself(stage, client, ada):
    set_template(stage)
    answer = await ask(client, ada)

    assert answer.status_code == 200
    assert answer.json()["id"] == ada["session"]["id"]
    token = jwt.decode(answer.json()["tokenized"], EC, algorithms=["ES256"])
    assert token.header == {"alg": "ES256", "typ": "JWT", "kid": "first"}
    assert token.claims.pop("jti")
    assert token.claims == {
        "iss": "http://127.0.0.1:4433/",
        "exp": NOON + 600,
        "iat": NOON,
        "nbf": NOON,
        "sub": ada["identity"]["id"],
        "sid": ada["session"]["id"],
    }


async def test_without_asking_there_is_no_jwt(stage, client, ada):
    set_template(stage)
    answer = await client.get("/sessions/whoami", headers={"X-Session-Token": ada["session_token"]})
    assert "tokenized" not in answer.json()


async def test_the_mapper_adds_claims_and_never_says_whose_token_it_is(stage, client, ada):
    set_template(stage, claims_mapper_url=jsonnet(MAPPER))
    claims = jwt.decode((await ask(client, ada)).json()["tokenized"], EC, algorithms=["ES256"]).claims

    assert claims["sub"] == ada["identity"]["id"]
    assert claims["schema"] == "person"
    assert claims["length"] == 3
    assert claims["iss"] == "http://127.0.0.1:4433/x"
    assert claims["sid"] == ada["session"]["id"]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        pytest.param(RSAKey.generate_key(2048, {"alg": "RS256"}), "RS256", id="RS256"),
        pytest.param(ECKey.generate_key("P-521", {"alg": "ES512"}), "ES512", id="ES512"),
        pytest.param(OctKey.generate_key(256, {"alg": "HS256"}), "HS256", id="HS256"),
        pytest.param(OKPKey.generate_key("Ed25519", {"alg": "Ed25519"}), "Ed25519", id="Ed25519"),
        pytest.param(
            OKPKey.generate_key("Ed25519", {"alg": "EdDSA"}),
            "EdDSA",
            id="EdDSA",
            marks=pytest.mark.filterwarnings("ignore:EdDSA is deprecated"),  # by the test's own decoding
        ),
    ],
)
async def test_the_key_says_how_it_signs(stage, client, ada, key, algorithm):
    set_template(stage, jwks_url=keys(key))
    token = jwt.decode((await ask(client, ada)).json()["tokenized"], key, algorithms=[algorithm])
    assert token.header["alg"] == algorithm
    assert "kid" not in token.header


async def test_the_first_key_signs_so_that_keys_can_be_rotated(stage, client, ada):
    newer = ECKey.generate_key("P-256", {"kid": "second", "alg": "ES256"})
    set_template(stage)
    await ask(client, ada)
    set_template(stage, jwks_url=keys(newer, EC))
    assert jwt.decode((await ask(client, ada)).json()["tokenized"], newer, algorithms=["ES256"])


async def test_the_subject_can_be_another_systems_id(stage, client, ada):
    set_template(stage, subject_source="external_id")
    refused = await ask(client, ada)
    assert refused.status_code == 400
    assert "external ID" in refused.json()["error"]["reason"]

    await stage.database.write(lambda c: c.exec_driver_sql("UPDATE identities SET external_id = 'crm-7'"))
    claims = jwt.decode((await ask(client, ada)).json()["tokenized"], EC, algorithms=["ES256"]).claims
    assert claims["sub"] == "crm-7"


async def test_an_unknown_template_is_named(client, ada):
    answer = await ask(client, ada, "nope")
    assert answer.status_code == 400
    assert answer.json()["error"]["reason"] == 'Unable to find tokenizer template "nope".'


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("file:///etc/jwks.json", "not embedded", id="file"),
        pytest.param("http://169.254.169.254/jwks.json", "not embedded", id="http"),
        pytest.param("base64://!!!", "JSON Web Key Set", id="not base64"),
        pytest.param(base64_url({"keys": []}), "JSON Web Key Set", id="no key"),
        pytest.param(base64_url([1]), "JSON Web Key Set", id="a list"),
        pytest.param(base64_url({"keys": [{"kty": "EC", "alg": "ES256"}]}), "JSON Web Key Set", id="half a key"),
        pytest.param(base64_url({"keys": [{"kty": "oct", "k": "YQ", "alg": "none"}]}), "alg", id="alg none"),
        pytest.param(base64_url({"keys": [EC.as_dict(private=False)]}), "public key", id="public"),
        pytest.param(
            base64_url({"keys": [{**EC.as_dict(private=True), "alg": "RS256"}]}), "doesn't fit", id="another's alg"
        ),
    ],
)
async def test_a_key_set_that_cannot_sign_is_refused_without_being_quoted(stage, client, ada, url, said):
    set_template(stage, jwks_url=url)
    answer = await ask(client, ada)

    assert answer.status_code == 400
    assert said in answer.json()["error"]["reason"]
    assert EC.as_dict(private=True)["d"] not in answer.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("error 'no'", "Unable to execute", id="error"),
        pytest.param("{", "Unable to execute", id="syntax"),
        pytest.param("{}", "claims object", id="no claims"),
        pytest.param("{claims: 7}", "claims object", id="a number"),
        pytest.param("[1]", "claims object", id="a list"),
        pytest.param("std.extVar('secrets')", "Unable to execute", id="another variable"),
        pytest.param("import '/etc/passwd'", "Unable to execute", id="an import"),
    ],
)
async def test_a_mapper_that_fails_is_the_operators_to_mend(stage, client, ada, text, said):
    set_template(stage, claims_mapper_url=jsonnet(text))
    answer = await ask(client, ada)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["reason"]


async def test_a_mapper_that_is_not_embedded_is_refused(stage, client, ada):
    set_template(stage, claims_mapper_url="https://evil.example/mapper.jsonnet")
    assert (await ask(client, ada)).status_code == 400


async def test_nobody_without_a_session_gets_a_jwt(stage, client, ada):
    set_template(stage)
    assert (await client.get("/sessions/whoami?tokenize_as=app")).status_code == 401
    assert ada


async def test_the_token_is_in_no_jwt(stage, client, ada):
    set_template(stage, claims_mapper_url=jsonnet("{claims: {all: std.extVar('session')}}"))
    tokenized = (await ask(client, ada)).json()["tokenized"]
    payload = base64.urlsafe_b64decode(tokenized.split(".")[1] + "==")

    assert ada["session_token"] not in payload.decode()
    assert json.loads(payload)["all"]["identity"]["traits"]["email"] == ADA["email"]
