"""GitHub, by an OAuth App or a GitHub App: no OpenID Connect, and e-mail addresses at an endpoint of their own."""

from typing import Any

import msgspec

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.claims import Claims, cleaned
from headwater.identity.providers.kinds.kind import Caller, Endpoints, Kind, as_configured, asks_nothing
from headwater.identity.providers.token_endpoint import POST

AUTHORIZATION = "https://github.com/login/oauth/authorize"
TOKEN = "https://github.com/login/oauth/access_token"  # noqa: S105  an address
USER = "https://api.github.com/user"
EMAILS = "https://api.github.com/user/emails"
API = (("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28"))
EMAIL_SCOPE = "user:email"
# What GitHub writes between the scopes that it granted.
COMMA = ","
# It leaves out those that a larger one includes ("normalized scopes" in its documentation).
INCLUDED = {"user": ("read:user", EMAIL_SCOPE, "user:follow")}


def _endpoints(_provider: ProviderConfig) -> Endpoints:
    return Endpoints(authorization=AUTHORIZATION, token=TOKEN)


async def _of_oauth_app(asking: Caller) -> Claims:
    caller = _with_included(asking)
    caller.require_scopes(separator=COMMA)
    user = await caller.said(USER, headers=API)
    emails = await caller.listed(EMAILS, headers=API) if caller.has_scope(EMAIL_SCOPE, separator=COMMA) else []
    return _claims(user, emails)


async def _of_github_app(caller: Caller) -> Claims:
    """Its permissions are set at GitHub, not asked for by scopes."""
    user = await caller.said(USER, headers=API)
    return _claims(user, await caller.listed(EMAILS, headers=API))


def _with_included(caller: Caller) -> Caller:
    if caller.scope is None:
        return caller
    granted = [name.strip() for name in caller.scope.split(COMMA)]
    included = [inner for name in granted for inner in INCLUDED.get(name, ())]
    return msgspec.structs.replace(caller, scope=COMMA.join([*granted, *included]))


def _claims(user: dict[str, Any], emails: list[dict[str, Any]]) -> Claims:
    # The address in `user` is the one somebody chose to show, which says nothing of its being verified.
    primary = next((entry for entry in emails if entry.get("primary") is True), {})
    number = user.get("id")
    return cleaned(
        {
            "iss": TOKEN,
            # The number: whoever gives up a login name leaves it to anybody.
            "sub": str(number) if isinstance(number, int) else None,
            "name": user.get("name"),
            "nickname": user.get("login"),
            "profile": user.get("html_url"),
            "picture": user.get("avatar_url"),
            "website": user.get("blog"),
            "updated_at": user.get("updated_at"),
            "email": primary.get("email"),
            "email_verified": primary.get("verified"),
        }
    )


KIND = Kind(
    endpoints=_endpoints,
    scopes=as_configured,
    asks=asks_nothing,
    auth_methods=frozenset({POST}),
    person=_of_oauth_app,
    knows_pkce=True,
)
APP = Kind(
    endpoints=_endpoints,
    scopes=as_configured,
    asks=asks_nothing,
    auth_methods=frozenset({POST}),
    person=_of_github_app,
    knows_pkce=True,
)
