"""Spotify: who it is by its Web API, which doesn't say whether an e-mail address is verified."""

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.claims import Claims, cleaned
from headwater.identity.providers.kinds.kind import Caller, Endpoints, Kind, as_configured, asks_nothing
from headwater.identity.providers.token_endpoint import BASIC

AUTHORIZATION = "https://accounts.spotify.com/authorize"
TOKEN = "https://accounts.spotify.com/api/token"  # noqa: S105  an address
ME = "https://api.spotify.com/v1/me"


def _endpoints(_provider: ProviderConfig) -> Endpoints:
    return Endpoints(authorization=AUTHORIZATION, token=TOKEN)


async def _person(caller: Caller) -> Claims:
    caller.require_scopes(separator=" ")
    user = await caller.said(ME)
    pictures, addresses = user.get("images"), user.get("external_urls")
    first = pictures[0] if isinstance(pictures, list) and pictures else {}
    return cleaned(
        {
            "iss": TOKEN,
            "sub": user.get("id"),
            "name": user.get("display_name"),
            "nickname": user.get("display_name"),
            "profile": addresses.get("spotify") if isinstance(addresses, dict) else None,
            "picture": first.get("url") if isinstance(first, dict) else None,
            "email": user.get("email"),
            "birthdate": user.get("birthdate"),
        }
    )


KIND = Kind(
    endpoints=_endpoints,
    scopes=as_configured,
    asks=asks_nothing,
    auth_methods=frozenset({BASIC}),
    person=_person,
    knows_pkce=True,
)
