"""Discord: who it is by its users API. People who have agreed before aren't asked again."""

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.claims import Claims, cleaned
from headwater.identity.providers.kinds.kind import PROMPT, Caller, Endpoints, Kind, as_configured

OAUTH = "https://discord.com/api/v9/oauth2/"
ME = "https://discord.com/api/v9/users/@me"
PICTURES = "https://cdn.discordapp.com/avatars"
ANIMATED = "a_"


def _endpoints(_provider: ProviderConfig) -> Endpoints:
    return Endpoints(authorization=f"{OAUTH}authorize", token=f"{OAUTH}token")


def _asks(_provider: ProviderConfig, is_refresh: bool) -> dict[str, str]:  # noqa: FBT001  as Kind.asks has it
    return {PROMPT: "consent" if is_refresh else "none"}


async def _person(caller: Caller) -> Claims:
    caller.require_scopes(separator=" ")
    user = await caller.said(ME)
    name, picture = user.get("username"), user.get("avatar")
    ending = "gif" if str(picture).startswith(ANIMATED) else "png"
    return cleaned(
        {
            "iss": OAUTH,
            "sub": user.get("id"),
            "name": f"{name}#{user.get('discriminator')}",
            "nickname": name,
            "preferred_username": name,
            "picture": f"{PICTURES}/{user.get('id')}/{picture}.{ending}" if picture else None,
            "email": user.get("email"),
            "email_verified": user.get("verified"),
            "locale": user.get("locale"),
        }
    )


KIND = Kind(endpoints=_endpoints, scopes=as_configured, asks=_asks, person=_person)
