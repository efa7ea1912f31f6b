"""The cloud of a vendor that tests can't have: answers by URL, as its documentation says, and refuses anything else.

    cloud = Cloud({"https://api.example.com/me": as_json({"id": 1})})
    Providers(sender=cloud, clock=clock)

An answer may be a function of the request, which checks what the vendor would. Whatever isn't listed fails the test.
"""

import base64
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from provider_stage import SHARED_KEY, as_json, header, signed

from headwater.core.secrets import Secret
from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.providers import Providers
from headwater.net.outbound import Request, Response

CODE = "the-code"
ACCESS = "the-access-token"
CALLBACK = "https://id.example.org/self-service/methods/oidc/callback"
CLIENT_ID, CLIENT_SECRET = "headwater", "s3cret of acme"

Answer = Response | Callable[[Request], Response]


@dataclass
class Cloud:
    """A `Sender`. `seen` are all requests, in order."""

    answers: dict[str, Answer]
    seen: list[Request] = field(default_factory=list)

    async def send(self, request: Request) -> Response:
        self.seen.append(request)
        where = request.url.partition("?")[0]
        assert where in self.answers, f"{where} is no address of this vendor's"
        answer = self.answers[where]
        return answer(request) if callable(answer) else answer

    def last(self, url: str) -> Request:
        return [request for request in self.seen if request.url.partition("?")[0] == url][-1]

    def form(self, url: str) -> dict[str, str]:
        return dict(parse_qsl(self.last(url).body.decode(), keep_blank_values=True))

    def query(self, url: str) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.last(url).url).query))


def keys(*more: Mapping[str, Any]) -> Response:
    return as_json({"keys": [{**SHARED_KEY.as_dict(private=False), **(more[0] if more else {})}]})


def id_token(clock: Any, **said: Any) -> str:
    """Return an ID token for us that is good for five minutes; None removes a claim."""
    now = int(clock.now().timestamp())
    whole = {"aud": CLIENT_ID, "iat": now, "exp": now + 300, **said}
    left = {name: value for name, value in whole.items() if value is not None}
    return signed(left, key=SHARED_KEY, alg="RS256")


def granting(*, by: str, **given: Any) -> Answer:
    """A token endpoint that takes our code once, from us, authenticated `by` what the vendor documents."""
    left = [CODE]

    def answer(request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        assert request.method == "POST"
        assert header(request, "content-type") == "application/x-www-form-urlencoded"
        assert form["grant_type"] == "authorization_code"
        assert form["redirect_uri"]
        if by == "basic":
            pair = base64.b64decode((header(request, "authorization") or "").removeprefix("Basic ")).decode()
            assert [unquote_plus(part) for part in pair.split(":")] == [CLIENT_ID, CLIENT_SECRET]
            assert "client_secret" not in form
        else:
            assert header(request, "authorization") is None
            assert form["client_id"] == CLIENT_ID
            assert by == "own" or form["client_secret"] == CLIENT_SECRET
        assert form["code"] == left.pop()
        return as_json({"access_token": ACCESS, "token_type": "bearer", **given})

    return answer


def telling(value: Any, *, status: int = 200, **headers: str) -> Answer:
    """An API that answers to the access token, and to the headers that it documents."""

    def answer(request: Request) -> Response:
        assert request.method == "GET"
        assert header(request, "authorization") == f"Bearer {ACCESS}"
        for name, expected in headers.items():
            assert header(request, name.replace("_", "-")) == expected
        return as_json(value, status=status)

    return answer


def configured(kind, **more):
    settings = {
        "id": kind,
        "kind": kind,
        "label": kind,
        "client_id": CLIENT_ID,
        "client_secret": Secret(CLIENT_SECRET),
        "mapper_url": "base64://",
        **more,
    }
    return ProviderConfig(**settings)


class Visit:
    """Somebody who goes to a vendor and comes back with a code, or brings an ID token."""

    def __init__(self, cloud, clock):
        self.cloud, self.clock = cloud, clock
        self.providers = Providers(sender=cloud, clock=clock)

    async def leave(self, provider, *, is_refresh=False, **upstream):
        """Return where the browser goes, and what it asks for there."""
        self.departure = await self.providers.leave(
            provider, redirect_uri=CALLBACK, state="state", is_refresh=is_refresh, upstream=upstream
        )
        url = urlsplit(self.departure.url)
        return f"{url.scheme}://{url.netloc}{url.path}", dict(parse_qsl(url.query, keep_blank_values=True))

    async def come_back(self, provider, **extra):
        return await self.providers.redeem(provider, code=Secret(CODE), departure=self.departure, extra=extra)

    async def sign_in(self, provider, **extra):
        await self.leave(provider)
        return await self.come_back(provider, **extra)

    def now(self):
        return int(self.clock.now().timestamp())

    def id_token(self, **said):
        """Return an ID token for this visit; None removes a claim."""
        nonce = self.departure.nonce if hasattr(self, "departure") else None
        return id_token(self.clock, **{"nonce": nonce, **said})

    def grants(self, url, *, by="post", **said):
        """The vendor's token endpoint gives an ID token that says this."""
        self.cloud.answers[url] = functools.partial(self._grant, by=by, said=said)

    def _grant(self, request, *, by, said):
        return granting(by=by, id_token=self.id_token(**said))(request)
