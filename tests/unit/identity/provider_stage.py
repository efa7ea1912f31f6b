"""A real OpenID provider on loopback, as strict as one should be, that a test can make misbehave.

    async with Provider(redirect_uri="http://127.0.0.1:4433/callback") as op:
        op.account = {"sub": "ada", "email": "ada@example.com"}
        # op.issuer, op.client_id, op.client_secret configure the client; /authorize comes back at once with a code

`answer` is the whole provider as a function, so it can also stand behind a named host (`Outbound(alias=…)`).
"""

import asyncio
import base64
import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

import msgspec
from aiohttp import web
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from headwater.net.outbound import Request, Response

DISCOVERY = "/.well-known/openid-configuration"
AUTHORIZE, TOKEN, JWKS, USERINFO = "/authorize", "/token", "/jwks", "/userinfo"
TOKEN_SECONDS = 300


def new_key(alg: str = "RS256", *, kid: str = "first") -> Key:
    made = {"kid": kid, "use": "sig", "alg": alg}
    if alg.startswith(("RS", "PS")):
        return RSAKey.generate_key(2048, made, private=True)
    if alg.startswith("ES"):
        return ECKey.generate_key({"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[alg], made, private=True)
    return OKPKey.generate_key("Ed25519", made, private=True)


# Making one takes a moment; tests that don't care whose it is share it.
SHARED_KEY = new_key()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(payload: dict[str, Any] | bytes, *, key: Any, alg: str, header: dict[str, Any] | None = None) -> str:
    """Return a JWT as it is asked for, however unwise."""
    body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    head = msgspec.json.encode({"alg": alg, "typ": "JWT", **({"kid": key.kid} if key else {}), **(header or {})})
    text = f"{base64url(head)}.{base64url(body)}"
    model = JWSRegistry.algorithms[alg]
    return f"{text}.{base64url(model.sign(text.encode(), key))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What the provider remembers of a code that it gave away."""

    claims: dict[str, Any]
    redirect_uri: str
    nonce: str | None
    challenge: str | None
    scope: str


@dataclass
class Provider:
    """`account` is who signs in. The rest are its settings, and ways to misbehave.

    `changes` replaces claims of its ID tokens (None removes one), `metadata_changes` those of its metadata, `faults`
    whole answers by path, `gates` keeps a path waiting until its event is set. `seen` are all requests, by path.
    """

    redirect_uri: str = "http://127.0.0.1:4433/callback"
    issuer: str = ""
    client_id: str = "headwater"
    client_secret: str = "s:cret +ü%"
    account: dict[str, Any] = field(default_factory=lambda: {"sub": "ada"})
    userinfo: dict[str, Any] | None = None
    userinfo_jwt: str | None = None
    scope: str | None = None
    alg: str = "RS256"
    keys: list[Any] = field(default_factory=lambda: [SHARED_KEY])
    refuses: str | None = None
    sends_iss: bool = False
    needs_pkce: bool = False
    auth_methods: tuple[str, ...] = ("client_secret_basic", "client_secret_post")
    refresh_token: str = "refresh-me"
    now: Any = field(default=lambda: datetime.now(UTC))
    changes: dict[str, Any] = field(default_factory=dict)
    metadata_changes: dict[str, Any] = field(default_factory=dict)
    token_changes: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Response] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)  # somebody is held by a gate
    seen: dict[str, list[Request]] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.issuer = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Be down."""
        if self._runner is not None:
            for gate in self.gates.values():
                gate.set()
            await self._runner.cleanup()
            self._runner = None

    # What tests call.

    def code_for(
        self,
        claims: dict[str, Any],
        *,
        nonce: str | None = None,
        redirect_uri: str | None = None,
        challenge: str | None = None,
        scope: str = "openid",
    ) -> str:
        """Return a code for somebody, as if they had just signed in."""
        code = secrets.token_urlsafe(16)
        whole = redirect_uri or self.redirect_uri
        self.codes[code] = Code(claims=claims, redirect_uri=whole, nonce=nonce, challenge=challenge, scope=scope)
        return code

    async def visit(self, url: str) -> dict[str, str]:
        """Go to /authorize as a browser does, and return the parameters that it comes back with."""
        answer = await self.answer(Request(method="GET", url=url))
        assert answer.status == 303, answer.body
        return dict(parse_qsl(urlsplit(answer.header("location") or "").query))

    def id_token(
        self,
        claims: dict[str, Any],
        *,
        nonce: str | None = None,
        key: Any = None,
        alg: str | None = None,
        **changes: Any,
    ) -> str:
        """Return an ID token. Changes replace claims; None removes one."""
        now = int(self.now().timestamp())
        said = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + TOKEN_SECONDS, **claims}
        said |= {"nonce": nonce, **self.changes, **changes}
        left = {name: value for name, value in said.items() if value is not None}
        return signed(left, key=key or self.keys[0], alg=alg or self.alg)

    def rotate(self, *, kid: str = "second") -> None:
        """Sign with another key from now on; the old one is gone."""
        self.keys = [new_key(self.alg, kid=kid)]

    # What it answers.

    async def answer(self, request: Request) -> Response:
        path = urlsplit(request.url).path
        where = DISCOVERY if path.endswith(DISCOVERY) else "/" + path.rsplit("/", 1)[-1]
        self.counts[where] += 1
        self.seen.setdefault(where, []).append(request)
        if where in self.gates:
            self.waiting.set()
            await self.gates[where].wait()
        if where in self.faults:
            return self.faults[where]
        answers = {
            DISCOVERY: self._discovery,
            AUTHORIZE: self._authorize,
            TOKEN: self._token,
            JWKS: self._jwks,
            USERINFO: self._userinfo,
        }
        return answers[where](request) if where in answers else Response(status=404)

    def _discovery(self, _request: Request) -> Response:
        metadata = {
            "issuer": self.issuer,
            "authorization_endpoint": self.issuer + AUTHORIZE,
            "token_endpoint": self.issuer + TOKEN,
            "jwks_uri": self.issuer + JWKS,
            "userinfo_endpoint": self.issuer + USERINFO,
            "id_token_signing_alg_values_supported": [self.alg],
            "token_endpoint_auth_methods_supported": list(self.auth_methods),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": self.sends_iss,
        }
        changed = {**metadata, **self.metadata_changes}
        return as_json({name: value for name, value in changed.items() if value is not None})

    def _authorize(self, request: Request) -> Response:
        asked = dict(parse_qsl(urlsplit(request.url).query))
        if asked.get("client_id") != self.client_id or asked.get("redirect_uri") != self.redirect_uri:
            return Response(status=400, body=b"unknown client or redirect_uri")
        if asked.get("response_type") != "code" or asked.get("code_challenge_method", "S256") != "S256":
            return Response(status=400, body=b"only codes, and only S256")
        if self.needs_pkce and "code_challenge" not in asked:
            return Response(status=400, body=b"code_challenge is required")
        back = {"state": asked["state"], **({"iss": self.issuer} if self.sends_iss else {})}
        if self.refuses is not None:
            back["error"] = self.refuses
        else:
            back["code"] = self.code_for(
                dict(self.account),
                nonce=asked.get("nonce"),
                challenge=asked.get("code_challenge"),
                scope=asked.get("scope", ""),
            )
        return Response(status=303, headers=(("location", f"{self.redirect_uri}?{urlencode(back)}"),))

    def _token(self, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if not self._is_client(request, form):
            return as_json({"error": "invalid_client"}, status=401)
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or form.get("grant_type") != "authorization_code":
            return as_json({"error": "invalid_grant", "error_description": "unknown code"}, status=400)
        if form.get("redirect_uri") != code.redirect_uri or not _is_proven(form.get("code_verifier"), code.challenge):
            return as_json({"error": "invalid_grant", "error_description": "not your code"}, status=400)
        access = secrets.token_urlsafe(16)
        self.sessions[access] = self.userinfo or code.claims
        given = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "refresh_token": self.refresh_token,
            "scope": self.scope if self.scope is not None else code.scope,
            "id_token": self.id_token(code.claims, nonce=code.nonce),
        }
        changed = {**given, **self.token_changes}
        return as_json({name: value for name, value in changed.items() if value is not None})

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        name = header(request, "authorization")
        if name is not None and "client_secret_basic" in self.auth_methods:
            pair = base64.b64decode(name.removeprefix("Basic ")).decode().split(":")
            return [unquote_plus(part) for part in pair] == [self.client_id, self.client_secret]
        if name is None and "client_secret_post" in self.auth_methods:
            return (form.get("client_id"), form.get("client_secret")) == (self.client_id, self.client_secret)
        return "none" in self.auth_methods and form.get("client_id") == self.client_id

    def _jwks(self, _request: Request) -> Response:
        return as_json({"keys": [key.as_dict(private=False) for key in self.keys]})

    def _userinfo(self, request: Request) -> Response:
        access = (header(request, "authorization") or "").removeprefix("Bearer ")
        if access not in self.sessions:
            return as_json({"error": "invalid_token"}, status=401)
        if self.userinfo_jwt is not None:
            return Response(status=200, headers=(("content-type", "application/jwt"),), body=self.userinfo_jwt.encode())
        return as_json(self.sessions[access])

    async def _serve(self, request: web.Request) -> web.Response:
        asked = Request(
            method=request.method,
            url=str(request.url),
            headers=tuple(request.headers.items()),
            body=await request.read(),
        )
        answer = await self.answer(asked)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _is_proven(verifier: str | None, challenge: str | None) -> bool:
    """RFC 7636, 4.6. A verifier where there was no challenge is refused as well: PKCE can't be stripped on its way."""
    if verifier is None or challenge is None:
        return verifier is challenge
    return base64url(hashlib.sha256(verifier.encode()).digest()) == challenge


def header(request: Request, name: str) -> str | None:
    return next((value for key, value in request.headers if key.lower() == name), None)


def as_json(value: Any, *, status: int = 200) -> Response:
    return Response(status=status, headers=(("content-type", "application/json"),), body=msgspec.json.encode(value))
