"""Facebook: who it is by its Graph API, which wants a proof that we know the app's secret."""

import hashlib
import hmac

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.claims import Claims, cleaned
from headwater.identity.providers.kinds.kind import Caller, Endpoints, Kind
from headwater.identity.providers.token_endpoint import POST

AUTHORIZATION = "https://facebook.com/dialog/oauth"
# No version in the paths: a version is shut down after two years, and Kratos has none either.
TOKEN = "https://graph.facebook.com/oauth/access_token"  # noqa: S105  an address
ME = "https://graph.facebook.com/me"
FIELDS = "id,name,first_name,last_name,middle_name,email,picture,birthday,gender"


def _endpoints(_provider: ProviderConfig) -> Endpoints:
    return Endpoints(authorization=AUTHORIZATION, token=TOKEN)


async def _person(caller: Caller) -> Claims:
    user = await caller.said(f"{ME}?fields={FIELDS}&appsecret_proof={_proof(caller)}")
    picture = user.get("picture")
    data = picture.get("data") if isinstance(picture, dict) else None
    return cleaned(
        {
            "iss": ME,
            "sub": user.get("id"),
            "name": user.get("name"),
            "given_name": user.get("first_name"),
            "family_name": user.get("last_name"),
            "middle_name": user.get("middle_name"),
            "nickname": user.get("name"),
            "preferred_username": user.get("name"),
            "picture": data.get("url") if isinstance(data, dict) else None,
            "email": user.get("email"),
            # Facebook leaves out an address that isn't confirmed.
            "email_verified": bool(user.get("email")),
            "gender": user.get("gender"),
            "birthdate": user.get("birthday"),
        }
    )


def _proof(caller: Caller) -> str:
    key = caller.provider.client_secret.reveal().encode()
    return hmac.new(key, caller.access.reveal().encode(), hashlib.sha256).hexdigest()


KIND = Kind(endpoints=_endpoints, auth_methods=frozenset({POST}), person=_person)
