"""The other side of `oidc-login`: what a sign-in can't do without, and nothing else.

The three requests of the browser, each a typed route that does nothing, on the same kind of server as ours; behind
the third one the token call, by aiohttp itself, and the signature of the ID token, by joserfc itself with a key that
was parsed before. No flow, no cookie, no claim, no session, no database. It runs as a process of its own
(`python -m bench.bare_sign_in ISSUER`) and prints its address.
"""

import asyncio
import sys
from urllib.parse import urlencode

import aiohttp
import msgspec
from joserfc import jws
from joserfc.jwk import KeySet
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from bench import noop_route, provider
from bench.noop_route import Nothing

START, SUBMIT, CALLBACK = "/start", "/submit", "/callback"
REDIRECT_URI = "http://127.0.0.1/callback"
VERIFIER = "a-verifier-of-as-many-letters-as-ours-have-"
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Authorization": provider.AUTHORIZATION,
    "Accept": "application/json",
}


class Sent(msgspec.Struct, frozen=True):
    """What a submit brings."""

    csrf_token: str
    method: str
    provider: str


class Granted(msgspec.Struct, frozen=True):
    """What is read of the token endpoint's answer."""

    id_token: str


@get(START)
async def start() -> Nothing:
    """Do nothing."""
    return Nothing()


@post(SUBMIT, status_code=200)
async def submit(data: Sent) -> Nothing:  # noqa: ARG001  it is read, and that is all
    """Do nothing."""
    return Nothing()


def callback_route(session: aiohttp.ClientSession, issuer: str, keys: KeySet) -> HTTPRouteHandler:
    """Return the route that redeems a code and looks at the signature."""
    key = keys.keys[0]

    @get(CALLBACK)
    async def callback(code: FromQuery[str]) -> Nothing:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        async with session.post(issuer + provider.TOKEN, data=urlencode(form).encode(), headers=HEADERS) as answer:
            answer.raise_for_status()
            granted = msgspec.json.decode(await answer.read(), type=Granted)
        jws.deserialize_compact(granted.id_token, key, algorithms=[provider.ALGORITHM])
        return Nothing()

    return callback


async def _serve(issuer: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(issuer + provider.JWKS) as answer:
            keys = KeySet.import_key_set(await answer.json())
        await noop_route.serve([start, submit, callback_route(session, issuer, keys)])


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
