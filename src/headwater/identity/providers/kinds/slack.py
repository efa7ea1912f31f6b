"""Slack's first sign-in (identity.basic), as Kratos has it. Slack answers 200 even where something isn't ok."""

from typing import Any

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.claims import Claims, cleaned
from headwater.identity.providers.errors import ProviderAnswerError
from headwater.identity.providers.kinds.kind import Caller, Endpoints, Kind, as_configured, asks_nothing

AUTHORIZATION = "https://slack.com/oauth/authorize"
TOKEN = "https://slack.com/api/oauth.access"  # noqa: S105  an address
IDENTITY = "https://slack.com/api/users.identity"
ISSUER = "https://slack.com/oauth/"


def _endpoints(_provider: ProviderConfig) -> Endpoints:
    return Endpoints(authorization=AUTHORIZATION, token=TOKEN)


async def _person(caller: Caller) -> Claims:
    caller.require_scopes(separator=",")
    said = await caller.said(IDENTITY)
    if said.get("ok") is not True:
        raise ProviderAnswerError("slack.com did not say who signed in. Please try again later.")
    user, team = _part(said, "user"), _part(said, "team")
    return cleaned(
        {
            "iss": ISSUER,
            "sub": user.get("id"),
            "name": user.get("name"),
            "nickname": user.get("name"),
            "preferred_username": user.get("name"),
            "picture": user.get("image_512"),
            "email": user.get("email"),
            # Slack shows an address only once it is confirmed.
            "email_verified": bool(user.get("email")),
            "team": team.get("id"),
        }
    )


def _part(said: dict[str, Any], name: str) -> dict[str, Any]:
    part = said.get(name)
    return part if isinstance(part, dict) else {}


KIND = Kind(endpoints=_endpoints, scopes=as_configured, asks=asks_nothing, person=_person)
