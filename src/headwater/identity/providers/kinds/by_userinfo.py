"""GitLab, Auth0 and Salesforce: their endpoints are below issuer_url, and userinfo says who it is, without an ID token.

As Kratos does it, so that people it has signed up are the same people here.
"""

from collections.abc import Awaitable, Callable

from yarl import URL

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.claims import ISSUER, Claims, cleaned
from headwater.identity.providers.kinds.kind import Caller, Endpoints, Kind, as_configured, asks_openid

GITLAB = "https://gitlab.com"


def _kind(*, authorization: str, token: str, userinfo: str, base: str = "") -> Kind:
    def below(provider: ProviderConfig, path: str) -> str:
        url = URL(provider.issuer_url or base)
        return str(url.with_path(url.path.rstrip("/") + path))

    def endpoints(provider: ProviderConfig) -> Endpoints:
        return Endpoints(authorization=below(provider, authorization), token=below(provider, token))

    return Kind(
        endpoints=endpoints,
        scopes=as_configured,
        asks=asks_openid,
        person=_person(lambda provider: below(provider, userinfo)),
        knows_pkce=True,
    )


def _person(userinfo: Callable[[ProviderConfig], str]) -> Callable[[Caller], Awaitable[Claims]]:
    async def person(caller: Caller) -> Claims:
        said = await caller.said(userinfo(caller.provider))
        return cleaned({**said, ISSUER: said.get(ISSUER) or caller.provider.issuer_url or GITLAB})

    return person


GITLAB_KIND = _kind(
    base=GITLAB,
    authorization="/oauth/authorize",
    token="/oauth/token",  # noqa: S106  a path
    userinfo="/oauth/userinfo",
)
AUTH0_KIND = _kind(authorization="/authorize", token="/oauth/token", userinfo="/userinfo")  # noqa: S106  a path
SALESFORCE_KIND = _kind(
    authorization="/services/oauth2/authorize",
    token="/services/oauth2/token",  # noqa: S106  a path
    userinfo="/services/oauth2/userinfo",
)
