"""An OpenID provider in a process of its own (`python -m bench.provider`), for both sides of `oidc-login`.

It remembers nobody: a code says all that its token endpoint has to know of it. So the driver makes the codes itself,
where a browser would be sent back with one; what happens there is none of our server's work.
"""

import asyncio
import base64
import hashlib
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "headwater"
CLIENT_SECRET = "bench-secret"  # noqa: S105  nobody else's
AUTHORIZATION = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
ALGORITHM = "RS256"
KEY_BITS = 2048
TOKEN_SECONDS = 300
ADDRESS = "127.0.0.1"
DISCOVERY, AUTHORIZE, TOKEN, JWKS = "/.well-known/openid-configuration", "/authorize", "/token", "/jwks"


class Code(msgspec.Struct, frozen=True):
    """Who has signed in here, for which question."""

    subject: str
    redirect_uri: str
    nonce: str
    challenge: str


def way_back(address: str, subject: str) -> str:
    """Return where whoever was sent to `address` comes back to once they have signed in."""
    asked = dict(parse_qsl(urlsplit(address).query))
    code = made(Code(subject, asked["redirect_uri"], asked["nonce"], asked["code_challenge"]))
    return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"


def made(code: Code) -> str:
    """Return a code as it travels."""
    return base64.urlsafe_b64encode(msgspec.json.encode(code)).rstrip(b"=").decode()


def challenge(verifier: str) -> str:
    """Return the challenge of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Provider:
    """Its key and its address."""

    def __init__(self) -> None:
        self.issuer = ""
        self._key = RSAKey.generate_key(KEY_BITS, {"kid": "bench", "use": "sig", "alg": ALGORITHM}, private=True)

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [web.get(DISCOVERY, self._metadata), web.post(TOKEN, self._token), web.get(JWKS, self._keys)]
        )
        return application

    async def _metadata(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + AUTHORIZE,
                "token_endpoint": self.issuer + TOKEN,
                "jwks_uri": self.issuer + JWKS,
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [self._key.as_dict(private=False)]})

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text()))
        sent = form["code"]
        code = msgspec.json.decode(base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)), type=Code)
        is_proven = challenge(form["code_verifier"]) == code.challenge and form["redirect_uri"] == code.redirect_uri
        if request.headers.get("authorization") != AUTHORIZATION or not is_proven:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response(
            {
                "access_token": "bench-access",
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "id_token": self._signed(code),
            }
        )

    def _signed(self, code: Code) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": code.subject,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": code.nonce,
            "email": f"{code.subject}@example.org",
            "email_verified": True,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": "bench"}, claims, self._key, algorithms=[ALGORITHM])


async def _serve() -> None:
    provider = Provider()
    runner = web.AppRunner(provider.application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, ADDRESS, 0).start()
    host, port = runner.addresses[0][:2]
    provider.issuer = f"http://{host}:{port}"
    print(provider.issuer, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
